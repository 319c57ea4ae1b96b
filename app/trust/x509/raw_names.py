"""Raw names: distinguished names as encoded, where the library refuses them.

The library refuses a whole certificate for a character, a type of string or the order of a set in a
name, which OpenSSL and Chromium pass over.
"""

import re
from dataclasses import dataclass

from app.trust.x509.der import (
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    UTF8_STRING,
    DerElement,
    children,
    encode,
    read_one,
)

__all__ = ["ReadableName", "attributes", "readable_name"]

# The characters of a PrintableString (X.680 section 41.4), and `*`, which Chromium accepts too
# (NormalizeDirectoryString).
_USUAL = re.compile(rb"[A-Za-z0-9 '()*+,\-./:=?]*")
_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]*")
_T61, _IA5 = 0x14, 0x16


@dataclass(frozen=True, slots=True)
class ReadableName:
    """A name in DER that the library reads.

    `odd` says that it had to be changed, `not_der` that Chromium refuses the name as it was.
    """

    encoded: bytes
    odd: bool = False
    not_der: bool = False


def readable_name(name: bytes) -> ReadableName:
    """Return the name in DER with its sets in order, each value once and each odd string as a
    UTF8String.

    Strings that neither OpenSSL nor Chromium reads stay as they are. Raises ValueError for bytes of
    another structure.
    """
    relatives, refused = [], False
    for relative in children(read_one(name, SEQUENCE).content):
        if relative.tag != SET:
            raise ValueError("a relative distinguished name is a set")
        values = {_attribute(one) for one in children(relative.content)}
        refused = refused or not values or any(not_der for _, not_der in values)
        if values:
            relatives.append(encode(SET, b"".join(sorted(encoded for encoded, _ in values))))
    encoded = encode(SEQUENCE, b"".join(relatives))
    return ReadableName(encoded, odd=encoded != name, not_der=refused)


def attributes(name: bytes) -> list[tuple[DerElement, DerElement]]:
    """Return type and value of each attribute of a name in DER.

    Raises ValueError for bytes of another structure.
    """
    found = []
    for relative in children(read_one(name, SEQUENCE).content):
        for attribute in children(relative.content):
            kind, value = children(attribute.content)
            found.append((kind, value))
    return found


def _attribute(attribute: DerElement) -> tuple[bytes, bool]:
    """Return a readable attribute, and whether clients that demand DER refuse the original."""
    kind, value = children(attribute.content)
    if value.tag == PRINTABLE_STRING and not _PRINTABLE.fullmatch(value.content):
        text = value.content.decode("utf-8", errors="replace")
        return _with_text(attribute, kind, text), not _USUAL.fullmatch(value.content)
    if value.tag == _T61:
        # OpenSSL, Chromium and Java read it as ISO 8859-1.
        return _with_text(attribute, kind, value.content.decode("latin-1")), False
    if value.tag == _IA5 and not value.content.isascii():
        return _with_text(attribute, kind, value.content.decode("latin-1")), True
    if value.tag in {SEQUENCE, SET}:
        # The form of RFC 4514 section 2.4 for values that are no strings.
        return _with_text(attribute, kind, f"#{value.encoded.hex()}"), True
    return attribute.encoded, False


def _with_text(attribute: DerElement, kind: DerElement, text: str) -> bytes:
    return encode(attribute.tag, kind.encoded + encode(UTF8_STRING, text.encode()))
