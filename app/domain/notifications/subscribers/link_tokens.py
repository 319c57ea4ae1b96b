"""Tokens in the links of a subscriber, signed with that subscriber's own secret.

A token is `PUBLIC_ID.SIGNATURE` for one purpose: a link that unsubscribes cannot change anything
else. Tokens do not depend on FYR_SECRET_KEY, so links outlive a change of that key.
"""

import base64
import hmac
from enum import StrEnum

from app.domain.validation import is_public_id

__all__ = ["LinkPurpose", "is_valid", "public_id_in", "token"]

_SIGNATURE_CHARACTERS = 22


class LinkPurpose(StrEnum):
    """What a link is for."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    VERIFY = "verify"


def token(public_id: str, secret: bytes, purpose: LinkPurpose) -> str:
    """The token of a subscriber for one purpose."""
    message = f"{purpose.value}:{public_id}".encode()
    digest = hmac.digest(secret, message, "sha256")
    signature = base64.urlsafe_b64encode(digest).decode()[:_SIGNATURE_CHARACTERS]
    return f"{public_id}.{signature}"


def public_id_in(value: str) -> str | None:
    """The public id of the subscriber in a token; None when it has not the form of a token."""
    public_id, _, signature = value.partition(".")
    well_formed = len(signature) == _SIGNATURE_CHARACTERS and signature.isascii()
    return public_id if well_formed and is_public_id(public_id) else None


def is_valid(value: str, public_id: str, secret: bytes, purpose: LinkPurpose) -> bool:
    """Whether `value` is the token of this subscriber for this purpose, in constant time."""
    return hmac.compare_digest(value.encode(), token(public_id, secret, purpose).encode())
