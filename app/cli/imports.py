"""`fyr import`: the history of a status page, from a document or from another product."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from app.cli.database import open_database
from app.cli.import_parts import add_draft_target, named_error, room_adder
from app.cli.import_report import report_lines
from app.domain.errors import InvalidError
from app.domain.patterns import PatternError, compile_pattern
from app.importers.registry import KINDS, ImporterKind, load_importer
from app.importing.http.response_store import ResponseStore
from app.importing.tools import SourceTools
from app.net.client import fetch
from app.net.errors import AddressRefusedError, OutboundError, RequestFailedError
from app.net.guard import Guard
from app.ports.importer import ItemKind, ReadOptions, SourceForm
from app.secret_keys import address_hashes
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.imports.imports import HistoryImport, InterruptedImportError, import_history
from app.usecases.imports.report import ImportReport
from app.usecases.imports.state import WriteOptions

__all__ = ["import_"]

_TOKEN = "FYR_IMPORT_TOKEN"  # noqa: S105  # the name of the variable
_DOCUMENT = "fyr"
_INTERRUPTED = 130
_HTTP = ("http://", "https://")
_KINDS = ", ".join(KINDS)


@dataclass(frozen=True, slots=True)
class _Command:
    """What the command line says."""

    kind: str
    source: str
    read: ReadOptions
    write: WriteOptions
    languages: frozenset[str]
    resume: bool


def import_(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A file, folder or address, as the kind needs.")
    ],
    *,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="KIND", help=f"The kind of SOURCE: {_KINDS}."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, check and report; write nothing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the report to this file too, as JSON.")
    ] = None,
    page: Annotated[
        str | None, typer.Option(help="Which page, where the source has several.")
    ] = None,
    time_zone: Annotated[str | None, typer.Option(help="The zone of times that have none.")] = None,
    languages: Annotated[
        str | None, typer.Option(help="The languages to import, such as en,sv; default all.")
    ] = None,
    targets: Annotated[
        bool, typer.Option("--targets", help="Import addresses to probe as well.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Read past uptime where that needs many requests.")
    ] = False,
    with_hidden: Annotated[
        bool,
        typer.Option(
            "--with-hidden",
            help="Import what the source hides too: texts as drafts, services archived.",
        ),
    ] = False,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out what cannot be read.")
    ] = False,
    keep_open: Annotated[
        bool, typer.Option("--keep-open", help="Leave open what was never closed.")
    ] = False,
    restore_deleted: Annotated[
        bool, typer.Option("--restore-deleted", help="Import again what was deleted here.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what was edited here.")
    ] = False,
    maintenance: Annotated[
        str | None,
        typer.Option(metavar="REGEX", help="Titles of incidents that are maintenances."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an import that was interrupted.")
    ] = False,
) -> None:
    """Import the history of a status page (docs/import.md). Repeating it is harmless."""
    settings = load_settings()
    _check_options(maintenance, report)
    named = KINDS.get(from_ or "")
    if named is not None:
        source, page = named.located(source, page)
    with _document(source, from_, settings) as file, open_database(settings) as database:
        kind = from_ or _DOCUMENT
        command = _Command(
            kind,
            file,
            ReadOptions(
                now=database.clock(),
                page=page,
                time_zone=time_zone,
                languages=_languages(languages),
                targets=targets,
                history=history,
                with_hidden=with_hidden,
                skip_broken=skip_broken,
                keep_open=keep_open,
                maintenance=maintenance,
            ),
            WriteOptions(
                is_trial=dry_run,
                restore_deleted=restore_deleted,
                overwrite=overwrite,
                targets=targets,
            ),
            frozenset(_languages(languages)),
            resume,
        )
        with _interruptible() as stop:
            done = _run(command, settings, database, stop)
    if report is not None:
        report.write_text(json.dumps(done.as_json(), indent=1, ensure_ascii=False) + "\n")
    if from_ is None and not dry_run:
        typer.echo(_short(done))
        return
    for line in report_lines(done, source):
        typer.echo(line)


def _run(command: _Command, settings: Settings, database: Database, stop: "_Stop") -> ImportReport:
    """Import, with a display of the progress on a terminal."""
    kind = _kind(command)
    tools = SourceTools(
        command.source,
        Guard(settings.allowed_networks),
        token=_token(kind),
        responses=ResponseStore(settings.data_dir / "import-responses", command.source),
    )
    with tools, _progress() as show:

        def progress(phase: str, number: int) -> None:
            stop.may_wait = phase == "writing"
            show(phase, number)

        run = HistoryImport(
            reading=lambda: database.reading(SHELL),
            writing=lambda: database.writing(SHELL),
            spool=settings.data_dir / "import.jsonl",
            options=command.write,
            languages=command.languages,
            hashes=address_hashes(settings),
            add_room=room_adder(settings),
            add_target=add_draft_target,
            progress=progress,
            stop=lambda: stop.asked,
            resume=command.resume,
            skip_broken=command.read.skip_broken,
        )
        try:
            return import_history(run, load_importer(command.kind).read(tools, command.read))
        except KeyboardInterrupt:
            sys.stderr.write("fyr: The import was interrupted; nothing was written.\n")
            raise typer.Exit(_INTERRUPTED) from None
        except InterruptedImportError as error:
            sys.stderr.write(f"fyr: {error}\n")
            raise typer.Exit(_INTERRUPTED) from None
        except InvalidError as error:
            raise named_error(error, command.source, kind) from None


def _kind(command: _Command) -> ImporterKind:
    """The kind of source. Raises BadParameter for an unknown one, or another form of source."""
    kind = KINDS.get(command.kind)
    if kind is None:
        raise typer.BadParameter(f"There is no kind {command.kind[:40]!r}; known are {_KINDS}.")
    is_address = command.source.startswith(_HTTP)
    if is_address and SourceForm.ADDRESS not in kind.forms:
        raise typer.BadParameter(f"{command.kind} is read from a {kind.forms[0].value}.")
    # Path.is_file() raises for a long address.
    if kind.forms == (SourceForm.ADDRESS,) and os.path.isfile(command.source):  # noqa: PTH113
        raise typer.BadParameter(
            f"{command.source} is on this disk; {command.kind} is read from an address."
        )
    if kind.needs_token and not os.environ.get(_TOKEN):
        raise InvalidError(f"Set {_TOKEN} to a token of the API: {command.kind} needs one.")
    return kind


def _token(kind: ImporterKind) -> str | None:
    """The token for the source, from the first variable that has one."""
    names = (_TOKEN, kind.other_token) if kind.other_token else (_TOKEN,)
    return next((value for name in names if (value := os.environ.get(name))), None)


@contextmanager
def _document(source: str, kind: str | None, settings: Settings) -> Iterator[str]:
    """The source. A document at a URL is fetched into a file first."""
    if kind is not None or not source.startswith(_HTTP):
        yield source
        return
    try:
        content = asyncio.run(fetch(source, guard=Guard(settings.allowed_networks)))
    except AddressRefusedError as error:
        raise InvalidError(
            f"{source} leads to {error.detail}; FYR_ALLOWED_NETWORKS decides whether it may."
        ) from None
    except OutboundError as error:
        reason = error.detail if isinstance(error, RequestFailedError) else error
        raise InvalidError(f"{source} cannot be read: {reason}.") from None
    with TemporaryDirectory(prefix="fyr-import-") as folder:
        file = Path(folder) / (
            source.partition("?")[0].rstrip("/").rpartition("/")[2] or "document"
        )
        file.write_bytes(content)
        yield str(file)


def _languages(text: str | None) -> tuple[str, ...]:
    return tuple(tag.strip().lower() for tag in (text or "").split(",") if tag.strip())


def _check_options(pattern: str | None, report: Path | None) -> None:
    """Raise BadParameter for what would fail only after the import."""
    try:
        if pattern is not None:
            compile_pattern(pattern, ignore_case=True)
        if report is not None:
            report.open("a").close()
    except PatternError as error:
        raise typer.BadParameter(f"--maintenance is no regular expression: {error}.") from None
    except OSError as error:
        reason = error.strerror
        raise typer.BadParameter(f"--report cannot be written to {report}: {reason}.") from None


def _short(report: ImportReport) -> str:
    services, incidents = report.new[ItemKind.SERVICE], report.new[ItemKind.INCIDENT]
    names = ("services", "archived_services", "incidents")
    known = sum(report.counts[name] for name in names) - services - incidents
    return f"Services added: {services}. Incidents added: {incidents}. Here already: {known}."


# -- progress and interruption ---------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator["_Show"]:
    """A line on standard error with the phase and the number of things, where it is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _phase, _number: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading")
        yield lambda phase, number: bar.update(task, description=phase, completed=number)


_Show = Callable[[str, int], None]


@dataclass
class _Stop:
    """Whether SIGINT asked to stop; while `may_wait`, the batch under way ends first."""

    asked: bool = False
    may_wait: bool = False


@contextmanager
def _interruptible() -> Iterator[_Stop]:
    """Let SIGINT end an import between two batches; a second one ends it at once."""
    stop = _Stop()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if stop.asked or not stop.may_wait:
            raise KeyboardInterrupt
        stop.asked = True

    former = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, former)
