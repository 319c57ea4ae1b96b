"""Packed trust stores: each root once, and per store its date and its roots.

scripts/build_trust_stores.py packs them: one line of JSON with the lengths of the roots and their
positions per store, then the DER bytes of the roots; the whole is deflated.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

__all__ = ["PackedList", "Roots", "shipped_lists", "subject_of"]


@dataclass(frozen=True, slots=True)
class PackedList:
    """One store as packed: the second of its publication, and its roots (DER)."""

    published: int
    ders: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Roots:
    """All packed roots, and the stores made of them."""

    body: bytes
    ends: Sequence[int]
    lists: Mapping[str, Mapping[str, Any]]

    def list_of(self, name: str) -> PackedList | None:
        """Return the packed store of this name, or None."""
        entry = self.lists.get(name)
        if entry is None:
            return None
        day = datetime.combine(date.fromisoformat(entry["on"]), time.min, UTC)
        ders = tuple(self._root(number) for number in entry["roots"])
        return PackedList(int(day.timestamp()), ders)

    def _root(self, number: int) -> bytes:
        return self.body[self.ends[number - 1] if number else 0 : self.ends[number]]


@lru_cache(maxsize=1)
def shipped_lists() -> Roots:
    """Return the stores that ship with Fyr. They are unpacked once, on first use."""
    packed = files("app.trust").joinpath("data/stores.bin").read_bytes()
    line, _, body = zlib.decompress(packed).partition(b"\n")
    header = json.loads(line)
    return Roots(body, tuple(accumulate(header["lengths"])), header["stores"])


def subject_of(der: bytes) -> bytes:
    """Return the DER bytes of a valid certificate's subject without parsing the rest."""
    # Certificate > tbsCertificate > [version] serial algorithm issuer validity SUBJECT
    _, inside = _header(der, 0)
    _, place = _header(der, inside)
    if der[place] == _VERSION:
        place = _after(der, place)
    for _ in range(4):
        place = _after(der, place)
    return der[place : _after(der, place)]


_VERSION = 0xA0
_LONG_FORM = 0x80


def _header(der: bytes, place: int) -> tuple[int, int]:
    """Return the length of the element at `place` and the offset of its content (X.690 section
    8.1).
    """
    first = der[place + 1]
    if first < _LONG_FORM:
        return first, place + 2
    begins = place + 2 + first - _LONG_FORM
    return int.from_bytes(der[place + 2 : begins], "big"), begins


def _after(der: bytes, place: int) -> int:
    length, begins = _header(der, place)
    return begins + length
