"""Migrations with Alembic: upgrade and downgrade a database, write a new migration."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from app import folder
from app.db import schema
from app.db.engine import make_engine, set_durable
from app.db.poolers import refuse_pooler

__all__ = ["alembic_config", "downgrade", "make_revision", "upgrade"]

# The time-out of one statement of a migration.
_TIMEOUT_SECONDS = 600


def alembic_config(migrations: Path | None = None) -> Config:
    """Alembic's configuration; there is no alembic.ini.

    `migrations` is the folder of another release; without it, that of this one is used.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations or folder("migrations")))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    return config


def upgrade(url: str, revision: str = "head", *, migrations: Path | None = None) -> None:
    """Upgrade the database at `url` to `revision`; does nothing when it is there already.

    Raises PooledError when the connection leads to a pooler.
    """
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    _run(url, lambda config: command.upgrade(config, revision), migrations)


def downgrade(url: str, revision: str, *, migrations: Path | None = None) -> None:
    """Downgrade the database at `url` to `revision`."""
    _run(url, lambda config: command.downgrade(config, revision), migrations)


def make_revision(url: str, message: str) -> None:
    """Write a migration from the schema of the database at `url` to that of the tables."""
    _run(url, lambda config: command.revision(config, message, autogenerate=True))


def _run(url: str, act: Callable[[Config], object], migrations: Path | None = None) -> None:
    engine = make_engine(url, timeout_seconds=_TIMEOUT_SECONDS)
    try:
        with engine.connect() as connection:
            refuse_pooler(connection)
            _suspend_foreign_keys(connection)
            config = alembic_config(migrations)
            config.attributes["connection"] = connection
            # On SQLite the last commit waits for the disk, for all: a new database has dozens
            # of migrations, and one that is lost is applied again.
            set_durable(connection, durable=False)
            act(config)
            connection.rollback()
            set_durable(connection, durable=True)
            _store_compatibility(connection, migrations or folder("migrations"))
    finally:
        engine.dispose()


def _suspend_foreign_keys(connection: Connection) -> None:
    """Switch foreign keys off on SQLite, where a column is removed by copying its table.

    Dropping the former table would fail because of the rows that refer to it, or delete them:
    https://www.sqlite.org/lang_altertable.html, section 7. SQLite ignores it in a transaction.
    """
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  # the connection is open
        driver.execute("PRAGMA foreign_keys=OFF")


def _store_compatibility(connection: Connection, migrations: Path) -> None:
    """Store which releases can use the schema, in a column of Alembic's table.

    Alembic neither reads nor changes other columns of it. An empty database has no row.
    """
    with connection.begin():
        if not inspect(connection).has_table("alembic_version"):
            return
        columns = {each["name"] for each in inspect(connection).get_columns("alembic_version")}
        if "compatible_from" not in columns:
            connection.execute(text("ALTER TABLE alembic_version ADD compatible_from VARCHAR(32)"))
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version is not None:
            usable_from = schema.compatible_from(version, migrations)
            connection.execute(
                text("UPDATE alembic_version SET compatible_from = :revision"),
                {"revision": usable_from},
            )
