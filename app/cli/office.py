"""What the commands share: the settings, and a database that is where it should be."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from app.db import migrate
from app.db.engine import make_engine
from app.domain.errors import FyrError, UnavailableError
from app.settings import Settings
from app.usecases.context import Database

__all__ = ["BehindError", "opened", "prepare", "upgrade"]


class BehindError(FyrError):
    """The database's schema is older or newer than this Fyr."""

    code = "database_behind"


def prepare(settings: Settings) -> None:
    """Bring an embedded database up to date; refuse another one that is behind.

    Raises BehindError naming what helps, UnavailableError when there is no answer.
    """
    if settings.is_embedded:
        upgrade(settings)
        return
    with _refusing():
        engine = make_engine(settings.database)
        try:
            if not migrate.is_current(engine):
                raise BehindError("The database's schema is not up to date. Run: fyr migrate")
        finally:
            engine.dispose()


def upgrade(settings: Settings) -> None:
    """Bring the database's schema up to date. Raises as `prepare`."""
    with _refusing():
        if settings.is_embedded:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate.upgrade(settings.database)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        message = "The database's schema is of a version that this Fyr does not know: a newer one?"
        raise BehindError(message) from error
    except OSError as error:
        reason = f"FYR_DATA_DIR cannot be used: {error.strerror}."
        raise UnavailableError(reason) from error
    except SQLAlchemyError as error:
        raise UnavailableError("The database does not answer, or takes no changes.") from error


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, prepared, closed at the end."""
    prepare(settings)
    database = Database(make_engine(settings.database))
    try:
        yield database
    finally:
        database.close()
