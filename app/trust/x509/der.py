"""DER elements (X.690): the parts of a certificate, without an interpretation of their values.

BER, of which DER is the part with one encoding for each value, can be turned into DER.
"""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "CONTEXT_0",
    "GENERALIZED_TIME",
    "INTEGER",
    "NULL",
    "OBJECT_IDENTIFIER",
    "OCTET_STRING",
    "PRINTABLE_STRING",
    "SEQUENCE",
    "SET",
    "UTF8_STRING",
    "DerElement",
    "children",
    "decode_oid",
    "encode",
    "first_part",
    "read_one",
    "to_der",
]

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0

_LONG_FORM = 0x80
_INDEFINITE = b"\x80"
_END = b"\x00\x00"
_CONSTRUCTED = 0x20
_UNIVERSAL_TAGS = 0x40
# Deeper elements than a certificate has, and less deep than Python's stack.
_DEEPEST = 64
_MOST_LENGTH_BYTES = 4
# Tags of more than one byte start with these five bits; X.509 has none.
_LONG_TAG = 0x1F
_CONTINUED = 0x80


@dataclass(frozen=True, slots=True)
class DerElement:
    """One element: its tag, its content, and its bytes with tag and length."""

    tag: int
    content: bytes
    encoded: bytes


def children(content: bytes) -> Iterator[DerElement]:
    """Yield the elements that follow one another in `content`.

    Raises ValueError where the bytes are no elements of definite length, or are cut off.
    """
    place = 0
    while place < len(content):
        begins, ends = _extent(content, place)
        yield DerElement(content[place], content[begins:ends], content[place:ends])
        place = ends


def read_one(data: bytes, tag: int) -> DerElement:
    """Return the only element of `data`. Raises ValueError if it has another tag or company."""
    found = list(children(data))
    if len(found) != 1 or found[0].tag != tag:
        raise ValueError(f"expected one element with the tag {tag:#x}")
    return found[0]


def encode(tag: int, content: bytes) -> bytes:
    """Return the element with this tag and content."""
    if len(content) < _LONG_FORM:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM | len(length)]) + length + content


def first_part(data: bytes) -> bytes:
    """Return the bytes of the first element within the one that `data` is, in BER as received.

    Raises ValueError where there is none.
    """
    begins = 2 if data[1:2] == _INDEFINITE else _extent(data, 0)[0]
    if begins >= len(data):
        raise ValueError("an element is empty")
    if data[begins + 1 : begins + 2] == _INDEFINITE:
        _, after = _element(data, begins, _DEEPEST)
    else:
        _, after = _extent(data, begins)
    return data[begins:after]


def to_der(data: bytes) -> bytes:
    """Return the elements in `data` with the lengths, strings and TRUE that DER demands of BER.

    Sets stay in their order, and the contents of strings as they are. Raises ValueError where the
    bytes are no elements, or where these are nested too deeply.
    """
    encoded, _ = _elements(data, 0, _DEEPEST, ends_by_mark=False)
    return encoded


def decode_oid(content: bytes) -> str:
    """Return an object identifier in dotted form (X.690 section 8.19). Raises ValueError."""
    if not content or content[-1] & _CONTINUED:
        raise ValueError("an object identifier is cut off")
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & ~_CONTINUED
        if not byte & _CONTINUED:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _extent(data: bytes, place: int) -> tuple[int, int]:
    """Return where the content of the element at `place` begins and ends."""
    if place + 2 > len(data) or data[place] & _LONG_TAG == _LONG_TAG:
        raise ValueError("an element is cut off, or has a tag that X.509 does not use")
    length, begins = data[place + 1], place + 2
    if length >= _LONG_FORM:
        size = length - _LONG_FORM
        if not 0 < size <= _MOST_LENGTH_BYTES:
            raise ValueError("an element has no definite length")
        length = int.from_bytes(data[begins : begins + size], "big")
        begins += size
    if begins + length > len(data):
        raise ValueError("an element is cut off")
    return begins, begins + length


def _elements(data: bytes, place: int, depth: int, *, ends_by_mark: bool) -> tuple[bytes, int]:
    """Return the elements from `place` on in DER, and the place after them."""
    found: list[bytes] = []
    while place < len(data):
        if ends_by_mark and data[place : place + 2] == _END:
            return b"".join(found), place + 2
        element, place = _element(data, place, depth)
        found.append(element)
    if ends_by_mark:
        raise ValueError("an element of indefinite length has no end")
    return b"".join(found), place


def _element(data: bytes, place: int, depth: int) -> tuple[bytes, int]:
    if depth == 0:
        raise ValueError("elements are nested too deeply")
    tag = data[place]
    if data[place + 1 : place + 2] == _INDEFINITE and tag & _CONSTRUCTED:
        content, after = _elements(data, place + 2, depth - 1, ends_by_mark=True)
    else:
        begins, after = _extent(data, place)
        content = data[begins:after]
        if tag & _CONSTRUCTED:
            content, _ = _elements(content, 0, depth - 1, ends_by_mark=False)
    if tag == BOOLEAN and len(content) == 1 and content != b"\0":
        content = b"\xff"
    if tag & _CONSTRUCTED and tag < _UNIVERSAL_TAGS and tag not in {SEQUENCE, SET}:
        return _string(tag & ~_CONSTRUCTED, content), after
    return encode(tag, content), after


def _string(tag: int, content: bytes) -> bytes:
    """Return the string whose parts are the elements of `content` (X.690 section 8.14)."""
    parts = [part.content for part in children(content)]
    if tag != BIT_STRING:
        return encode(tag, b"".join(parts))
    if any(not part or (part[:1] != b"\0" and part is not parts[-1]) for part in parts):
        raise ValueError("a part of a bit string has no whole bytes")
    unused = parts[-1][:1] if parts else b"\0"
    return encode(tag, unused + b"".join(part[1:] for part in parts))
