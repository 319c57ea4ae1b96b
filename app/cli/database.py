"""What the commands share: the settings, and a database that is where it should be."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from app.cli.lazy_import import load
from app.db import schema
from app.db.engine import make_engine
from app.domain.errors import FyrError, UnavailableError
from app.settings import Settings, load_settings
from app.usecases.database import Database

__all__ = ["BehindError", "opened", "prepare", "settings_at", "upgrade"]


class BehindError(FyrError):
    """The database's schema is older or newer than this Fyr."""

    code = "database_behind"


def settings_at(address: str) -> Settings:
    """The settings; where nobody says what the page's address is, it is where we listen."""
    settings = load_settings()
    if not address or "base_url" in settings.model_fields_set:
        return settings
    return load_settings(base_url=address)


def prepare(settings: Settings) -> None:
    """Bring an embedded database up to date; refuse another one that is behind.

    Raises BehindError naming what helps, UnavailableError when there is no answer.
    """
    with _refusing():
        if settings.is_embedded:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        if _is_current(settings.database):
            return
    if not settings.is_embedded:
        raise BehindError("The database's schema is not up to date. Run: fyr migrate")
    upgrade(settings)


def upgrade(settings: Settings) -> None:
    """Bring the database's schema up to date. Raises as `prepare`."""
    with _refusing():
        if not settings.is_embedded:
            _migrate(settings.database)
            return
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        # Web processes and workers may find at the same time that it is behind.
        with (settings.data_dir / ".migrating").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            _migrate(settings.database)


def _migrate(url: str) -> None:
    if not _is_current(url):
        # Alembic is loaded where there is something to do: most starts need none of it.
        load("app.db.migrate:upgrade")(url)


def _is_current(url: str) -> bool:
    engine = make_engine(url)
    try:
        return schema.is_current(engine)
    finally:
        engine.dispose()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except schema.UnknownSchemaError as error:
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
