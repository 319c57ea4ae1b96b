"""Queries on imports that the console and the API start."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from app.db.queries.imports.imports import IMPORT_LOCK
from app.db.tables import ImportRunRow

__all__ = ["delete_older", "find_run", "is_import_locked", "list_runs", "runs_in"]


def find_run(session: Session, public_id: str) -> ImportRunRow | None:
    """The import with this public id."""
    return session.exec(select(ImportRunRow).where(ImportRunRow.public_id == public_id)).first()


def list_runs(session: Session, limit: int) -> Sequence[ImportRunRow]:
    """The newest imports, newest first."""
    query = select(ImportRunRow).order_by(col(ImportRunRow.id).desc()).limit(limit)
    return session.exec(query).all()


def runs_in(session: Session, states: Sequence[str]) -> Sequence[ImportRunRow]:
    """The imports in one of these states."""
    return session.exec(select(ImportRunRow).where(col(ImportRunRow.state).in_(states))).all()


def delete_older(session: Session, kept: int) -> None:
    """Delete all imports but the newest `kept` ones."""
    query = select(ImportRunRow.id).order_by(col(ImportRunRow.id).desc()).offset(kept).limit(1)
    newest = session.exec(query).first()
    if newest is not None:
        session.execute(delete(ImportRunRow).where(col(ImportRunRow.id) <= newest))


def is_import_locked(session: Session) -> bool | None:
    """Whether a process holds the lock of imports; None on SQLite, which has no such lock."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    held = session.execute(
        sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = 0 AND objid = :key"
        ),
        {"key": IMPORT_LOCK},
    )
    return bool(held.scalar_one())
