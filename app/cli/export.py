"""`fyr export`: the whole site as files or objects, once or continuously."""

import signal
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.database import opened
from app.cli.lazy_import import load
from app.cli.processes import logs
from app.settings import load_settings

if TYPE_CHECKING:  # see below
    from app.export.sync import ExportResult

__all__ = ["export_"]


def export_(
    destination: Annotated[
        str, typer.Argument(metavar="DIR|s3://BUCKET/PREFIX", help="Where the site goes.")
    ],
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, and export whatever changes.")
    ] = False,
    endpoint: Annotated[
        str | None,
        typer.Option(help="The address of an object store that is not Amazon's."),
    ] = None,
) -> None:
    """Export every page of every language, for any web server or an object store."""
    settings = load_settings()
    logs.configure(settings.log_level)
    # Only now: every other command would pay at its start for all that pages are made of.
    mirror = load("app.export.command:destination_for")(destination, endpoint)
    run = load("app.export.command:run")
    stop = _until_told_to_stop() if follow else None
    with opened(settings) as database:
        run(database, settings.base_url, mirror, _tell_changes if follow else _tell, stop)


def _until_told_to_stop() -> Event:
    stop = Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    return stop


def _tell(outcome: "ExportResult") -> None:
    typer.echo(
        f"Pages written: {outcome.written}. Unchanged: {outcome.unchanged}. "
        f"Deleted: {outcome.deleted}."
    )


def _tell_changes(outcome: "ExportResult") -> None:
    if outcome.written or outcome.deleted:
        _tell(outcome)
