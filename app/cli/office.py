"""What the commands share: the settings, and a database that is where it should be."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from app.db import migrate
from app.db.engine import make_engine
from app.domain.errors import FyrError, UnavailableError
from app.settings import Settings
from app.usecases.context import Database

__all__ = ["BehindError", "opened", "prepare"]


class BehindError(FyrError):
    """The database's schema is older or newer than this Fyr."""

    code = "database_behind"


def prepare(settings: Settings) -> None:
    """Bring an embedded database up to date; refuse another one that is behind.

    Raises BehindError naming the command that helps, UnavailableError when there is no answer.
    """
    try:
        _prepare(settings)
    except (DBAPIError, OSError) as error:
        raise UnavailableError("The database does not answer, or takes no changes.") from error


def _prepare(settings: Settings) -> None:
    if settings.is_embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate.upgrade(settings.database)
        return
    engine = make_engine(settings.database)
    try:
        if not migrate.is_current(engine):
            raise BehindError("The database's schema is not up to date. Run: fyr migrate")
    finally:
        engine.dispose()


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, prepared, closed at the end."""
    prepare(settings)
    database = Database(make_engine(settings.database))
    try:
        yield database
    finally:
        database.close()
