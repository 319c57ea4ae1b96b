"""Repairs of extension values: what clients read where the encoding breaks the rules.

A repair returns the value in DER as clients understand it, and nothing (`b""`) where they pass over
all of it. It raises ValueError where the value is not odd in the way that it knows.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography.x509.oid import ExtensionOID

from app.trust.x509.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    DerElement,
    children,
    encode,
    read_one,
)
from app.trust.x509.name_constraints import DNS_NAME, GENERAL_NAMES, IP_ADDRESS, TEXT_NAMES, URI

__all__ = ["HARMLESS_REPAIRS", "NOT_DER_REPAIRS", "Repair", "without_trailing_bytes"]

Repair = Callable[[bytes], bytes]

_FALSE, _TRUE = b"\x00", b"\xff"
# The TLS features that the library knows: status_request and status_request_v2 (RFC 7633).
_KNOWN_FEATURES = frozenset({b"\x05", b"\x11"})
# Octets of an address. TLS clients compare DNS names and addresses, and parse no other general
# name in detail.
_ADDRESS_LENGTHS = frozenset({4, 16})
_KEY_ID, _SERIAL = 0x80, 0x82
# The last bit of the first byte of key usage, which is not read, and the number of such bits.
_ENCIPHER_ONLY, _UNREAD_USAGES = 0x01, 1
# The minimum of a subtree with its default (RFC 5280 section 4.2.1.10).
_MINIMUM_0 = bytes.fromhex("800100")
# Parts of a distribution point, and its full name (RFC 5280 section 4.2.1.13).
_POINT_NAME, _CRL_ISSUER = 0xA0, 0xA2


# Extensions that OpenSSL and Chromium parse. Bytes after the value of another one matter to nobody.
_READ_TO_THE_END = frozenset(
    oid.dotted_string
    for oid in (
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    )
)


def _basic_constraints(value: bytes) -> bytes:
    # Chromium, Firefox and OpenSSL read `cA FALSE` where DER leaves it out, and pass over a path
    # length of what is no authority.
    parts = list(_members(value))
    if parts and parts[0].tag == BOOLEAN and parts[0].content == _FALSE:
        del parts[0]
    is_ca = bool(parts) and parts[0].tag == BOOLEAN
    if not is_ca and any(part.tag != INTEGER or part.content[:1] >= b"\x80" for part in parts):
        raise ValueError("no whole number where the path length belongs")
    return encode(SEQUENCE, _joined(parts) if is_ca else b"")


def _basic_constraints_in_ber(value: bytes) -> bytes:
    # BER writes TRUE as any byte but zero (X.690 section 8.2).
    first, *rest = children(read_one(value, SEQUENCE).content)
    if first.tag != BOOLEAN or len(first.content) != 1 or first.content == _FALSE:
        raise ValueError("no TRUE")
    return encode(SEQUENCE, encode(BOOLEAN, _TRUE) + _joined(rest))


def _key_usage_in_ber(value: bytes) -> bytes:
    # BER leaves the unused bits at the end undefined (X.690 section 8.6).
    content = read_one(value, BIT_STRING).content
    unused = content[0] if content else 0
    if len(content) < 2 or not 0 < unused < 8:
        raise ValueError("no unused bits")
    return encode(BIT_STRING, content[:-1] + bytes([content[-1] >> unused << unused]))


def _key_usage_that_counts(value: bytes) -> bytes:
    # The library refuses encipherOnly and decipherOnly without keyAgreement, and no client reads
    # them, nor bits beyond them.
    content = read_one(value, BIT_STRING).content
    unused, bits = content[0], content[1:]
    if not bits or unused > 7 or bits[-1] & (1 << unused) - 1:
        raise ValueError("no bits in DER")
    return encode(BIT_STRING, bytes([_UNREAD_USAGES, bits[0] & ~_ENCIPHER_ONLY]))


def _tls_feature(value: bytes) -> bytes:
    features = list(_members(value))
    if not features or any(feature.tag != INTEGER for feature in features):
        raise ValueError("no list of features")
    known = [feature for feature in features if feature.content in _KNOWN_FEATURES]
    return encode(SEQUENCE, _joined(known)) if known else b""


def _names_that_count(value: bytes) -> bytes:
    names = list(_members(value))
    if any(name.tag not in GENERAL_NAMES for name in names):
        raise ValueError("no kind of general name")
    compared = [name for name in names if name.tag in TEXT_NAMES or name.tag == IP_ADDRESS]
    return encode(SEQUENCE, _joined(compared))


def _readable_names(value: bytes) -> bytes:
    # OpenSSL compares each name by itself.
    return encode(SEQUENCE, _joined([name for name in _members(value) if _is_readable(name)]))


def _is_readable(name: DerElement) -> bool:
    if name.tag == IP_ADDRESS:
        return len(name.content) in _ADDRESS_LENGTHS
    return name.tag == DNS_NAME and name.content.isascii()


def _access_urls(value: bytes) -> bytes:
    # Clients follow URLs; the other kinds of general name are not even parsed.
    readable = []
    for description in _members(value):
        method, location = children(description.content)
        if description.tag != SEQUENCE or method.tag != OBJECT_IDENTIFIER:
            raise ValueError("no access description")
        if location.tag == URI and location.content.isascii():
            readable.append(description)
    return encode(SEQUENCE, _joined(readable))


def _named_points(value: bytes) -> bytes:
    # OpenSSL wants the name of the list or of its issuer, and looks into neither. Browsers do not
    # parse the extension.
    points = next(children(value))
    if points.tag != SEQUENCE:
        raise ValueError("no list of distribution points")
    parts = [list(children(point.content)) for point in children(points.content)]
    if any(not {_POINT_NAME, _CRL_ISSUER}.intersection(one.tag for one in each) for each in parts):
        raise ValueError("a distribution point names nothing")
    return b""


def _bare_policies(value: bytes) -> bytes:
    # No TLS client parses the qualifiers, which are texts for people.
    identifiers = []
    for policy in _members(value):
        identifier, *_ = children(policy.content)
        if policy.tag != SEQUENCE or identifier.tag != OBJECT_IDENTIFIER:
            raise ValueError("no policy information")
        identifiers.append(encode(SEQUENCE, identifier.encoded))
    return encode(SEQUENCE, b"".join(identifiers))


def _key_id_alone(value: bytes) -> bytes:
    # RFC 5280 section 4.2.1.1 wants issuer and serial number together; OpenSSL takes one alone, but
    # no serial number with more bytes than needed (c2i_ibuf).
    for part in _members(value):
        if part.tag == _SERIAL and not _is_integer(part.content):
            raise ValueError("no serial number")
    return encode(SEQUENCE, _joined([part for part in _members(value) if part.tag == _KEY_ID]))


def _is_integer(content: bytes) -> bool:
    """Return whether the content of an INTEGER is in its shortest form (X.690 section 8.3)."""
    padded = len(content) > 1 and content[0] == (0xFF if content[1] & 0x80 else 0)
    return bool(content) and not padded


def _no_constraints(value: bytes) -> bytes:
    # OpenSSL reads name constraints without a subtree as none; RFC 5280 section 4.2.1.10 and
    # Chromium demand one.
    if any(part.content for part in _members(value)):
        raise ValueError("there is a subtree")
    return b""


def _constraints_without_minimum(value: bytes) -> bytes:
    # OpenSSL and Java read `minimum 0`, which DER leaves out.
    lists = [
        encode(part.tag, b"".join(map(_without_minimum, children(part.content))))
        for part in _members(value)
    ]
    shorter = encode(SEQUENCE, b"".join(lists))
    return shorter if shorter != value else _no_constraints(value)


def _without_minimum(subtree: DerElement) -> bytes:
    parts = [one.encoded for one in children(subtree.content) if one.encoded != _MINIMUM_0]
    return encode(subtree.tag, b"".join(parts))


def _members(value: bytes) -> tuple[DerElement, ...]:
    return tuple(children(read_one(value, SEQUENCE).content))


def _joined(parts: list[DerElement]) -> bytes:
    return b"".join(part.encoded for part in parts)


def without_trailing_bytes(oid: str, value: bytes) -> bytes:
    """Return the first element of an extension that clients parse.

    OpenSSL reads no further (X509V3_EXT_d2i); Chromium and others that demand DER refuse the rest.
    Raises ValueError unless other bytes follow.
    """
    first = next(children(value)).encoded if oid in _READ_TO_THE_END else value
    if first == value:
        raise ValueError("no trailing bytes")
    return first


# Values that all clients accept, and those that clients which demand DER refuse.
HARMLESS_REPAIRS: Mapping[str, Repair] = MappingProxyType(
    {
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string: _access_urls,
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string: _basic_constraints,
        ExtensionOID.CERTIFICATE_POLICIES.dotted_string: _bare_policies,
        ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string: _named_points,
        ExtensionOID.KEY_USAGE.dotted_string: _key_usage_that_counts,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string: _names_that_count,
        ExtensionOID.TLS_FEATURE.dotted_string: _tls_feature,
    }
)
NOT_DER_REPAIRS: Mapping[str, Repair] = MappingProxyType(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string: _key_id_alone,
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string: _basic_constraints_in_ber,
        ExtensionOID.KEY_USAGE.dotted_string: _key_usage_in_ber,
        ExtensionOID.NAME_CONSTRAINTS.dotted_string: _constraints_without_minimum,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string: _readable_names,
    }
)
