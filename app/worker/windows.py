"""Job of the worker that records what the clock brings about for maintenance windows."""

import asyncio
from dataclasses import dataclass, field

from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.maintenances import window_notices
from app.usecases.maintenances.window_notices import WindowLook

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

    async def run_due(self) -> float:
        """Record what is due; return the seconds until the next call."""
        await asyncio.to_thread(self._record)
        return _POLL_SECONDS

    def _record(self) -> None:
        with self.database.reading(_ACTOR) as ctx:
            if not window_notices.needs_look(ctx, self._last):
                return
            self._last = window_notices.look_at_windows(ctx)
        if self._last.is_due:
            with self.database.writing(_ACTOR) as ctx:
                window_notices.record_due_windows(ctx)
            self._last = None
