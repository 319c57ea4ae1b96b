"""First admin: at its start `fyr serve` prints how to create one as long as there is no user."""

import typer

from app.settings import Settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import one_time_links

__all__ = ["print_first_admin_link"]


def print_first_admin_link(database: Database, settings: Settings) -> None:
    """Print a one-time link that creates the first admin; nothing when there is a user."""
    with database.writing(SHELL) as ctx:
        link = one_time_links.first_admin_link(ctx)
    if link is not None:
        minutes = int(one_time_links.FIRST_ADMIN_LASTS.total_seconds() / 60)
        typer.echo(
            f"Nobody can sign in yet. For {minutes} minutes this makes the first admin:\n"
            f"{settings.base_url}/console/welcome/{link.secret}"
        )
