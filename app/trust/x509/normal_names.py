"""Normalised names: distinguished names in the form in which a client compares them.

RFC 5280 section 7.1 passes over the type of a string, the case of ASCII letters, and spaces around
and between words, as OpenSSL (asn1_string_canon) does. Chromium (NormalizeValue) and Java
(AVA.toRFC2253CanonicalString) do so for fewer types of strings. Firefox and Go compare the bytes.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from app.trust.x509.der import (
    PRINTABLE_STRING,
    SEQUENCE,
    UTF8_STRING,
    DerElement,
    children,
    decode_oid,
    encode,
    read_one,
)

__all__ = ["NameMatching", "normalised_name"]


class NameMatching(StrEnum):
    """The kind of client whose comparison of names is applied."""

    RFC5280 = "rfc5280"
    CHROMIUM = "chromium"
    OPENSSL = "openssl"
    JAVA = "java"


_SPACES = re.compile(r"[\t\n\v\f\r ]+")
_BLANKS = re.compile(r" +")
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
# The types that Java normalises, of the attributes that have a keyword in RFC 2253: CN, C, L, ST,
# STREET, O, OU, DC and UID. It compares all other values as encoded.
_JAVA_TYPES = frozenset({UTF8_STRING, PRINTABLE_STRING})
_JAVA_KEYWORDS = frozenset(
    {
        *(f"2.5.4.{number}" for number in (3, 6, 7, 8, 9, 10, 11)),
        *("0.9.2342.19200300.100.1.1", "0.9.2342.19200300.100.1.25"),
    }
)


@lru_cache(maxsize=4096)
def normalised_name(name: bytes, matching: NameMatching = NameMatching.RFC5280) -> bytes:
    """Return the name in DER with each string in the form that these clients compare.

    A name of another structure, and a string that is not in its encoding, stay as they are.
    """
    try:
        relatives = [
            _normalised(each, matching) for each in children(read_one(name, SEQUENCE).content)
        ]
    except ValueError:
        return name
    return encode(SEQUENCE, b"".join(relatives))


def _normalised(relative: DerElement, matching: NameMatching) -> bytes:
    attributes = sorted(_attribute(each, matching) for each in children(relative.content))
    return encode(relative.tag, b"".join(attributes))


def _attribute(attribute: DerElement, matching: NameMatching) -> bytes:
    kind, value = children(attribute.content)
    if value.tag not in _ENCODINGS or _is_compared_as_encoded(kind, value, matching):
        return attribute.encoded
    try:
        text = value.content.decode(_ENCODINGS[value.tag])
    except UnicodeDecodeError:
        return attribute.encoded
    words = _words(text, matching)
    return encode(attribute.tag, kind.encoded + encode(UTF8_STRING, words.encode()))


def _is_compared_as_encoded(kind: DerElement, value: DerElement, matching: NameMatching) -> bool:
    if matching is NameMatching.CHROMIUM:
        return value.tag == _T61
    return matching is NameMatching.JAVA and (
        value.tag not in _JAVA_TYPES or decode_oid(kind.content) not in _JAVA_KEYWORDS
    )


def _words(text: str, matching: NameMatching) -> str:
    if matching is NameMatching.JAVA:
        folded = unicodedata.normalize("NFKD", text).upper().lower()
        return _BLANKS.sub(" ", folded).strip(" ")
    spaces = _BLANKS if matching is NameMatching.CHROMIUM else _SPACES
    return spaces.sub(" ", text.translate(_UPPER)).strip(" ")
