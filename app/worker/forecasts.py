"""Keeps the ledger of horizons current: judges stored chains anew, without any network."""

import asyncio
from dataclasses import dataclass

from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.targets import forecasts
from app.worker.profile_folder import ProfileFolder

__all__ = ["Forecaster"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
# So many targets are written in one transaction: others must not wait long for theirs.
_AT_ONCE = 100
_POLL = 5.0


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Judges what is due: after new chains, under new profiles, at each step, and each night."""

    database: Database
    profiles: ProfileFolder

    async def turn(self) -> float:
        """Work out what is due; returns the seconds until the next turn, none when more waits."""
        done = await asyncio.to_thread(self._work)
        return 0.0 if done == _AT_ONCE else _POLL

    def _work(self) -> int:
        profiles, digest = self.profiles.read_with_digest()
        with self.database.reading(_ACTOR) as ctx:
            due = forecasts.due(ctx, digest, limit=_AT_ONCE)
        if not due:
            return 0
        now = self.database.clock()
        found = [forecasts.foresee(each, profiles, now) for each in due]
        with self.database.writing(_ACTOR) as ctx:
            forecasts.keep(ctx, found, profiles, digest)
        return len(due)
