"""While nobody can sign in, `fyr serve` tells how to make the first admin."""

import typer

from app.db.engine import make_engine
from app.settings import Settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import one_time_links

__all__ = ["tell"]


def tell(settings: Settings) -> None:
    """While there is no user, print the link that makes the first one, this once."""
    database = Database(make_engine(settings.database))
    try:
        with database.writing(SHELL) as ctx:
            link = one_time_links.first_admin_link(ctx)
    finally:
        database.close()
    if link is not None:
        minutes = int(one_time_links.FIRST_ADMIN_LASTS.total_seconds() / 60)
        typer.echo(
            f"Nobody can sign in yet. For {minutes} minutes this makes the first admin:\n"
            f"{settings.base_url}/console/welcome/{link.secret}"
        )
