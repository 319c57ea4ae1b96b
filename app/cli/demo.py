"""`fyr story`: the child process of `fyr serve --demo` that plays the demo's events."""

import signal
from threading import Event
from typing import Annotated

import typer

from app.cli.database import open_database, settings_with_address
from app.cli.processes.child import report_ready, when_orphaned
from app.demo.story import Story

__all__ = ["story"]


def story(
    address: Annotated[str, typer.Option(help="The base URL where FYR_BASE_URL is not set.")],
    ready_fd: Annotated[
        int | None, typer.Option(help="The pipe on which to report readiness.")
    ] = None,
) -> None:
    """Play the demo until the parent process ends."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    when_orphaned(stop.set)
    settings = settings_with_address(address)
    folder = settings.data_dir / "profiles"
    with (
        open_database(settings) as database,
        Story(database, folder, settings.base_url, typer.echo),
    ):
        report_ready(ready_fd)
        stop.wait()
