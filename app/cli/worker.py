"""`fyr worker`: certificate probes, notifications and scheduled jobs."""

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from app import __version__
from app.channels import CHANNELS
from app.cli.database import open_database, settings_with_address
from app.cli.lazy_import import load
from app.cli.processes.child import when_orphaned
from app.cli.processes.clock_check import warn_of_clock_skew
from app.cli.processes.logs import logs
from app.cli.processes.open_files import raise_open_files
from app.cli.processes.telemetry import is_requested, start_telemetry
from app.demo.servers import loopback_resolver
from app.demo.story import HOSTS
from app.i18n.catalogues.catalogs import verify_catalogues
from app.monitors import ADAPTERS
from app.net.guard import Guard, system_resolver
from app.ports.channel import WEBHOOK
from app.ports.spans import Trace, untraced
from app.probes.scanner import Scanner
from app.secret_keys import address_hashes, secret_box, secret_key
from app.settings import Settings
from app.usecases.database import Database
from app.usecases.encryption import key_fingerprint
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.sources.processor import Processor
from app.usecases.subscribers.requests.webhook_requests import WebhookTools
from app.worker import loop
from app.worker.forecasts import Forecaster
from app.worker.notifications import notification_jobs
from app.worker.prober import Prober
from app.worker.profile_folder import ProfileFolder
from app.worker.scheduled import ScheduledJobs

if TYPE_CHECKING:  # imported where backups are switched on
    from app.worker.backups import NightlyBackups

__all__ = ["worker"]

_log = logging.getLogger("fyr.worker")


def worker(
    supervised: Annotated[
        bool,
        typer.Option("--supervised", hidden=True, help="End when standard input is closed."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", hidden=True, help="Resolve the hosts of the demo to loopback.")
    ] = False,
    address: Annotated[
        str, typer.Option(hidden=True, help="The page's address where no setting says it.")
    ] = "",
) -> None:
    """Run one worker: certificate probes, notifications, and scheduled work."""
    settings = settings_with_address(address)
    logs.configure(settings.log_level, settings.log_format, settings.log_target)
    verify_catalogues()
    raise_open_files(settings.open_files, is_first=not supervised)
    telemetry = start_telemetry() if is_requested() else None
    with open_database(settings) as database:
        if not supervised:  # otherwise `fyr serve` on this machine does it
            warn_of_clock_skew(database)
        _log.info("worker.started version=%s", __version__)
        trace = untraced if telemetry is None else telemetry.trace
        try:
            asyncio.run(_run(settings, database, trace, supervised=supervised, demo=demo))
        finally:
            if telemetry is not None:
                telemetry.close()


async def _run(
    settings: Settings, database: Database, trace: Trace, *, supervised: bool, demo: bool
) -> None:
    stop = asyncio.Event()
    event_loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        event_loop.add_signal_handler(number, stop.set)
    if supervised:
        when_orphaned(lambda: event_loop.call_soon_threadsafe(stop.set))
    resolver = loopback_resolver(HOSTS) if demo else system_resolver
    scanner = Scanner(
        Guard(settings.allowed_networks, resolver),
        settings.probe_timeout_seconds,
        settings.probe_concurrency,
    )
    profiles = ProfileFolder(settings.data_dir / "profiles")
    prober = Prober(database, scanner, profiles)
    processor = Processor(database, ADAPTERS)
    box = secret_box(settings)
    scheduled = ScheduledJobs(
        database,
        processor,
        address_hashes(settings),
        settings.probe_days,
        settings.hook_days,
        settings.audit_days,
        settings.base_url,
        WebhookTools(CHANNELS[WEBHOOK], box),
        ImportFiles(settings.data_dir),
    )
    notifying = notification_jobs(settings, database, box)
    forecaster = Forecaster(database, profiles)
    backups = _backups(settings, database)
    await loop.run(prober, scheduled, forecaster, stop, notifying, backups, trace=trace)


def _backups(settings: Settings, database: Database) -> "NightlyBackups | None":
    if not settings.backup_dir:
        return None
    place = load("app.worker.backups:backup_place")(settings.backup_dir, settings.data_dir)
    backups: NightlyBackups = load("app.worker.backups:NightlyBackups")(
        database, place, lambda: key_fingerprint(secret_key(settings)), settings.backup_keep
    )
    return backups
