"""`fyr export`: the whole site as files or objects, once or continuously."""

import signal
from importlib import import_module
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from app.cli import logs
from app.cli.office import opened
from app.domain.errors import InvalidError
from app.export.folder import Folder
from app.export.follow import follow
from app.export.mirror import Outcome, Shelf
from app.export.run import export
from app.export.site import Site
from app.settings import load_settings

__all__ = ["export_"]


def export_(
    destination: Annotated[
        str, typer.Argument(metavar="DIR|s3://BUCKET/PREFIX", help="Where the site goes.")
    ],
    follow_: Annotated[
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
    shelf = _shelf(destination, endpoint)
    site = Site(settings.base_url)
    with opened(settings) as database, shelf.locked():
        if not follow_:
            _tell(export(database, site, shelf))
            return
        follow(database, site, shelf, _until_told_to_stop(), _tell_changes)


def _shelf(destination: str, endpoint: str | None) -> Shelf:
    if destination.startswith("s3://"):
        # Only now: every other command would pay for the library at its start.
        shelf: Shelf = import_module("app.export.bucket").opened_bucket(destination, endpoint)
        return shelf
    if endpoint is not None:
        raise InvalidError("--endpoint is for s3://BUCKET/PREFIX.")
    if destination.startswith("file://"):
        parts = urlsplit(destination)
        if parts.netloc not in {"", "localhost"}:
            raise InvalidError(f"{destination} is on another machine.")
        return Folder(Path(unquote(parts.path)))
    if "://" in destination:
        raise InvalidError(f"{destination} is neither a folder nor s3://BUCKET/PREFIX.")
    return Folder(Path(destination))


def _until_told_to_stop() -> Event:
    stop = Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    return stop


def _tell(outcome: Outcome) -> None:
    typer.echo(
        f"Pages written: {outcome.written}. Unchanged: {outcome.unchanged}. "
        f"Deleted: {outcome.deleted}."
    )


def _tell_changes(outcome: Outcome) -> None:
    if outcome.written or outcome.deleted:
        _tell(outcome)
