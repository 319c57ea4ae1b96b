"""Character map of a TrueType or OpenType font: the characters for which it has glyphs.

Specification: https://learn.microsoft.com/en-us/typography/opentype/spec/cmap
"""

import struct
from collections.abc import Iterator

__all__ = ["character_map"]

_UNICODE, _WINDOWS = 0, 3
# Encodings of Windows that are Unicode: its first plane, and all planes.
_WINDOWS_UNICODE = frozenset({1, 10})
_SEGMENTS, _GROUPS = 4, 12


def character_map(font: bytes) -> frozenset[int]:
    """The code points that the font maps to glyphs, from its Unicode subtables.

    Raises ValueError when the bytes are no font with such a table.
    """
    try:
        table = _table(font)
        return frozenset(point for offset in _subtables(table) for point in _points(table, offset))
    except (struct.error, LookupError) as error:
        raise ValueError("This is no font with a character map.") from error


def _table(font: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        tag, _checksum, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"cmap":
            return font[offset : offset + length]
    raise LookupError("cmap")


def _subtables(table: bytes) -> Iterator[int]:
    """The offsets of the subtables for Unicode."""
    (count,) = struct.unpack_from(">H", table, 2)
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
        if platform == _UNICODE or (platform == _WINDOWS and encoding in _WINDOWS_UNICODE):
            yield offset


def _points(table: bytes, offset: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", table, offset)
    if kind == _SEGMENTS:
        yield from _segment_points(table, offset)
    elif kind == _GROUPS:
        yield from _group_points(table, offset)


def _segment_points(table: bytes, offset: int) -> Iterator[int]:
    """The code points of a subtable of format 4: segments with a delta or with an array."""
    (doubled,) = struct.unpack_from(">H", table, offset + 6)
    ends = offset + 14
    starts = ends + doubled + 2
    deltas, ranges = starts + doubled, starts + 2 * doubled
    for at in range(0, doubled, 2):
        (end,), (start,) = (struct.unpack_from(">H", table, each + at) for each in (ends, starts))
        (delta,), (indirect,) = (
            struct.unpack_from(">H", table, each + at) for each in (deltas, ranges)
        )
        for point in range(start, end + 1):
            glyph = point
            if indirect:
                place = ranges + at + indirect + 2 * (point - start)
                (glyph,) = struct.unpack_from(">H", table, place)
            # 0xFFFF ends the list of segments and is no character.
            if point != 0xFFFF and (glyph if indirect and not glyph else (glyph + delta) % 0x10000):
                yield point


def _group_points(table: bytes, offset: int) -> Iterator[int]:
    """The code points of a subtable of format 12: groups of consecutive glyphs."""
    (count,) = struct.unpack_from(">I", table, offset + 12)
    for index in range(count):
        start, end, glyph = struct.unpack_from(">III", table, offset + 16 + 12 * index)
        yield from range(start if glyph else start + 1, end + 1)
