"""State of one OpenID Connect sign-in: what the browser carries to the provider and back.

A module of its own: the provider's libraries are loaded only when somebody signs in this way.
"""

import secrets
from dataclasses import dataclass

__all__ = ["AuthorizationRequest"]

# RFC 7636, section 4.1, takes 43 to 128 characters; these are 64.
_BYTES = 48


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The `state` and `nonce` of an authorization request, and its PKCE code verifier.

    It travels encrypted in a cookie of the browser that signs in.
    """

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "AuthorizationRequest":
        """New random values, for one sign-in of one browser."""
        return cls(*(secrets.token_urlsafe(_BYTES) for _ in range(3)))
