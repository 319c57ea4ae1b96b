"""`fyr worker`: probes, and whatever else only time brings about."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from typing import Annotated

import typer

from app.cli import logs
from app.cli.office import opened
from app.demo.servers import loopback_resolver
from app.demo.story import HOSTS
from app.net.guard import Guard, system_resolver
from app.probes.survey import Surveyor
from app.settings import Settings, load_settings
from app.usecases.context import Database
from app.worker import loop
from app.worker.clockwork import Clockwork
from app.worker.forecast import Forecaster
from app.worker.probe import Prober
from app.worker.shelf import Shelf

__all__ = ["worker"]

_STDIN = 0


def worker(
    supervised: Annotated[
        bool,
        typer.Option("--supervised", hidden=True, help="End when standard input is closed."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", hidden=True, help="Find the demo's hosts on loopback.")
    ] = False,
) -> None:
    """Run one worker: certificate probes, and what the clock brings about."""
    settings = load_settings()
    logs.configure(settings.log_level)
    with opened(settings) as database:
        asyncio.run(_run(settings, database, supervised=supervised, demo=demo))


async def _run(settings: Settings, database: Database, *, supervised: bool, demo: bool) -> None:
    stop = asyncio.Event()
    here = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        here.add_signal_handler(number, stop.set)
    if supervised:
        waiting = threading.Thread(target=_until_orphaned, args=(here, stop), daemon=True)
        waiting.start()
    resolver = loopback_resolver(HOSTS) if demo else system_resolver
    surveyor = Surveyor(
        Guard(settings.allowed_networks, resolver),
        settings.probe_timeout_seconds,
        settings.probe_concurrency,
    )
    shelf = Shelf(settings.data_dir / "profiles")
    prober = Prober(database, surveyor, shelf)
    clockwork = Clockwork(database, settings.probe_days)
    await loop.run(prober, clockwork, Forecaster(database, shelf), stop)


def _until_orphaned(here: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # The parent holds the other end: however it goes, even by kill -9, this read ends. Not through
    # sys.stdin: an interpreter that ends while a thread holds its lock falls over.
    while os.read(_STDIN, 1024):
        pass
    with suppress(RuntimeError):  # we are ending anyway
        here.call_soon_threadsafe(stop.set)
