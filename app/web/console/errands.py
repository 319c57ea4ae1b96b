"""What somebody who signs in elsewhere takes along, before a provider is asked anything."""

import secrets
from dataclasses import dataclass

__all__ = ["Errand"]

# RFC 7636, section 4.1, takes 43 to 128 characters; these are 64.
_BYTES = 48


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser takes along to the provider and back, sealed."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Errand":
        """A new one, for this browser alone."""
        return cls(*(secrets.token_urlsafe(_BYTES) for _ in range(3)))
