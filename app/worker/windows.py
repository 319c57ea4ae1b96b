"""Job of the worker that records what the clock brings about for maintenance windows."""

import asyncio
from dataclasses import dataclass, field

from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.maintenances import window_notices
from app.usecases.maintenances.window_notices import WindowLook
from app.worker.wakeups import Idle

__all__ = ["WindowClock"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_POLL_SECONDS = 5.0


@dataclass(slots=True)
class WindowClock:
    """Records notices when windows begin, end, or begin soon.

    Between two edges it looks again only when the page has changed.
    """

    database: Database
    _last: WindowLook | None = field(default=None, init=False)

    async def run_due(self) -> float | Idle:
        """Record what is due; return the seconds until the next call, or that it is idle."""
        return await asyncio.to_thread(self._record)

    def _record(self) -> float | Idle:
        with self.database.reading(_ACTOR) as ctx:
            if self._last is None or window_notices.needs_look(ctx, self._last):
                self._last = window_notices.look_at_windows(ctx)
        if not self._last.is_due:
            return Idle(_POLL_SECONDS, self._last.next_at)
        # The next call looks again, also when this cannot be recorded.
        self._last = None
        with self.database.writing(_ACTOR) as ctx:
            window_notices.record_due_windows(ctx)
        return _POLL_SECONDS
