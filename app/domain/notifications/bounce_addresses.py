"""Envelope addresses of mails: one for each delivery, so that a bounce names what bounced (VERP).

An address is `LOCAL+DELIVERY-MAC@DOMAIN`. The MAC is made with the secret of the subscriber: a
report to an address that nobody was sent changes nothing.
"""

import base64
import hmac
import re

__all__ = ["bounce_address", "bounce_key", "bounce_mac", "delivery_in"]

_MAC_CHARACTERS = 10
_TAG = re.compile(rf"([a-z0-9]{{12}})-([a-z2-7]{{{_MAC_CHARACTERS}}})")


def bounce_key(secret: bytes) -> bytes:
    """The key of the MACs of a subscriber with this secret, which signs the links too."""
    return hmac.digest(secret, b"bounce", "sha256")


def bounce_mac(key: bytes, delivery: str) -> str:
    """The MAC of a delivery; `key` is the bounce key of its subscriber."""
    digest = hmac.digest(key, delivery.encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:_MAC_CHARACTERS]


def bounce_address(base: str, delivery: str, mac: str) -> str:
    """The envelope address of a delivery; `base` is FYR_BOUNCE_ADDRESS."""
    local, _, domain = base.rpartition("@")
    return f"{local}+{delivery}-{mac}@{domain}"


def delivery_in(address: str, base: str) -> tuple[str, str] | None:
    """The delivery and the MAC in an envelope address; None if it is not one of `base`.

    Servers may change the case of an address.
    """
    local, _, domain = base.casefold().rpartition("@")
    found_local, _, found_domain = address.strip().strip("<>").casefold().rpartition("@")
    start, _, tag = found_local.rpartition("+")
    match = _TAG.fullmatch(tag)
    if match is None or (start, found_domain) != (local, domain):
        return None
    return match[1], match[2]
