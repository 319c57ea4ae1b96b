"""Targets whose chains are known, and the worker that looks ahead of them."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from app.demo.hierarchy import Hierarchy, Served, make_hierarchy
from app.demo.story import write_profiles
from app.domain.certificates.findings import Examination, ProbeResult
from app.domain.certificates.forecast import Forecast
from app.domain.certificates.probe_results import EndpointScan
from app.trust.x509.chain import pem_blocks
from app.usecases.alerts import ingest
from app.usecases.context import SHELL
from app.usecases.incidents import lifecycle
from app.usecases.targets import probes, targets
from app.usecases.targets.forecasts import ForecastFilter, list_forecasts
from app.usecases.targets.probes import DueTarget, judge_scan
from app.usecases.targets.targets import NewTarget
from app.worker.forecasts import Forecaster
from app.worker.profile_folder import ProfileFolder
from tests.cast import Stage
from tests.factories import make_service
from tests.fakes import NOON
from tests.usecases.alerts.automation import PROBE, WORKER

__all__ = [
    "AFTER",
    "CURRENT",
    "HOST",
    "LEGACY",
    "OLD_ROOT_ENDS",
    "Lookout",
    "broken",
    "only_id",
    "probe",
]

HOST = "pay.example"
CURRENT, LEGACY = "demo-current", "demo-legacy"
_OLD_ROOT_LASTS = timedelta(days=21)
OLD_ROOT_ENDS = NOON + _OLD_ROOT_LASTS
AFTER = OLD_ROOT_ENDS + timedelta(hours=3)


class Lookout:
    """A stage with a hierarchy as of 2021, whose old root ends 21 days later."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        now = stage.clock.now
        self.hierarchy: Hierarchy = make_hierarchy(now, expires_at=now + _OLD_ROOT_LASTS)
        self.folder = folder / "profiles"
        write_profiles(self.folder, self.hierarchy)
        self.profiles = ProfileFolder(self.folder)
        with stage.writing() as ctx:
            make_service(ctx)

    def watch(self, host: str = HOST, profiles: Iterable[str] = (CURRENT, LEGACY)) -> str:
        """Watch a host; tells the target's id."""
        new = NewTarget(host, services=("payments",), profiles=tuple(profiles))
        with self.stage.writing() as ctx:
            return targets.add_target(ctx, new, (CURRENT, LEGACY)).id

    def long_chain(self, host: str = HOST) -> Served:
        """A chain with the cross-sign of the old root, issued now."""
        return self.hierarchy.long_chain([host], now=self.stage.clock.now)

    def short_chain(self, host: str = HOST) -> Served:
        """A chain without it."""
        return self.hierarchy.short_chain([host], now=self.stage.clock.now)

    def see(
        self, target: str, served: Served, *, address: str = "192.0.2.1", host: str = HOST
    ) -> Examination:
        """Let a probe see that chain at that address now."""
        look = ProbeResult(host, 443, address, pem_blocks(served.chain))
        profiles = self.profiles.read()
        due = DueTarget(target, host, 443, None, (CURRENT, LEGACY), 21)
        scan = EndpointScan(host, 443, (look,))
        meaning = judge_scan(scan, due, profiles, self.stage.clock.now)
        with self.stage.writing(PROBE) as ctx:
            probes.record(ctx, target, scan, meaning, profiles, jitter=0)
        return meaning

    def look_ahead(self) -> None:
        """One turn of the worker."""
        asyncio.run(Forecaster(self.stage.database, self.profiles).run_due())

    def ledger(self, **wanted: object) -> list[Forecast]:
        """What the ledger says, the soonest first."""
        sought = ForecastFilter(**wanted)  # type: ignore[arg-type]  # a test says what it wants
        with self.stage.reading(SHELL) as ctx:
            return list(list_forecasts(ctx, sought, limit=100).items)

    def at(self, instant: datetime) -> None:
        """Move the clock there."""
        self.stage.clock.now = instant


def probe(lookout: Lookout, target: str, *served: Served) -> None:
    """Let a probe see each of these, a quarter of a minute apart, and the worker act on it."""
    for each in served:
        lookout.see(target, each)
        lookout.stage.clock.forward(seconds=15)
        with lookout.stage.writing(WORKER) as ctx:
            ingest.advance(ctx)


def broken(lookout: Lookout) -> tuple[str, Served]:
    """A target whose old root has ended, which the page tells of, and what it serves."""
    target, served = lookout.watch(), lookout.long_chain()
    lookout.at(AFTER)
    probe(lookout, target, served, served, served)
    return target, served


def only_id(lookout: Lookout) -> str:
    with lookout.stage.reading() as ctx:
        (request,) = lifecycle.list_incidents(ctx, cursor=None, limit=10).items
    return request.incident.id
