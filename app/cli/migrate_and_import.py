"""`fyr migrate` and `fyr import`: the database schema, and the import of a history."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.cli.database import migrate_database, open_database
from app.domain.errors import InvalidError
from app.net.client import fetch
from app.net.errors import AddressRefusedError, OutboundError, RequestFailedError
from app.net.guard import Guard
from app.payloads.strict_json import EXTERNAL_LIMITS, read_json
from app.settings import Settings, load_settings
from app.usecases.context import SHELL
from app.usecases.imports import document as imports

__all__ = ["import_", "migrate"]


def migrate() -> None:
    """Bring the database's schema up to date."""
    migrate_database(load_settings())
    typer.echo("The database is up to date.")


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A Fyr import document.")],
) -> None:
    """Take in services and incidents from a document (docs/import.md). Repeating it is harmless."""
    settings = load_settings()
    text = _read(source, settings)
    try:
        document = read_json(text.decode("utf-8-sig"), EXTERNAL_LIMITS)
    except ValueError:
        raise InvalidError(f"{source} is not JSON.") from None
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        done = imports.import_document(ctx, document)
    typer.echo(
        f"Services added: {done.services}. Incidents added: {done.incidents}. "
        f"Here already: {done.known}."
    )


def _read(source: str, settings: Settings) -> bytes:
    if not source.startswith(("http://", "https://")):
        try:
            return Path(source).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not a file name"
            raise InvalidError(f"{source} cannot be read: {reason}.") from None
    try:
        return asyncio.run(fetch(source, guard=Guard(settings.allowed_networks)))
    except AddressRefusedError as error:
        raise InvalidError(
            f"{source} leads to {error.detail}; FYR_ALLOWED_NETWORKS decides whether it may."
        ) from None
    except OutboundError as error:
        reason = error.detail if isinstance(error, RequestFailedError) else error
        raise InvalidError(f"{source} cannot be read: {reason}.") from None
