"""Prober: probes the targets that are due, many at a time."""

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.domain.certificates.probe_results import EndpointScan
from app.domain.errors import FyrError
from app.domain.ownership import ActorKind
from app.ports.spans import Span, Trace, untraced
from app.probes.scanner import Scanner
from app.trust.clients.profiles import Profile
from app.usecases import due_times
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.targets import probes
from app.usecases.targets.probes import DueTarget
from app.worker.profile_folder import ProfileFolder
from app.worker.wakeups import Idle

__all__ = ["Prober"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.PROBE, "probe")
_POLL_SECONDS = 0.5
_LEASE_MARGIN = timedelta(seconds=30)
# A probe resolves the name, makes the handshakes, makes the alternate ones and fetches issuers and
# CRLs, one after the other, each within the timeout.
_STEPS_PER_PROBE = 4
_DETAILS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Details:
    """The newest scan with details of a target, and the chains that were served then."""

    at: datetime
    chains: frozenset[tuple[bytes, ...]]
    scan: EndpointScan


@dataclass(slots=True)
class Prober:
    """Claims due targets and probes them, as many at a time as the scanner has connections.

    Details (alternate handshakes, issuers, revocations) are fetched once an hour and whenever the
    chains change; in between, the newest ones count.
    """

    database: Database
    scanner: Scanner
    profiles: ProfileFolder
    trace: Trace = untraced
    _details: dict[str, _Details] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _profiles: Mapping[str, Profile] = field(default_factory=dict)

    async def run_due(self) -> float | Idle:
        """Start what is due; return the seconds until the next call, or that it is idle."""
        free = self.scanner.concurrency - len(self._running)
        if free <= 0:
            return _POLL_SECONDS
        claimed = await asyncio.to_thread(self._claim, free)
        if isinstance(claimed, Idle):
            return claimed
        for due in claimed:
            task = asyncio.create_task(self._probe(due))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return _POLL_SECONDS

    async def finish(self) -> None:
        """Wait for the running probes to end."""
        await asyncio.gather(*self._running)

    async def close(self) -> None:
        """Cancel the running probes; their targets are due again when the leases run out."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _claim(self, limit: int) -> tuple[DueTarget, ...] | Idle:
        with self.database.reading(_ACTOR) as ctx:
            if not probes.any_due(ctx):
                return Idle(_POLL_SECONDS, due_times.next_probe(ctx))
        self._profiles = self.profiles.read()
        lease = timedelta(seconds=self.scanner.timeout * _STEPS_PER_PROBE) + _LEASE_MARGIN
        with self.database.writing(_ACTOR) as ctx:
            return probes.claim_due(ctx, limit=limit, lease=lease)

    async def _probe(self, due: DueTarget) -> None:
        span = Span("probe", {"fyr.target": due.id})
        try:
            scan = await self._scan(due)
            profiles = self._profiles
            examination = await asyncio.to_thread(
                probes.judge_scan, scan, due, profiles, self.database.clock()
            )
            jitter = random.uniform(-1, 1)  # noqa: S311  # spreads load, needs no secrecy

            def record() -> None:
                with self.database.writing(_ACTOR) as ctx:
                    probes.record(ctx, due.id, scan, examination, profiles, jitter=jitter)

            await asyncio.to_thread(record)
        except FyrError as error:
            # The target is due again when the lease runs out.
            span.error = error.code
            _log.warning("probe.not_recorded target=%s code=%s", due.id, error.code)
        except Exception as error:  # noqa: BLE001  # a fault with one target must not stop the others
            span.error = type(error).__name__
            _log.exception("probe.broke target=%s", due.id)
        self.trace(span)

    async def _scan(self, due: DueTarget) -> EndpointScan:
        scan = await self.scanner.scan(due.host, due.port, starttls=due.starttls)
        chains = frozenset(scan.chains.values())
        if not chains:
            return scan
        now = self.database.clock()
        known = self._details.get(due.id)
        if known is None or known.chains != chains or now - known.at >= _DETAILS_EVERY:
            detailed = await self.scanner.add_details(scan, starttls=due.starttls)
            self._details[due.id] = _Details(now, chains, detailed)
            return detailed
        return replace(
            scan,
            alternates=known.scan.alternates,
            issuers=known.scan.issuers,
            revoked=known.scan.revoked,
        )
