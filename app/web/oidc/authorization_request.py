"""Authorization request: the values that bind a provider's response to one browser.

A module without the libraries of OpenID Connect: the sign-in routes import it, and those libraries
are loaded only in processes in which somebody signs in through a provider.
"""

import secrets
from dataclasses import dataclass

__all__ = ["AuthorizationRequest"]

# RFC 7636, section 4.1, allows 43 to 128 characters; 48 bytes are 64 characters.
_RANDOM_BYTES = 48


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the browser keeps, encrypted in a cookie, between the redirect and the callback."""

    state: str
    nonce: str
    code_verifier: str

    @classmethod
    def create(cls) -> "AuthorizationRequest":
        """A request with fresh random values."""
        return cls(*(secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3)))
