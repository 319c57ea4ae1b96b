"""What the web processes of one `fyr serve` count together, so that any of them can tell it all.

They share a piece of memory with a slot for each. Who owns a slot holds a lock on it, which the
system takes back however the owner ends; its successor counts on from what stands there. So sums
never fall while `fyr serve` lives.
"""

import fcntl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from mmap import mmap
from threading import Event, Lock, Thread

__all__ = ["Counted", "Figures", "Holding", "Ledger", "Told", "told_by"]

# Killed, a process takes what it counted within this time with it.
_SECONDS_BETWEEN = 1.0
_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Counted:
    """What only grows. Of a process that has gone it still counts."""

    hits: float = 0
    misses: float = 0
    sent_bytes: float = 0
    renders: float = 0
    failures: float = 0
    cpu_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """How a process is now: its number, since when, what it has. `revision` is -1 for none."""

    process: float
    started_at: float
    resident_bytes: float
    pages: float
    page_bytes: float
    revision: float
    away_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Both, of one process at one time."""

    counted: Counted
    holding: Holding


_COUNTED = len(fields(Counted))
_SLOT = _COUNTED + len(fields(Holding))


@dataclass(frozen=True, slots=True)
class Told:
    """The sum of what was ever counted, and how each living process is, by its number."""

    counted: Counted
    holdings: Sequence[Holding]


def told_by(counted: Iterable[Counted], living: Iterable[Holding]) -> Told:
    """The sums. Of two with one number, while one takes over, the younger stands for it."""
    total = Counted(*map(sum, zip(*map(astuple, counted), strict=True)))
    youngest = {each.process: each for each in sorted(living, key=lambda each: each.started_at)}
    return Told(total, [youngest[process] for process in sorted(youngest)])


class Ledger:
    """This process's place in the memory behind `fd`, and its look at all the others'."""

    def __init__(self, fd: int, measure: Callable[[], Figures]) -> None:
        self._fd = fd
        self._measure = measure
        self._memory = mmap(fd, 0)
        self._cells = memoryview(self._memory).cast("d")
        self._slots = range(len(self._cells) // _SLOT)
        # There are more than processes, so one is free.
        self._own = next(slot for slot in self._slots if self._locked(slot, fcntl.LOCK_EX))
        self._before = self._counted_in(self._own)
        self._turn = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._keep, name="fyr-ledger", daemon=True)

    def start(self) -> None:
        """Begin to write down, again and again, what this process counts."""
        self.write()
        self._thread.start()

    def close(self) -> None:
        """Write it down for the last time."""
        self._stop.set()
        self.write()

    def write(self) -> Figures:
        """Write down what this process, and who had its slot before, have counted."""
        with self._turn:
            now = self._measure()
            both = zip(astuple(self._before), astuple(now.counted), strict=True)
            counted = Counted(*(before + since for before, since in both))
            start = self._own * _SLOT
            for offset, value in enumerate((*astuple(counted), *astuple(now.holding))):
                self._cells[start + offset] = value
        return Figures(counted, now.holding)

    def read(self) -> Told:
        """What all have counted, with those that have gone, and how all are that live."""
        own = self.write()
        others = [slot for slot in self._slots if slot != self._own and self._is_used(slot)]
        living = [self._holding_in(slot) for slot in others if self._lives(slot)]
        return told_by([own.counted, *map(self._counted_in, others)], [own.holding, *living])

    def _keep(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN):
            self.write()

    def _is_used(self, slot: int) -> bool:
        return self._holding_in(slot).process > 0

    def _lives(self, slot: int) -> bool:
        if self._locked(slot, fcntl.LOCK_SH):
            fcntl.lockf(self._fd, fcntl.LOCK_UN, *_place(slot))
            return False
        return True

    def _locked(self, slot: int, how: int) -> bool:
        try:
            fcntl.lockf(self._fd, how | fcntl.LOCK_NB, *_place(slot))
        except OSError:
            return False
        return True

    def _counted_in(self, slot: int) -> Counted:
        start = slot * _SLOT
        return Counted(*self._cells[start : start + _COUNTED])

    def _holding_in(self, slot: int) -> Holding:
        start = slot * _SLOT
        return Holding(*self._cells[start + _COUNTED : start + _SLOT])


def _place(slot: int) -> tuple[int, int]:
    """The length and the beginning of a slot, in bytes."""
    return _SLOT * _NUMBER, slot * _SLOT * _NUMBER
