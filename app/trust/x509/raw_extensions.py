"""Raw extensions: those of a certificate one by one, so that one odd value spoils no other.

The library parses all extensions or none, and demands DER where many clients do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from app.trust.x509.der import (
    BOOLEAN,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerElement,
    children,
    decode_oid,
    encode,
    read_one,
    to_der,
)
from app.trust.x509.name_constraints import DIRECTORY_NAME, constraint_values
from app.trust.x509.repairs import (
    HARMLESS_REPAIRS,
    NOT_DER_REPAIRS,
    Repair,
    without_trailing_bytes,
)

__all__ = [
    "RawExtension",
    "Reading",
    "authority_parts",
    "read_alone",
    "split",
    "without_explicit_false",
]

_EXTENSIONS = 0xA3
_NAME_CONSTRAINTS = ExtensionOID.NAME_CONSTRAINTS.dotted_string
_FALSE = b"\x00"
# Parts of an authority key identifier (RFC 5280 section 4.2.1.1).
_CERT_ISSUER, _CERT_SERIAL = 0xA1, 0x82


@dataclass(frozen=True, slots=True)
class RawExtension:
    """One extension as encoded, with its identifier in dotted form.

    `explicit_false` says that the default of `critical` is written out, which DER forbids (X.690
    section 11.5).
    """

    oid: str
    encoded_oid: bytes
    critical: bool
    value: bytes
    explicit_false: bool = False

    def with_value(self, value: bytes) -> bytes:
        """Return the extension in DER, with this value."""
        critical = encode(BOOLEAN, b"\xff") if self.critical else b""
        return encode(SEQUENCE, self.encoded_oid + critical + encode(OCTET_STRING, value))


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of one extension: `value` is None where nothing could be.

    `odd` says that it breaks the rules in a way that all clients accept, `not_der` that clients
    which demand DER refuse it while OpenSSL does not.
    """

    value: x509.ExtensionType | None = None
    odd: bool = False
    not_der: bool = False

    @property
    def unreadable(self) -> bool:
        return self.value is None and not self.odd


def split(der: bytes) -> tuple[RawExtension, ...]:
    """Return the extensions of a certificate in their order.

    Raises ValueError if the bytes are no certificate or its extensions have another structure.
    """
    tbs, *_ = children(read_one(der, SEQUENCE).content)
    return tuple(
        _raw(extension)
        for part in children(tbs.content)
        if part.tag == _EXTENSIONS
        for extension in children(read_one(part.content, SEQUENCE).content)
    )


def read_alone(der: bytes, raw: RawExtension) -> Reading:
    """Read one extension of this certificate, also where its encoding breaks the rules."""
    value = _parsed(der, raw, raw.value)
    if value is not None:
        return Reading(value, not_der=raw.explicit_false)
    loose = raw.explicit_false or not _is_der(raw.value)
    for repairs, not_der in ((HARMLESS_REPAIRS, loose), (NOT_DER_REPAIRS, True)):
        repaired = _repaired(repairs, raw)
        if repaired is None:
            continue
        value = _parsed(der, raw, repaired) if repaired else None
        if value is not None or not repaired:
            return Reading(value, odd=True, not_der=not_der)
    if raw.oid == _NAME_CONSTRAINTS and _has_subtrees(raw.value):
        # Clients read each subtree by itself; conformance rules say which of them refuse one.
        return Reading(odd=True, not_der=raw.explicit_false)
    try:
        shorter = replace(raw, value=without_trailing_bytes(raw.oid, raw.value))
    except (ValueError, StopIteration):
        return Reading(not_der=raw.explicit_false)
    value = read_alone(der, shorter).value
    return Reading(value, odd=value is not None, not_der=value is not None or raw.explicit_false)


def without_explicit_false(der: bytes) -> bytes:
    """Return the certificate without any written-out `critical FALSE`, as DER demands.

    Its signature no longer matches. Raises ValueError as `split` does.
    """
    extensions = split(der)
    if not any(one.explicit_false for one in extensions):
        return der
    return _with_extensions(der, b"".join(one.with_value(one.value) for one in extensions))


def authority_parts(value: bytes) -> tuple[bytes | None, int | None]:
    """Return the first directory name of the issuer and the serial number in the value of an
    authority key identifier (RFC 5280 section 4.2.1.1). Raises ValueError.
    """
    parts = {part.tag: part.content for part in children(read_one(value, SEQUENCE).content)}
    names = [
        name.content
        for name in children(parts.get(_CERT_ISSUER, b""))
        if name.tag == DIRECTORY_NAME
    ]
    serial = parts.get(_CERT_SERIAL)
    return (
        names[0] if names else None,
        None if serial is None else int.from_bytes(serial, "big", signed=True),
    )


def _raw(extension: DerElement) -> RawExtension:
    oid, *flags, value = children(extension.content)
    if oid.tag != OBJECT_IDENTIFIER or value.tag != OCTET_STRING or len(flags) > 1:
        raise ValueError("an extension has other parts than RFC 5280 section 4.1 names")
    critical = bool(flags) and flags[0].content != _FALSE
    return RawExtension(
        decode_oid(oid.content),
        oid.encoded,
        critical,
        value.content,
        explicit_false=bool(flags) and not critical,
    )


def _has_subtrees(value: bytes) -> bool:
    try:
        return bool(constraint_values(value))
    except ValueError:
        return False


def _is_der(value: bytes) -> bool:
    """Return whether lengths and strings of a value are in DER; true for what is no BER either."""
    try:
        return to_der(value) == value
    except ValueError:
        return True


def _repaired(repairs: Mapping[str, Repair], raw: RawExtension) -> bytes | None:
    try:
        return repairs[raw.oid](raw.value)
    except (KeyError, ValueError, StopIteration):
        return None


def _parsed(der: bytes, raw: RawExtension, value: bytes) -> x509.ExtensionType | None:
    """Return the value as the library reads it in a certificate with no other extension."""
    # The certificate comes from outside, and the parser raises nearly any exception.
    try:
        alone = x509.load_der_x509_certificate(_with_extensions(der, raw.with_value(value)))
        (extension,) = alone.extensions
    except Exception:  # noqa: BLE001
        return None
    found: x509.ExtensionType = extension.value
    return found


def _with_extensions(der: bytes, extensions: bytes) -> bytes:
    tbs, *signature = children(read_one(der, SEQUENCE).content)
    other_parts = [part.encoded for part in children(tbs.content) if part.tag != _EXTENSIONS]
    body = b"".join(other_parts) + encode(_EXTENSIONS, encode(SEQUENCE, extensions))
    rest = b"".join(part.encoded for part in signature)
    return encode(SEQUENCE, encode(SEQUENCE, body) + rest)
