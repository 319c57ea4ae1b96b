"""Alembic environment: one transaction per migration, batch mode, plain column types."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import text
from sqlmodel.sql.sqltypes import AutoString

import app.db.tables  # noqa: F401  # fills the metadata
from app.db.base import metadata, set_index_conditions
from app.db.types import TextColumn, UTCDateTime

# Key of the advisory lock under which one process migrates at a time.
_LOCK = 0x46595221


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """The plain type for one of our column types: a migration imports nothing of app/."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, TextColumn):
        return "sa.JSON()"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.Text()"
    return False


set_index_conditions()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_server_default=True,
    transaction_per_migration=True,
    render_item=render_item,
)
if connection.dialect.name == "postgresql":
    # A migration must not wait without limit for a transaction that somebody left open.
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.commit()
try:
    with context.begin_transaction():
        context.run_migrations()
finally:
    if connection.dialect.name == "postgresql":
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()
