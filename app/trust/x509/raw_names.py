"""Raw names: distinguished names as encoded, where the library refuses a character in them.

The library refuses a whole certificate for a `*` in a PrintableString, which OpenSSL and Chromium
read as any other character.
"""

import re

from app.trust.x509.der import (
    CONTEXT_0,
    PRINTABLE_STRING,
    SEQUENCE,
    UTF8_STRING,
    DerElement,
    children,
    encode,
    read_one,
)

__all__ = ["has_odd_names", "with_readable_names"]

# The characters of a PrintableString (X.680 section 41.4), and `*`, which Chromium accepts too
# (NormalizeDirectoryString).
_USUAL = re.compile(rb"[A-Za-z0-9 '()*+,\-./:=?]*")
_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]*")


def has_odd_names(der: bytes) -> bool:
    """Return whether a PrintableString in issuer or subject has characters that Chromium refuses.

    Raises ValueError if the bytes are no certificate.
    """
    return any(
        value.tag == PRINTABLE_STRING and not _USUAL.fullmatch(value.content)
        for name in _names(_fields(der))
        for value in _values(name)
    )


def with_readable_names(der: bytes) -> bytes:
    """Return the certificate with such strings in issuer and subject as UTF8String.

    Its signature no longer matches. Raises ValueError if the bytes are no certificate.
    """
    fields = _fields(der)
    names = {id(name): _readable(name) for name in _names(fields)}
    body = b"".join(names.get(id(field), field.encoded) for field in fields)
    _, *rest = children(read_one(der, SEQUENCE).content)
    signature = b"".join(one.encoded for one in rest)
    return encode(SEQUENCE, encode(SEQUENCE, body) + signature)


def _fields(der: bytes) -> list[DerElement]:
    tbs, *_ = children(read_one(der, SEQUENCE).content)
    return list(children(tbs.content))


def _names(fields: list[DerElement]) -> tuple[DerElement, DerElement]:
    # [version] serial algorithm ISSUER validity SUBJECT (RFC 5280 section 4.1)
    first = 1 if fields and fields[0].tag == CONTEXT_0 else 0
    if len(fields) < first + 5:
        raise ValueError("a certificate has fewer parts than RFC 5280 section 4.1 names")
    return fields[first + 2], fields[first + 4]


def _values(name: DerElement) -> list[DerElement]:
    return [
        list(children(attribute.content))[-1]
        for relative in children(name.content)
        for attribute in children(relative.content)
        if attribute.content
    ]


def _readable(name: DerElement) -> bytes:
    relatives = [
        encode(relative.tag, b"".join(map(_readable_attribute, children(relative.content))))
        for relative in children(name.content)
    ]
    return encode(name.tag, b"".join(relatives))


def _readable_attribute(attribute: DerElement) -> bytes:
    kind, value = children(attribute.content)
    if value.tag != PRINTABLE_STRING or _PRINTABLE.fullmatch(value.content):
        return attribute.encoded
    text = value.content.decode("utf-8", errors="replace").encode()
    return encode(attribute.tag, kind.encoded + encode(UTF8_STRING, text))
