"""`fyr proxy-errors`: the error page of a proxy in front of Fyr."""

import typer

from app.cli.database import open_database
from app.cli.lazy_import import load
from app.settings import load_settings

__all__ = ["proxy_errors"]


def proxy_errors() -> None:
    """Print nginx configuration with the page that nginx sends while Fyr does not answer."""
    settings = load_settings()
    with open_database(settings) as database, database.reading() as ctx:
        facts = load("app.usecases.public.pages:facts")(ctx)
    typer.echo(
        load("app.export.nginx.proxy_errors:proxy_errors_conf")(
            facts.languages, facts.default_language
        ),
        nl=False,
    )
