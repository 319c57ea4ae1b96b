"""Forecaster: keeps the stored forecasts up to date by judging stored chains, without network."""

import asyncio
from dataclasses import dataclass

from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.targets import forecasts
from app.worker.profile_folder import ProfileFolder

__all__ = ["Forecaster"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
# Targets written in one transaction; more would make other writers wait too long.
_BATCH = 100
_POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Computes forecasts that are due: after new chains or profiles, at each step, each night."""

    database: Database
    profiles: ProfileFolder

    async def run_due(self) -> float:
        """Compute one batch; return the seconds until the next call, 0 when more are due."""
        done = await asyncio.to_thread(self._compute_batch)
        return 0.0 if done == _BATCH else _POLL_SECONDS

    def _compute_batch(self) -> int:
        profiles, digest = self.profiles.read_with_digest()
        with self.database.reading(_ACTOR) as ctx:
            due = forecasts.due(ctx, digest, limit=_BATCH)
        if not due:
            return 0
        now = self.database.clock()
        computed = [forecasts.compute_forecast(each, profiles, now) for each in due]
        with self.database.writing(_ACTOR) as ctx:
            forecasts.store(ctx, computed, profiles, digest)
        return len(due)
