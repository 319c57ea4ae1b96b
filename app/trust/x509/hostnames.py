"""Host name matching by RFC 9525, which replaced RFC 6125.

Only subjectAltName counts; a common name never does (RFC 9525 section 2).
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna

from app.trust.x509.certificate import Certificate

__all__ = ["ip_literal", "matches", "normalised"]

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@lru_cache(maxsize=64)  # one chain is judged for many profiles in a row
def matches(host: str, certificate: Certificate) -> bool:
    """Return whether `certificate` is issued for `host`.

    `host` is a DNS name (also with non-ASCII letters) or an IP address (also as `[::1]`). An
    address matches iPAddress entries only, a name dNSName entries only.
    """
    address = ip_literal(host)
    if address is not None:
        return address in certificate.extensions.ip_addresses
    name = normalised(host)
    return name is not None and _any_matches(name, certificate.extensions.dns_names)


def ip_literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that `host` spells, without brackets and zone; None if it is a name."""
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id:
        return IPv6Address(int(address))
    return address


def normalised(host: str) -> str | None:
    """Return `host` as lower-case A-labels without a final dot (RFC 5890); None if invalid."""
    bare = host.removesuffix(".")
    if bare.isascii():
        name = bare.lower()
    else:
        try:
            name = idna.encode(bare, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = name.split(".")
    return name if len(name) <= 253 and all(_is_label(label) for label in labels) else None


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and _LETTERS.issuperset(label)


def _any_matches(name: str, patterns: Iterable[str]) -> bool:
    first, _, rest = name.partition(".")
    return any(_matches(name, first, rest, pattern.lower()) for pattern in patterns)


def _matches(name: str, first: str, rest: str, pattern: str) -> bool:
    if pattern == name:
        return True
    # RFC 9525 section 6.3: the wildcard is the whole left-most label and matches exactly one label.
    # As in OpenSSL, two labels must follow it, so that `*.com` matches nothing.
    head, _, tail = pattern.partition(".")
    return head == "*" and bool(first) and tail == rest and "." in tail
