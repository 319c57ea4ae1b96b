"""Host names as people write them, and as DNS, TLS and certificates spell them.

Probes, judgement, outbound requests and stored targets use this one mapping, so that a name leads
all of them to one host. It is the mapping of browsers: UTS #46, non-transitional (URL Standard,
section 3.3). Python's own codec follows IDNA 2003, and `idna.encode` IDNA 2008, which has no emoji.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import idna

__all__ = ["ascii_host", "https_address", "ip_literal"]

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_ACE_PREFIX = "xn--"
_JOINERS = frozenset("\u200c\u200d")
_HTTPS_PORT = 443
_LONGEST_NAME, _LONGEST_LABEL = 253, 63
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def ascii_host(host: str) -> str | None:
    """Return `host` as lower-case A-labels without a final dot (RFC 5890); None if invalid.

    A name whose last label is a number is none: browsers and resolvers read 127.1 and 0x7f.1 as
    addresses (URL Standard, "ends in a number").
    """
    mapped = _mapped(host)
    if mapped is None:
        return None
    labels = [_ascii_label(label) for label in mapped.removesuffix(".").split(".")]
    name = ".".join(label for label in labels if label)
    if not all(labels) or len(name) > _LONGEST_NAME or _NUMBER.fullmatch(labels[-1] or ""):
        return None
    return name


def ip_literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that `host` spells, without brackets and zone; None if it is a name."""
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    try:
        address = ip_address(bare if bare.isascii() else _mapped(bare) or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id:
        return IPv6Address(int(address))
    return address


def https_address(url: str) -> tuple[str, int] | None:
    """Return the host of an https URL, as targets store it, and its port; None for another URL."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    address = ip_literal(parts.hostname)
    host = str(address) if address is not None else ascii_host(parts.hostname)
    return None if host is None else (host, parts.port or _HTTPS_PORT)


def _mapped(host: str) -> str | None:
    """Return the characters that UTS #46 maps those of `host` to; None if it disallows one."""
    try:
        return idna.uts46_remap(host, std3_rules=False, transitional=False)
    except (idna.IDNAError, UnicodeError):
        return None


def _ascii_label(label: str) -> str | None:
    if not label.isascii():
        if not _is_valid(label):
            return None
        label = _ACE_PREFIX + label.encode("punycode").decode("ascii")
    elif label.startswith(_ACE_PREFIX) and not _is_a_label(label):
        return None
    usable = 0 < len(label) <= _LONGEST_LABEL and _LETTERS.issuperset(label)
    return label if usable else None


def _is_a_label(label: str) -> bool:
    """Return whether this is the A-label of a label beyond ASCII (UTS #46 section 4, step 4)."""
    try:
        text = label.removeprefix(_ACE_PREFIX).encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return False
    return (
        not text.isascii()
        and _mapped(text) == text
        and _is_valid(text)
        and label == _ACE_PREFIX + text.encode("punycode").decode("ascii")
    )


def _is_valid(label: str) -> bool:
    """Return whether UTS #46 section 4.1 allows this label beyond ASCII, with CheckBidi and
    CheckJoiners.
    """
    try:
        return (
            idna.check_initial_combiner(label)
            and idna.check_bidi(label)
            and all(
                idna.valid_contextj(label, position)
                for position, one in enumerate(label)
                if one in _JOINERS
            )
        )
    except (idna.IDNAError, ValueError):
        return False
