"""Migrations with Alembic: upgrade and downgrade a database, write a new migration."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config

from app import folder
from app.db.engine import make_engine

__all__ = ["alembic_config", "downgrade", "make_revision", "upgrade"]

# The time-out of one statement of a migration.
_TIMEOUT_SECONDS = 600


def alembic_config() -> Config:
    """Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url` to `revision`; does nothing when it is there already."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Downgrade the database at `url` to `revision`."""
    _run(url, lambda config: command.downgrade(config, revision))


def make_revision(url: str, message: str) -> None:
    """Write a migration from the schema of the database at `url` to that of the tables."""
    _run(url, lambda config: command.revision(config, message, autogenerate=True))


def _run(url: str, act: Callable[[Config], object]) -> None:
    engine = make_engine(url, timeout_seconds=_TIMEOUT_SECONDS)
    try:
        with engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            act(config)
    finally:
        engine.dispose()
