"""Job of the worker that fans notices out, in small steps with rests between them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.ownership import ActorKind
from app.ports.channel import Channel
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.outbox import fan_out
from app.worker.wakeups import Idle

__all__ = ["FanOut"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_POLL_SECONDS = 0.5
# Writers of SQLite that wait sleep and try again, and lose to a writer that never rests: staff's
# p95 rose from 16 to 1,376 ms without rests, and to 35 ms with them (measured).
_SHORTEST_REST = 0.01


@dataclass(frozen=True, slots=True)
class FanOut:
    """Makes the deliveries of notices. `channels` are those that are set up.

    `on_deliveries` is called after each step that made some.
    """

    database: Database
    channels: Mapping[str, Channel]
    on_deliveries: Callable[[], object]

    async def run_due(self) -> float | Idle:
        """Make the next step; return the seconds until the next call, or that it is idle."""
        rest = await asyncio.to_thread(self._step)
        if rest is None:
            return Idle(_POLL_SECONDS)
        self.on_deliveries()
        return rest

    def _step(self) -> float | None:
        """The seconds to rest after a step: as long as it wrote. None when nothing was to do."""
        with self.database.reading(_ACTOR) as ctx:
            if not fan_out.has_work(ctx):
                return None
            batch = fan_out.next_batch(ctx, self.channels)
        if batch is None:
            return None
        begun = time.monotonic()
        with self.database.writing(_ACTOR) as ctx:
            fan_out.add_batch(ctx, batch, self.channels)
        return max(time.monotonic() - begun, _SHORTEST_REST)
