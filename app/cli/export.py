"""`fyr export`: every page as files or objects, once or after every change."""

import signal
import sys
from functools import partial
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.database import open_database
from app.cli.lazy_import import load
from app.cli.processes.logs import logs
from app.settings import load_settings

if TYPE_CHECKING:  # imported lazily at run time
    from app.export.sync import ExportResult

__all__ = ["export_"]


def export_(
    destination: Annotated[
        str,
        typer.Argument(metavar="DIR|s3://BUCKET/PREFIX", help="The folder or bucket to export to."),
    ],
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep running, and export each change.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Leave pages of incidents and maintenances that last changed before.",
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="The URL of an object store other than Amazon S3."),
    ] = None,
    share_pictures: Annotated[
        bool,
        typer.Option(
            "--share-pictures/--no-share-pictures",
            help="Draw the pictures that link previews show.",
        ),
    ] = True,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown/--no-markdown",
            help="Write each incident and maintenance as Markdown too.",
        ),
    ] = False,
) -> None:
    """Export every page of every language, for any web server or an object store."""
    settings = load_settings()
    logs.configure(settings.log_level, settings.log_format, settings.log_target)
    # Imported here: rendering pages needs modules that no other command should import.
    target = load("app.export.command:destination_for")(destination, endpoint)
    scope = load("app.export.command:scope_of")(since, follow=follow)
    site = load("app.export.command:site_of")(
        settings, share_pictures=share_pictures, markdown=markdown
    )
    with open_database(settings) as database:
        if follow:
            run = load("app.export.command:follow")
            run(database, site, target, _print_changes, _stopped_by_signal())
            return
        export = partial(load("app.export.command:export_once"), database, site, target, scope)
        if not sys.stderr.isatty():
            _print_outcome(export())
            return
        with typer.progressbar(length=0, label="Pages", file=sys.stderr) as bar:

            def advance(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            outcome = export(advance)
        _print_outcome(outcome)


def _stopped_by_signal() -> Event:
    stop = Event()

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, set_stop)
    return stop


def _print_outcome(outcome: "ExportResult") -> None:
    typer.echo(
        f"Pages written: {outcome.written}. Unchanged: {outcome.unchanged}. "
        f"Deleted: {outcome.deleted}."
    )


def _print_changes(outcome: "ExportResult") -> None:
    if outcome.written or outcome.deleted:
        _print_outcome(outcome)
