"""Shared counters: statistics of all web processes of one `fyr serve`, in shared memory.

Each process owns a slot. It holds a POSIX record lock on it, which the kernel releases however the
process ends. The next owner of a slot adds to the counters that stand there, so sums never
decrease while `fyr serve` runs.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field, fields
from mmap import mmap
from threading import Event, Lock, Thread

from app.web.metrics.shared_labels import (
    LABELS_OFFSET,
    Labelled,
    LabelSlots,
    add_labelled,
    memory_bytes,
)

__all__ = ["Counters", "Gauges", "ProcessStats", "SharedCounters", "Totals", "combine"]

# What a process counted since its last write is lost when it is killed.
_WRITE_INTERVAL_SECONDS = 1.0
_FLOAT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Counters:
    """Values that only increase. Those of a process that has ended are still part of the sum."""

    hits: float = 0
    misses: float = 0
    sent_bytes: float = 0
    renders: float = 0
    failures: float = 0
    cpu_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Gauges:
    """The state of one process. `process` is its number; `revision` is -1 before the first page."""

    process: float
    started_at: float
    resident_bytes: float
    pages: float
    page_bytes: float
    revision: float
    away_seconds: float


@dataclass(frozen=True, slots=True)
class ProcessStats:
    """Counters and gauges of one process at one time."""

    counters: Counters
    gauges: Gauges
    labelled: Labelled = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of all counters, and the gauges of each running process in order of its number."""

    counters: Counters
    gauges: Sequence[Gauges]
    labelled: Labelled = field(default_factory=dict)


_COUNTERS = len(fields(Counters))
_SLOT_LENGTH = _COUNTERS + len(fields(Gauges))


def combine(
    counters: Iterable[Counters], running: Iterable[Gauges], labelled: Iterable[Labelled] = ()
) -> Totals:
    """The totals of these processes.

    While a process is being replaced there are two of one number: the gauges of the younger count.
    """
    total = Counters(*map(sum, zip(*map(astuple, counters), strict=True)))
    youngest = {each.process: each for each in sorted(running, key=lambda each: each.started_at)}
    gauges = [youngest[process] for process in sorted(youngest)]
    return Totals(total, gauges, add_labelled(labelled))


class SharedCounters:
    """This process's slot in the memory behind `fd`, and read access to the other slots.

    `measure` returns the statistics of this process.
    """

    def __init__(self, fd: int, measure: Callable[[], ProcessStats]) -> None:
        self._fd = fd
        self._measure = measure
        if os.fstat(fd).st_size < memory_bytes():  # the parent is of a release without labels
            os.ftruncate(fd, memory_bytes())
        self._memory = mmap(fd, memory_bytes())
        self._cells = memoryview(self._memory)[:LABELS_OFFSET].cast("d")
        self._slots = range(len(self._cells) // _SLOT_LENGTH)
        # There are more slots than processes, so one is free.
        self._own = next(slot for slot in self._slots if self._try_lock(slot, fcntl.LOCK_EX))
        self._counters_before = self._counters_in(self._own)
        self._labels = LabelSlots(self._memory, self._own)
        self._labelled_before = self._labels.read(self._own)
        self._write_lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._write_forever, name="fyr-counters", daemon=True)

    def start(self) -> None:
        """Write the statistics of this process to its slot, now and then every second."""
        self.write()
        self._thread.start()

    def close(self) -> None:
        """Write the statistics of this process for the last time."""
        self._stop.set()
        self.write()

    def write(self) -> ProcessStats:
        """Write the statistics to the slot; the result includes the counters of former owners."""
        with self._write_lock:
            now = self._measure()
            pairs = zip(astuple(self._counters_before), astuple(now.counters), strict=True)
            counters = Counters(*(before + since for before, since in pairs))
            start = self._own * _SLOT_LENGTH
            for offset, value in enumerate((*astuple(counters), *astuple(now.gauges))):
                self._cells[start + offset] = value
            labelled = add_labelled([self._labelled_before, now.labelled])
            self._labels.write(labelled)
        return ProcessStats(counters, now.gauges, labelled)

    def read(self) -> Totals:
        """The totals of all processes, after a write of this one."""
        own = self.write()
        others = [slot for slot in self._slots if slot != self._own and self._is_used(slot)]
        running = [self._gauges_in(slot) for slot in others if self._is_running(slot)]
        return combine(
            [own.counters, *map(self._counters_in, others)],
            [own.gauges, *running],
            [own.labelled, *map(self._labels.read, others)],
        )

    def _write_forever(self) -> None:
        while not self._stop.wait(_WRITE_INTERVAL_SECONDS):
            self.write()

    def _is_used(self, slot: int) -> bool:
        return self._gauges_in(slot).process > 0

    def _is_running(self, slot: int) -> bool:
        if self._try_lock(slot, fcntl.LOCK_SH):
            fcntl.lockf(self._fd, fcntl.LOCK_UN, *_byte_range(slot))
            return False
        return True

    def _try_lock(self, slot: int, kind: int) -> bool:
        try:
            fcntl.lockf(self._fd, kind | fcntl.LOCK_NB, *_byte_range(slot))
        except OSError:
            return False
        return True

    def _counters_in(self, slot: int) -> Counters:
        start = slot * _SLOT_LENGTH
        return Counters(*self._cells[start : start + _COUNTERS])

    def _gauges_in(self, slot: int) -> Gauges:
        start = slot * _SLOT_LENGTH
        return Gauges(*self._cells[start + _COUNTERS : start + _SLOT_LENGTH])


def _byte_range(slot: int) -> tuple[int, int]:
    """Length and start of a slot in bytes, in the order in which `lockf` takes them."""
    return _SLOT_LENGTH * _FLOAT_BYTES, slot * _SLOT_LENGTH * _FLOAT_BYTES
