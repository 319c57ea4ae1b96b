"""Wakeups: end the pauses of jobs after a commit of any process, or when the clock was set."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from app.usecases.database import Database

__all__ = ["LONGEST_PAUSE", "Idle", "Wakeups"]

# A missed commit delays nothing for longer.
LONGEST_PAUSE = 30.0
# The system time has been set when it differs from that of the monotonic clock by more than this
# since the last look. A suspended machine sets it too.
_CLOCK_STEP_SECONDS = 0.1
_LAST_LOOK_SECONDS = 1.0

Wait = Callable[[asyncio.Event, float], Awaitable[object]]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(frozen=True, slots=True)
class Idle:
    """The pause of a job that found nothing to do.

    It ends at `due_at`, after a commit, or after 30 seconds; a commit does not end it before
    `seconds`, so that a burst of commits does not call the job more often than polling would.
    """

    seconds: float
    due_at: datetime | None = None


class Wakeups:
    """Ends pauses of the jobs of one event loop, in which it is created and called."""

    def __init__(
        self,
        database: Database,
        *,
        wait: Wait = _wait,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._wait = wait
        self._monotonic = monotonic
        self._never = asyncio.Event()
        self._changed = asyncio.Event()
        self._number = 0
        self._listeners: list[Callable[[], object]] = []
        self._stop = Event()
        self._offset: float | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._watch, name="commits", daemon=True)

    @property
    def number(self) -> int:
        """How often `wake` was called. A job that reads it first misses no commit of its run."""
        return self._number

    def start(self) -> None:
        """Watch the database and the clock in a thread."""
        self._thread.start()

    async def close(self) -> None:
        """Stop watching, and close the connection, unless the database does not answer."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, _LAST_LOOK_SECONDS)

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` at each `wake`."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """End all pauses."""
        self._number += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        for listener in self._listeners:
            listener()

    def longest_pause(self, due_at: datetime | None) -> float:
        """The seconds until then, 30 at most; 0 when it has passed."""
        if due_at is None:
            return LONGEST_PAUSE
        seconds = (due_at - self._database.clock()).total_seconds()
        return min(max(seconds, 0.0), LONGEST_PAUSE)

    async def pause(self, idle: Idle, seen: int) -> None:
        """Wait until the pause ends; `seen` is the number before the job looked for work."""
        # What was due before the job looked, and was not done, is not tried more often than this.
        seconds = self.longest_pause(idle.due_at) or idle.seconds
        await self._wait(self._never, min(seconds, idle.seconds))
        if seconds > idle.seconds and self._number == seen:
            await self._wait(self._changed, seconds - idle.seconds)

    def note_look(self, has_committed: bool) -> None:  # noqa: FBT001  # a callback
        """Wake the jobs if something was committed, or the clock was set. Called in any thread."""
        offset = self._database.clock().timestamp() - self._monotonic()
        is_set = self._offset is not None and abs(offset - self._offset) > _CLOCK_STEP_SECONDS
        self._offset = offset
        if has_committed or is_set:
            # The loop is closed when the thread outlives the worker.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.wake)

    def _watch(self) -> None:
        self._database.watch_commits(self.note_look, self._stop)
