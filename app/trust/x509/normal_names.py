"""Normalised names: distinguished names in the form in which most clients compare them.

OpenSSL (asn1_string_canon), Chromium (NormalizeValue) and Java (X500Name.canonicalize) pass over
the type of a string, the case of ASCII letters, and spaces around and between words (RFC 5280
section 7.1). Firefox and Go compare the bytes.
"""

import re
from functools import lru_cache

from app.trust.x509.der import (
    PRINTABLE_STRING,
    SEQUENCE,
    UTF8_STRING,
    DerElement,
    children,
    encode,
    read_one,
)

__all__ = ["normalised_name"]

_SPACES = re.compile(r"[\t\n\v\f\r ]+")
_UPPER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_T61, _IA5, _VISIBLE, _UNIVERSAL, _BMP = 0x14, 0x16, 0x1A, 0x1C, 0x1E
_ENCODINGS = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "ascii",
    _T61: "latin-1",
    _IA5: "ascii",
    _VISIBLE: "ascii",
    _UNIVERSAL: "utf-32-be",
    _BMP: "utf-16-be",
}


@lru_cache(maxsize=4096)
def normalised_name(name: bytes) -> bytes:
    """Return the name in DER with each string in the form that clients compare.

    A name of another structure, and a string that is not in its encoding, stay as they are.
    """
    try:
        relatives = [_normalised(each) for each in children(read_one(name, SEQUENCE).content)]
    except ValueError:
        return name
    return encode(SEQUENCE, b"".join(relatives))


def _normalised(relative: DerElement) -> bytes:
    attributes = sorted(_attribute(each) for each in children(relative.content))
    return encode(relative.tag, b"".join(attributes))


def _attribute(attribute: DerElement) -> bytes:
    kind, value = children(attribute.content)
    if value.tag not in _ENCODINGS:
        return attribute.encoded
    try:
        text = value.content.decode(_ENCODINGS[value.tag])
    except UnicodeDecodeError:
        return attribute.encoded
    words = _SPACES.sub(" ", text.translate(_UPPER)).strip(" ")
    return encode(attribute.tag, kind.encoded + encode(UTF8_STRING, words.encode()))
