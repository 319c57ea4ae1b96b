"""Writer of outcomes: results of all connections, committed together by one thread."""

import asyncio
import logging
import random
from dataclasses import dataclass, field

from app.domain.errors import UnavailableError
from app.domain.ownership import ActorKind
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.outbox import outcomes
from app.usecases.outbox.outcomes import Attempt, AttemptResult
from app.worker.journal import Journal

__all__ = ["OutcomeWriter"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.WORKER, "worker")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
# Replies of connections that sent at one time come within a moment: one commit serves them all.
_GATHER_SECONDS = 0.002


@dataclass(slots=True)
class OutcomeWriter:
    """Records results. While one transaction is committed, the next results gather."""

    database: Database
    journal: Journal
    _waiting: list[tuple[Attempt, asyncio.Future[None]]] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def record(self, attempt: Attempt) -> None:
        """Return when the result is committed, however long the database is away.

        An accepted delivery is written to the journal first, at once.
        """
        if attempt.result is AttemptResult.SENT:
            self.journal.append(attempt.delivery.id, attempt.external_id)
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((attempt, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        # A connection that is cancelled must not cancel the commit of the others.
        await asyncio.shield(done)

    async def finish(self) -> None:
        """Wait until everything is committed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _commit_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(_GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            if not await self._commit([attempt for attempt, _ in batch]):
                # One result that cannot be recorded must not hold up the others. Its delivery
                # waits again when the lease has ended.
                for attempt, _ in batch:
                    await self._commit([attempt])
            for _, done in batch:
                if not done.done():
                    done.set_result(None)
        self.journal.truncate()

    async def _commit(self, attempts: list[Attempt]) -> bool:
        """Record results as soon as the database answers; False when it refuses them."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await asyncio.to_thread(self._write, attempts)
            except UnavailableError as error:
                # What was accepted is in the journal; nothing else is sent meanwhile.
                _log.warning("outbox.not_recorded count=%d code=%s", len(attempts), error.code)
            except Exception:  # noqa: BLE001  # recorded one by one, then
                _log.exception("outbox.not_recorded count=%d", len(attempts))
                return False
            else:
                return True
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _write(self, attempts: list[Attempt]) -> None:
        with self.database.writing(_ACTOR) as ctx:
            outcomes.record_attempts(ctx, self.journal.worker, attempts, _jitter)
        for each in attempts:
            if each.error is not None:
                error, delivery = each.error, each.delivery
                event = "lane" if each.result is AttemptResult.LANE_FAILED else "delivery"
                _log.info(
                    "%s.refused id=%s channel=%s code=%s",
                    event,
                    delivery.id,
                    delivery.channel,
                    error.code,
                )


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311  # spreads load, needs no secrecy
