"""Shared labels: labelled counters of all web processes, in memory beside the plain counters.

A slot has two halves that are written in turn, each with a number that increases and a checksum: a
process that reads while one half is being written takes the other.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from mmap import mmap

__all__ = ["LABELS_OFFSET", "LabelSlots", "Labelled", "add_labelled", "memory_bytes"]

Labelled = Mapping[str, Sequence[float]]

# The plain counters are before it.
LABELS_OFFSET = 2**16
_SLOTS = 130
_HALF_BYTES = 2**18
_HEAD = len("0123456789abcdef 01234567 01234567 ")
# A release without labels reads this memory as numbers, and takes a slot for used if one of them is
# above zero. With the highest bit set, all are below.
_HIDDEN = bytes(each | 0x80 for each in range(256))
_SHOWN = bytes(each & 0x7F for each in range(256))


def memory_bytes() -> int:
    """The size of the memory. Parts that nobody has written to take no space."""
    return LABELS_OFFSET + _SLOTS * 2 * _HALF_BYTES


def add_labelled(values: Iterable[Labelled]) -> dict[str, Sequence[float]]:
    """The sums for each name. What another release counts in another form is left out."""
    sums: dict[str, Sequence[float]] = {}
    for each in values:
        for name, added in each.items():
            known = sums.get(name)
            if known is None:
                sums[name] = added
            elif len(known) == len(added):
                sums[name] = [one + other for one, other in zip(known, added, strict=True)]
    return sums


class LabelSlots:
    """The slots in the memory; `own` is the number of the one that this process writes."""

    def __init__(self, memory: mmap, own: int) -> None:
        self._memory = memory
        self._own = own
        self._written, self._number = b"", self._newest(own)[0]

    def write(self, values: Labelled) -> None:
        """Write the counters to the own slot. More than there is room for are left as they were."""
        text = json.dumps(values, separators=(",", ":")).encode("ascii")
        # To whole numbers of eight bytes, for the releases without labels.
        text += b" " * (-(_HEAD + len(text)) % 8)
        if text == self._written or len(text) > _HALF_BYTES - _HEAD or self._own >= _SLOTS:
            return
        self._number += 1
        head = f"{self._number:016x} {zlib.crc32(text):08x} {len(text):08x} ".encode("ascii")
        start = _start(self._own, self._number % 2)
        self._memory[start : start + _HEAD + len(text)] = (head + text).translate(_HIDDEN)
        self._written = text

    def read(self, slot: int) -> Labelled:
        """The counters in a slot."""
        text = self._newest(slot)[1] if slot < _SLOTS else b""
        found: dict[str, list[float]] = json.loads(text) if text else {}
        return found

    def _newest(self, slot: int) -> tuple[int, bytes]:
        """The number and the text of the newest half that is whole."""
        return max(self._half(slot, half) for half in (0, 1)) if slot < _SLOTS else (0, b"")

    def _half(self, slot: int, half: int) -> tuple[int, bytes]:
        start = _start(slot, half)
        head = self._memory[start : start + _HEAD].translate(_SHOWN)
        if not head.strip(b"\0"):
            return 0, b""
        try:
            number, checksum, length = (int(each, 16) for each in head.split())
        except ValueError:  # it is being written
            return 0, b""
        begin = start + _HEAD
        text = self._memory[begin : begin + min(length, _HALF_BYTES)].translate(_SHOWN)
        return (number, text) if zlib.crc32(text) == checksum else (0, b"")


def _start(slot: int, half: int) -> int:
    return LABELS_OFFSET + (2 * slot + half) * _HALF_BYTES
