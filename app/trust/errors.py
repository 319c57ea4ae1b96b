"""Errors for invalid input of the judgement.

InvalidError (app.domain.errors)
└── TrustError             input of the judgement that cannot be used
    ├── ChainError         a file without a certificate
    ├── StoreError         a set of roots that is empty, unreadable or unknown
    └── ProfileError       an invalid client profile; `field` names the field
"""

from app.domain.errors import InvalidError

__all__ = ["ChainError", "ProfileError", "StoreError", "TrustError"]


class TrustError(InvalidError):
    """Input of the judgement that cannot be used."""

    code = "trust_invalid"


class ChainError(TrustError):
    """A file that should hold a chain has no certificate."""

    code = "chain_invalid"


class StoreError(TrustError):
    """A set of roots is empty, unreadable or unknown."""

    code = "store_invalid"


class ProfileError(TrustError):
    """A client profile is invalid; `field` names the field, the message says what to write."""

    code = "profile_invalid"
