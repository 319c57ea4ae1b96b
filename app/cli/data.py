"""`fyr migrate` and `fyr import`: the schema and what comes from elsewhere."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.office import opened
from app.db import migrate as schema
from app.domain.errors import InvalidError
from app.net.client import fetch
from app.net.guard import Guard
from app.settings import Settings, load_settings
from app.usecases import imports
from app.usecases.context import SHELL

__all__ = ["import_", "migrate"]


def migrate() -> None:
    """Bring the database's schema up to date."""
    schema.upgrade(load_settings().database)
    typer.echo("The database is up to date.")


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A Fyr import document.")],
) -> None:
    """Take in services and incidents from a document (docs/import.md). Repeating it is harmless."""
    settings = load_settings()
    text = _read(source, settings)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidError(f"{source} is not JSON.") from None
    with opened(settings) as database, database.writing(SHELL) as ctx:
        done = imports.import_document(ctx, document)
    typer.echo(
        f"Added {done.services} services and {done.incidents} incidents; "
        f"{done.known} were here already."
    )


def _read(source: str, settings: Settings) -> bytes:
    if source.startswith(("http://", "https://")):
        return asyncio.run(fetch(source, guard=Guard(settings.allowed_networks)))
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InvalidError(f"{source} cannot be read: {error.strerror}.") from None
