"""Settings and database of a command: the schema is at the newest migration before use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app import private_files
from app.cli.lazy_import import load
from app.db import creation, driver_errors, schema
from app.db.engine import for_reading, make_engine
from app.domain.errors import FyrError, UnavailableError
from app.ports.clock import system_clock
from app.settings import Settings, load_settings
from app.usecases.context import SHELL, Ctx, new_id
from app.usecases.database import Database
from app.usecases.pagination import CursorPage

__all__ = [
    "BehindError",
    "NoDatabaseError",
    "ensure_schema",
    "every_item",
    "every_page",
    "migrate_database",
    "migrate_to",
    "open_database",
    "protect_files",
    "settings_with_address",
]

_OTHERS = 0o077

ItemT = TypeVar("ItemT")


class BehindError(FyrError):
    """The schema of the database is older or newer than this version of Fyr expects."""

    code = "database_behind"


class NoDatabaseError(FyrError):
    """There is no database where the settings say; the message says how to name or create one."""

    code = "no_database"


def settings_with_address(address: str) -> Settings:
    """The settings; without FYR_BASE_URL, the base URL is `address`, where the server listens."""
    settings = load_settings()
    if not address or "base_url" in settings.model_fields_set:
        return settings
    return load_settings(base_url=address)


def ensure_schema(settings: Settings) -> None:
    """Migrate an embedded database to the newest schema; verify the schema of any other.

    Raises BehindError, with the command to run, when the schema is older or unknown, and
    UnavailableError when the database does not answer.
    """
    with _translated_errors():
        if settings.is_embedded:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        current = _is_current(settings.database)
        protect_files(settings)
        if current:
            return
    if not settings.is_embedded:
        raise BehindError("The database's schema is not up to date. Run: fyr migrate")
    migrate_database(settings)


def migrate_database(settings: Settings) -> None:
    """Migrate the database to the newest schema.

    Raises BehindError when the schema is unknown, and UnavailableError when the database does not
    answer.
    """
    with _translated_errors(), _alone(settings):
        _migrate(settings.database)


def migrate_to(settings: Settings, revision: str) -> None:
    """Upgrade or downgrade the database to this migration of this version.

    A downgrade removes what later migrations have added, with its data. Raises BehindError when
    this version does not have the migration, or not that of the database; UnavailableError when the
    database does not answer.
    """
    if not schema.is_known(revision):
        raise BehindError(
            f"This version of Fyr has no migration {revision!r}. The version to go back to prints "
            "its own: fyr migrate --newest"
        )
    with _translated_errors(), _alone(settings):
        present = _revision(settings.database)
        if present is not None and not schema.is_known(present):
            raise schema.UnknownSchemaError(present)
        if schema.is_later(present, revision):
            load("app.db.migrate:downgrade")(settings.database, revision)
        else:
            load("app.db.migrate:upgrade")(settings.database, revision)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the lock on migrations of an embedded database.

    Of several processes that start on an old schema, one migrates and the others wait.
    """
    if not settings.is_embedded:
        yield
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with private_files.locked(settings.data_dir / ".migrating"):
        yield


def _revision(url: str) -> str | None:
    engine = make_engine(url)
    try:
        return schema.revision_of(engine)
    finally:
        engine.dispose()


def protect_files(settings: Settings) -> None:
    """Make the files of an embedded database readable for their owner alone.

    SQLite creates the companions with the mode of the database. A file of another user stays as it
    is: its owner has to change it.
    """
    if not settings.is_embedded:
        return
    file = settings.database_file
    for each in (Path(f"{file}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")):
        with suppress(FileNotFoundError, PermissionError):
            if each.stat().st_mode & _OTHERS:
                each.chmod(0o600)


def _require_database(settings: Settings) -> None:
    if not settings.is_embedded:
        return
    file = settings.database_file
    with _translated_errors():
        if file.exists():
            return
    if "database_url" in settings.model_fields_set and settings.database_url.get_secret_value():
        place = "where FYR_DATABASE_URL says"
    elif "data_dir" in settings.model_fields_set:
        place = "in FYR_DATA_DIR"
    else:
        place = "in var below the present folder, the default of FYR_DATA_DIR"
    raise NoDatabaseError(
        f"There is no database {place}: {file.resolve()} does not exist. Set FYR_DATA_DIR or "
        "FYR_DATABASE_URL as for the Fyr that runs, or create a database with: fyr migrate"
    )


def _migrate(url: str) -> None:
    engine = make_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            creation.create(engine, new_id(), system_clock())
        current = schema.is_current(engine)
    finally:
        engine.dispose()
    if not current:
        # Alembic is imported only if there is something to migrate: most starts need none of it.
        load("app.db.migrate:upgrade")(url)


def _is_current(url: str) -> bool:
    engine = make_engine(url)
    try:
        return schema.is_current(for_reading(engine))
    finally:
        engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except schema.UnknownSchemaError as error:
        message = "The database's schema is of a version that this Fyr does not know: a newer one?"
        raise BehindError(message) from error
    except OSError as error:
        reason = f"FYR_DATA_DIR cannot be used: {error.strerror}."
        raise UnavailableError(reason) from error
    except SQLAlchemyError as error:
        # UnavailableError is raised by the use cases; the schema is read and migrated below them.
        cause = driver_errors.cause(error)
        raise UnavailableError(f"The database cannot be used: {cause}") from error


@contextmanager
def open_database(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The database with the newest schema, closed at the end.

    Raises NoDatabaseError when the file of an embedded database does not exist, unless `create`;
    otherwise raises as `ensure_schema` does.
    """
    if not create:
        _require_database(settings)
    ensure_schema(settings)
    engine = make_engine(
        settings.database,
        timeout_seconds=settings.database_statement_seconds,
        pool_size=settings.database_pool_size,
    )
    database = Database(engine)
    try:
        yield database
    finally:
        database.close()


def every_item(
    database: Database, list_page: Callable[[Ctx, str | None], CursorPage[ItemT]]
) -> Iterator[ItemT]:
    """The items of all pages of a list; each page is read in a transaction of its own."""

    def read(cursor: str | None) -> CursorPage[ItemT]:
        with database.reading(SHELL) as ctx:
            return list_page(ctx, cursor)

    return every_page(read)


def every_page(list_page: Callable[[str | None], CursorPage[ItemT]]) -> Iterator[ItemT]:
    """The items of all pages of a list."""
    cursor: str | None = None
    while True:
        page = list_page(cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
