"""`fyr migrate`: the database schema."""

import typer

from app.cli.database import migrate_database
from app.settings import load_settings

__all__ = ["migrate"]


def migrate() -> None:
    """Bring the database's schema up to date."""
    migrate_database(load_settings())
    typer.echo("The database is up to date.")
