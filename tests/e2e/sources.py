"""Sources in the database of a server that is started later."""

from pathlib import Path

from app.cli.database import ensure_schema, open_database
from app.monitors import ADAPTERS
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.encryption import SecretBox
from app.usecases.sources import sources
from app.usecases.sources.records import CreatedSource, NewSource
from app.usecases.sources.routes import NewRoute, add_route
from tests.factories import make_service

__all__ = ["add_source"]


def add_source(
    data_dir: Path,
    kind: str,
    *,
    route: NewRoute | None = None,
    database_url: str = "",
    **more: object,
) -> CreatedSource:
    """Create the database in `data_dir`, with the service `payments` and a source of this kind."""
    settings = load_settings(_env_file=None, data_dir=data_dir, database_url=database_url)
    ensure_schema(settings)
    with open_database(settings) as database, database.writing(SHELL) as ctx:
        make_service(ctx)
        new = NewSource(kind, "Mona", **more)  # type: ignore[arg-type]  # as NewSource takes it
        made = sources.add_source(ctx, SecretBox(lambda: b"k"), new, ADAPTERS)
        if route is not None:
            add_route(ctx, route)
    return made
