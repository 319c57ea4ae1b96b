"""DER elements (X.690): the parts of a certificate, without an interpretation of their values."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "CONTEXT_0",
    "INTEGER",
    "OBJECT_IDENTIFIER",
    "OCTET_STRING",
    "PRINTABLE_STRING",
    "SEQUENCE",
    "UTF8_STRING",
    "DerElement",
    "children",
    "decode_oid",
    "encode",
    "read_one",
]

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
SEQUENCE = 0x30
CONTEXT_0 = 0xA0

_LONG_FORM = 0x80
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
