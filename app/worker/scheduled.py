"""What the clock alone brings about, and keeping the house tidy."""

import asyncio
from dataclasses import dataclass

from app.domain.ownership import ActorKind
from app.usecases import idempotency
from app.usecases.alerts import ingest
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.publication import form_drafts, pending
from app.usecases.sources import inbox
from app.usecases.sources.processor import Processor
from app.usecases.targets import probes
from app.usecases.users import sessions

__all__ = ["Clockwork"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_EVERY_SECOND = 1.0
_EVERY_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Clockwork:
    """`probe_days` and `hook_days` are for how long single probes and deliveries are kept."""

    database: Database
    processor: Processor
    probe_days: int = 30
    hook_days: int = 14

    async def turn(self) -> float:
        """Move incidents that only time moves; returns the seconds until the next turn."""
        await asyncio.to_thread(self._advance)
        return _EVERY_SECOND

    async def process(self) -> float:
        """Process deliveries of monitors that a server kept and did not get to; see `turn`."""
        await asyncio.to_thread(self.processor.drain)
        return _EVERY_SECOND

    async def tidy(self) -> float:
        """Drop what is kept for a while only; returns the seconds until the next time."""
        await asyncio.to_thread(self._tidy)
        return _EVERY_HOUR

    def _advance(self) -> None:
        with self.database.reading(_ACTOR) as ctx:
            is_waiting, is_due = ingest.has_due_work(ctx), pending.is_due(ctx)
        if is_due:
            with self.database.writing(_ACTOR) as ctx:
                pending.send_due(ctx)
        if is_waiting:
            with self.database.writing(_ACTOR) as ctx:
                ingest.advance(ctx)

    def _tidy(self) -> None:
        with self.database.writing(_ACTOR) as ctx:
            probes.forget_old(ctx, self.probe_days)
            inbox.delete_expired(ctx, self.hook_days)
            idempotency.forget_old_answers(ctx)
            sessions.forget_old(ctx)
            form_drafts.forget_old_drafts(ctx)
