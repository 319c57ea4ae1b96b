"""`fyr migrate`: the database schema."""

from typing import Annotated

import typer

from app.cli.database import migrate_database, migrate_to
from app.db import schema
from app.settings import load_settings

__all__ = ["migrate"]


def migrate(
    to: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="Upgrade or downgrade to this migration, for a rollback."
        ),
    ] = None,
    newest: Annotated[
        bool, typer.Option("--newest", help="Print the newest migration of this version, only.")
    ] = False,
) -> None:
    """Bring the database's schema up to date."""
    if newest:
        typer.echo(schema.newest())
        return
    if to is not None:
        migrate_to(load_settings(), to)
        typer.echo(f"The database is at {to}.")
        return
    migrate_database(load_settings())
    typer.echo("The database is up to date.")
