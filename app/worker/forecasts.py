"""Forecaster: keeps the stored forecasts up to date by judging stored chains, without network."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.targets import forecasts
from app.worker.profile_folder import ProfileFolder
from app.worker.wakeups import Idle

__all__ = ["Forecaster"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
# Targets written in one transaction; more would make other writers wait too long.
_BATCH = 100
_POLL_SECONDS = 5.0


def _ignore() -> None:
    pass


@dataclass(slots=True)
class Forecaster:
    """Computes forecasts that are due: after new chains or profiles, at each step, each night.

    `on_profiles` is called when `watch_profiles` finds that the profiles have changed.
    """

    database: Database
    profiles: ProfileFolder
    on_profiles: Callable[[], object] = _ignore
    _digest: str | None = field(default=None, init=False)

    async def run_due(self) -> float | Idle:
        """Compute one batch; return the seconds until the next call, 0 when more are due."""
        return await asyncio.to_thread(self._compute_batch)

    async def watch_profiles(self) -> float:
        """Look whether the profiles have changed, which no commit shows."""
        _, digest = await asyncio.to_thread(self.profiles.read_with_digest)
        if digest != self._digest:
            self._digest = digest
            self.on_profiles()
        return _POLL_SECONDS

    def _compute_batch(self) -> float | Idle:
        profiles, digest = self.profiles.read_with_digest()
        with self.database.reading(_ACTOR) as ctx:
            due = forecasts.due(ctx, digest, limit=_BATCH)
            if not due:
                return Idle(_POLL_SECONDS, forecasts.next_due(ctx))
        now = self.database.clock()
        computed = [forecasts.compute_forecast(each, profiles, now) for each in due]
        with self.database.writing(_ACTOR) as ctx:
            forecasts.store(ctx, computed, profiles, digest)
        return 0.0 if len(due) == _BATCH else _POLL_SECONDS
