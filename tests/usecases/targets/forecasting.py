"""Driver for tests of forecasts: targets with given chains, and the worker's forecast job."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from app.demo.hierarchy import Hierarchy, Served, make_hierarchy
from app.demo.story import write_profiles
from app.domain.certificates.findings import Examination, ProbeFailure, ProbeResult
from app.domain.certificates.forecast import Forecast
from app.domain.certificates.probe_results import EndpointScan
from app.trust.x509.chain import pem_blocks
from app.usecases.alerts import ingest
from app.usecases.context import SHELL
from app.usecases.incidents import listing
from app.usecases.targets import probes, targets
from app.usecases.targets.forecasts import ForecastFilter, list_forecasts
from app.usecases.targets.probes import DueTarget, judge_scan
from app.usecases.targets.targets import NewTarget
from app.worker.forecasts import Forecaster
from app.worker.profile_folder import ProfileFolder
from tests.cast import Backend
from tests.factories import make_service
from tests.fakes import NOON
from tests.usecases.alerts.probing import PROBE, WORKER

__all__ = [
    "AFTER",
    "CURRENT",
    "HOST",
    "LEGACY",
    "OLD_ROOT_ENDS",
    "ForecastDriver",
    "broken",
    "only_id",
    "probe",
    "record_result",
]

HOST = "pay.example"
CURRENT, LEGACY = "demo-current", "demo-legacy"
_OLD_ROOT_LASTS = timedelta(days=21)
OLD_ROOT_ENDS = NOON + _OLD_ROOT_LASTS
AFTER = OLD_ROOT_ENDS + timedelta(hours=3)


class ForecastDriver:
    """A backend with a certificate hierarchy as of 2021, whose old root ends 21 days later."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.backend = backend
        now = backend.clock.now
        self.hierarchy: Hierarchy = make_hierarchy(now, expires_at=now + _OLD_ROOT_LASTS)
        self.folder = folder / "profiles"
        write_profiles(self.folder, self.hierarchy)
        self.profiles = ProfileFolder(self.folder)
        with backend.writing() as ctx:
            make_service(ctx)

    def add_target(self, host: str = HOST, profiles: Iterable[str] = (CURRENT, LEGACY)) -> str:
        """Add a host, and return the target's id."""
        new = NewTarget(host, services=("payments",), profiles=tuple(profiles))
        with self.backend.writing() as ctx:
            return targets.add_target(ctx, new, (CURRENT, LEGACY)).id

    def long_chain(self, host: str = HOST) -> Served:
        """A chain with the cross-sign of the old root, issued now."""
        return self.hierarchy.long_chain([host], now=self.backend.clock.now)

    def short_chain(self, host: str = HOST) -> Served:
        """A chain without the cross-sign of the old root, issued now."""
        return self.hierarchy.short_chain([host], now=self.backend.clock.now)

    def record_probe(
        self, target: str, served: Served, *, address: str = "192.0.2.1", host: str = HOST
    ) -> Examination:
        """Record a probe that received this chain at this address now."""
        return self._record(target, ProbeResult(host, 443, address, pem_blocks(served.chain)))

    def record_failure(self, target: str, failure: ProbeFailure, *, host: str = HOST) -> None:
        """Record a probe that received no chain now."""
        self._record(target, ProbeResult(host, 443, "192.0.2.1", failure=failure))

    def _record(self, target: str, result: ProbeResult) -> Examination:
        return record_result(self.backend, self.profiles, target, result)

    def compute_forecasts(self) -> None:
        """Run the worker's forecast job once."""
        asyncio.run(Forecaster(self.backend.database, self.profiles).run_due())

    def forecasts(self, **wanted: object) -> list[Forecast]:
        """The stored forecasts, the soonest first."""
        sought = ForecastFilter(**wanted)  # type: ignore[arg-type]  # any field of the filter
        with self.backend.reading(SHELL) as ctx:
            return list(list_forecasts(ctx, sought, limit=100).items)

    def set_clock(self, instant: datetime) -> None:
        """Set the clock to this instant."""
        self.backend.clock.now = instant


def record_result(
    backend: Backend, folder: ProfileFolder, target: str, result: ProbeResult
) -> Examination:
    """Record the result of a probe of a target with the profiles of a `ForecastDriver`, now."""
    profiles = folder.read()
    due = DueTarget(target, result.host, 443, None, (CURRENT, LEGACY), 21)
    scan = EndpointScan(result.host, 443, (result,))
    meaning = judge_scan(scan, due, profiles, backend.clock.now)
    with backend.writing(PROBE) as ctx:
        probes.record(ctx, target, scan, meaning, profiles, jitter=0)
    return meaning


def probe(forecasting: ForecastDriver, target: str, *served: Served) -> None:
    """Record a probe of each chain, 15 seconds apart, and run the worker after each."""
    for each in served:
        forecasting.record_probe(target, each)
        forecasting.backend.clock.forward(seconds=15)
        with forecasting.backend.writing(WORKER) as ctx:
            ingest.advance(ctx)


def broken(forecasting: ForecastDriver) -> tuple[str, Served]:
    """A target whose old root has ended, with an open incident, and the chain that it serves."""
    target, served = forecasting.add_target(), forecasting.long_chain()
    forecasting.set_clock(AFTER)
    probe(forecasting, target, served, served, served)
    return target, served


def only_id(forecasting: ForecastDriver) -> str:
    with forecasting.backend.reading() as ctx:
        (request,) = listing.list_incidents(ctx, cursor=None, limit=10).items
    return request.incident.id
