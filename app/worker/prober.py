"""Probes the targets that are due: many at once, none waiting for another."""

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.domain.certificates.probe_results import EndpointScan
from app.domain.errors import FyrError
from app.domain.ownership import ActorKind
from app.probes.surveyor import Surveyor
from app.trust.clients.profiles import Profile
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.targets import probes
from app.usecases.targets.probes import DueTarget
from app.worker.profile_folder import ProfileFolder

__all__ = ["Prober"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.PROBE, "probe")
_POLL = 0.5
_LEASE_MARGIN = timedelta(seconds=30)
# Addresses, second looks and fetched papers follow one another, each within its own time.
_ROUNDS_OF_LOOKS = 4
_LOOK_CLOSER_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Former:
    """An earlier survey that looked closer, and the chains served when it was made."""

    at: datetime
    chains: frozenset[tuple[bytes, ...]]
    scan: EndpointScan


@dataclass(slots=True)
class Prober:
    """Claims due targets and looks at them, as many at a time as the surveyor has connections.

    Looking closer is for once an hour and when what is served changes; what it brought up counts
    until the next time.
    """

    database: Database
    surveyor: Surveyor
    profiles: ProfileFolder
    _former: dict[str, _Former] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _profiles: Mapping[str, Profile] = field(default_factory=dict)

    async def turn(self) -> float:
        """Start the probes that are due; returns the seconds until the next turn."""
        free = self.surveyor.concurrency - len(self._running)
        if free > 0:
            for due in await asyncio.to_thread(self._claim, free):
                task = asyncio.create_task(self._probe(due))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        return _POLL

    async def finish(self) -> None:
        """Wait for the probes that are on their way."""
        await asyncio.gather(*self._running)

    async def close(self) -> None:
        """Give up the probes on their way; their leases run out by themselves."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _claim(self, limit: int) -> tuple[DueTarget, ...]:
        with self.database.reading(_ACTOR) as ctx:
            if not probes.any_due(ctx):
                return ()
        self._profiles = self.profiles.read()
        lease = timedelta(seconds=self.surveyor.timeout * _ROUNDS_OF_LOOKS) + _LEASE_MARGIN
        with self.database.writing(_ACTOR) as ctx:
            return probes.claim_due(ctx, limit=limit, lease=lease)

    async def _probe(self, due: DueTarget) -> None:
        try:
            seen = await self._seen(due)
            profiles = self._profiles
            meaning = await asyncio.to_thread(
                probes.judge_survey, seen, due, profiles, self.database.clock()
            )
            jitter = random.uniform(-1, 1)  # noqa: S311  # spreads load, guards nothing

            def record() -> None:
                with self.database.writing(_ACTOR) as ctx:
                    probes.record(ctx, due.id, seen, meaning, profiles, jitter=jitter)

            await asyncio.to_thread(record)
        except FyrError as error:
            # The lease runs out and the target is probed again.
            _log.warning("probe.not_recorded target=%s code=%s", due.id, error.code)
        except Exception:  # noqa: BLE001  # one odd target must not stop the others
            _log.exception("probe.broke target=%s", due.id)

    async def _seen(self, due: DueTarget) -> EndpointScan:
        seen = await self.surveyor.scan(due.host, due.port, starttls=due.starttls)
        chains = frozenset(seen.chains.values())
        if not chains:
            return seen
        now = self.database.clock()
        former = self._former.get(due.id)
        if former is None or former.chains != chains or now - former.at >= _LOOK_CLOSER_EVERY:
            closer = await self.surveyor.look_closer(seen, starttls=due.starttls)
            self._former[due.id] = _Former(now, chains, closer)
            return closer
        before = former.scan
        return replace(seen, second=before.second, issuers=before.issuers, revoked=before.revoked)
