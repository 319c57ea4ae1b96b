"""`fyr subscriber add|list|import|export|erase`: subscribers from a shell."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from app.cli.database import every_item, open_database
from app.domain.errors import InvalidError
from app.domain.notifications.states import SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.subscriber import Subscriber
from app.secret_keys import address_hashes
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.public import pages
from app.usecases.subscribers import administration, imported_lists
from app.usecases.subscribers.administration import SubscriberFilter
from app.usecases.subscribers.imported_lists import ImportOptions, ImportProblem

__all__ = ["subscriber_app"]

subscriber_app = typer.Typer(help="Subscribers by mail.", no_args_is_help=True)

_MAX_BYTES = 50_000_000
_PAGE = 100


@subscriber_app.command("add")
def add(
    address: Annotated[str, typer.Argument(help="The mail address.")],
    language: Annotated[
        str | None, typer.Option(help="The language; that of the page by default.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="The slug of a service to follow; repeatable.")
    ] = None,
    vouched: Annotated[
        str | None,
        typer.Option(help="How the owner of the address has agreed; no mail to confirm is sent."),
    ] = None,
) -> None:
    """Add a subscriber. A mail asks the owner of the address to confirm."""
    settings = load_settings()
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        choices = Choices(
            language or pages.facts(ctx).default_language, Followed(tuple(service or ()))
        )
        added = administration.add_subscriber(
            ctx, address_hashes(settings), address, choices, vouched=vouched
        )
    typer.echo(f"{added.id} is {added.state.value} now.")


@subscriber_app.command("list")
def list_(
    state: Annotated[
        SubscriberState | None, typer.Option(help="Only subscribers in this state.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Only subscribers with this language.")
    ] = None,
) -> None:
    """List the subscribers, newest first: id, state, language, address."""
    filters = SubscriberFilter(state=state, language=language)
    with open_database(load_settings()) as database:
        for each in _every(database, filters):
            typer.echo(f"{each.id}\t{each.state.value}\t{each.choices.language}\t{each.address}")


@subscriber_app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV with a first line that names the columns, or JSON Lines.")
    ],
    confirmed: Annotated[str, typer.Option(help="Where and when these people have agreed.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be left out.")
    ] = False,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Ask everybody by mail to confirm instead, 20 in a minute."),
    ] = False,
) -> None:
    """Import a list of subscribers (docs/subscribers.md)."""
    settings, options = load_settings(), ImportOptions(confirmed, ask, dry_run)
    text = _read(file)
    is_json = text.removeprefix("\ufeff").lstrip()[:1] == "{"
    lines = imported_lists.read_lines(text, is_json=is_json)
    hashes, seen, added = address_hashes(settings), set[str](), 0
    problems: list[ImportProblem] = []
    with open_database(settings) as database:
        while batch := list(islice(lines, imported_lists.BATCH)):
            with database.writing(SHELL) as ctx:
                done = imported_lists.import_batch(
                    ctx, hashes, batch, options, seen=seen, asked=added
                )
            added += done.added
            problems += done.problems
        if not dry_run:
            with database.writing(SHELL) as ctx:
                imported_lists.record_import(ctx, options, added, len(problems))
    for problem in problems:
        typer.echo(f"line {problem.number}: {problem.code}", err=True)
    verb = "Would be imported" if dry_run else "Imported"
    typer.echo(f"{verb}: {added}. Left out: {len(problems)}.")


@subscriber_app.command("export")
def export() -> None:
    """Print all subscribers as JSON Lines; `fyr subscriber import` reads them."""
    with open_database(load_settings()) as database:
        with database.writing(SHELL) as ctx:
            administration.record_export(ctx)
        after: int | None = 0
        while after is not None:
            with database.reading(SHELL) as ctx:
                batch, after = administration.export_batch(ctx, after=after)
            for each in batch:
                typer.echo(json.dumps(administration.exported_fields(each), ensure_ascii=False))


@subscriber_app.command("erase")
def erase(
    address: Annotated[str, typer.Argument(help="The mail address, or the id of a subscriber.")],
) -> None:
    """Delete a subscriber, and never import the address again."""
    settings = load_settings()
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        public_id = address
        if "@" in address:
            public_id = administration.find_by_address(ctx, address).id
        administration.erase_subscriber(ctx, address_hashes(settings), public_id)
    typer.echo(f"{public_id} is deleted.")


def _every(database: Database, filters: SubscriberFilter) -> Iterator[Subscriber]:
    return every_item(
        database,
        lambda ctx, cursor: administration.list_subscribers(
            ctx, filters, cursor=cursor, limit=_PAGE
        ),
    )


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.read(_MAX_BYTES)
        if file.stat().st_size > _MAX_BYTES:
            raise InvalidError(f"{file} is larger than {_MAX_BYTES} bytes; split it.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InvalidError(f"{file} is not UTF-8 text.") from None
