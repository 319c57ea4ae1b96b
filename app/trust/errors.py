"""What can be wrong with what operators and users hand to the judgement.

InvalidError (app.domain.errors)
└── TrustError             something handed over cannot be used
    ├── ChainError         there is no certificate in it
    ├── StoreError         a set of roots is empty, unreadable or unknown
    └── ProfileError       a client profile is wrong; `field` names where
"""

from app.domain.errors import InvalidError

__all__ = ["ChainError", "ProfileError", "StoreError", "TrustError"]


class TrustError(InvalidError):
    """Something handed to the judgement cannot be used."""

    code = "trust_invalid"


class ChainError(TrustError):
    """There is no certificate in what should be a chain."""

    code = "chain_invalid"


class StoreError(TrustError):
    """A set of roots is empty, unreadable or unknown."""

    code = "store_invalid"


class ProfileError(TrustError):
    """A client profile is wrong; `field` names where, the message says what to do."""

    code = "profile_invalid"
