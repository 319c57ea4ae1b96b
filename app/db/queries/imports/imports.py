"""Queries on imported histories, and their bulk inserts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert
from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from app.db.base import Row
from app.db.tables import (
    AuditEntryRow,
    FormerPathRow,
    ImportedIntervalRow,
    ImportRefRow,
    IncidentRow,
    MaintenanceRow,
    ServiceAliasRow,
    ServiceGroupRow,
    ServiceRow,
    SubscriberRow,
)
from app.db.types import UTCDateTime
from app.domain.texts.phrases import Text

__all__ = [
    "IMPORT_LOCK",
    "former_paths",
    "imported_intervals",
    "insert_all",
    "insert_with_ids",
    "last_entry",
    "latest_entries",
    "lock_imports",
    "present_subjects",
    "public_ids_among",
    "refs_of",
    "replace_intervals",
    "stored_incidents",
    "taken_paths",
    "taken_slugs",
]

# Any constant that no other lock of Fyr uses.
IMPORT_LOCK = 0x66797249
# Below the limit of SQLite on the parameters of a statement (32,766).
_CHUNK = 5_000
_TABLES: Mapping[str, type[Row]] = {
    "group": ServiceGroupRow,
    "service": ServiceRow,
    "incident": IncidentRow,
    "maintenance": MaintenanceRow,
    "subscriber": SubscriberRow,
}


def lock_imports(session: Session) -> bool:
    """Take the lock of imports until the transaction ends; whether it was free.

    SQLite has no such lock: a lock on a file does it there.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    taken = session.execute(sql("SELECT pg_try_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})
    return bool(taken.scalar_one())


def refs_of(session: Session, source: str, instance: str) -> Sequence[ImportRefRow]:
    """What is known of one source."""
    query = select(ImportRefRow).where(
        ImportRefRow.source == source, ImportRefRow.instance == instance
    )
    return session.exec(query).all()


def present_subjects(session: Session, subject: str) -> set[int]:
    """The ids of the things of one kind that are on the page: not deleted, not archived."""
    table: Any = _TABLES[subject]
    query = select(table.id)
    for name in ("deleted_at", "archived_at"):
        if hasattr(table, name):
            query = query.where(getattr(table, name).is_(None))
    return set(session.exec(query).all())


def latest_entries(session: Session, subject: str, public_ids: Iterable[str]) -> dict[str, int]:
    """The newest audit entry about each of these subjects, by public id."""
    found: dict[str, int] = {}
    wanted = list(public_ids)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.exec(
            select(AuditEntryRow.subject_id, func.max(AuditEntryRow.id))
            .where(
                AuditEntryRow.subject == subject,
                col(AuditEntryRow.subject_id).in_(wanted[start : start + _CHUNK]),
                col(AuditEntryRow.action) != "import",
            )
            .group_by(col(AuditEntryRow.subject_id))
        ).all()
        found |= {subject_id: entry or 0 for subject_id, entry in rows}
    return found


def last_entry(session: Session) -> int:
    """The newest audit entry; 0 when there is none."""
    return session.exec(select(func.max(AuditEntryRow.id))).one() or 0


def public_ids_among(session: Session, table: type[Row], wanted: Sequence[str]) -> set[str]:
    """Those of the public ids that a row of the table has."""
    named: Any = table
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found.update(session.exec(select(named.public_id).where(named.public_id.in_(chunk))).all())
    return found


def stored_incidents(session: Session) -> Iterator[tuple[str | None, Text | None, datetime]]:
    """The import key, title and start of every incident; without the title when it is deleted."""
    rows = session.execute(
        select(
            col(IncidentRow.import_key),
            col(IncidentRow.title),
            col(IncidentRow.started_at),
            col(IncidentRow.deleted_at),
        )
    )
    for key, title, started_at, deleted_at in rows:
        yield key, title if deleted_at is None else None, started_at


def taken_slugs(session: Session) -> tuple[set[str], set[str]]:
    """The slugs that no new service may have, aliases included; and the slugs of groups."""
    services = set(session.exec(select(ServiceRow.slug)).all())
    aliases = set(session.exec(select(ServiceAliasRow.alias)).all())
    return services | aliases, set(session.exec(select(ServiceGroupRow.slug)).all())


def taken_paths(session: Session, paths: Sequence[str]) -> set[str]:
    """Those of the former paths that are stored."""
    query = select(FormerPathRow.path).where(col(FormerPathRow.path).in_(list(paths)))
    return set(session.exec(query).all()) if paths else set()


def former_paths(session: Session) -> Iterator[tuple[str, str, str]]:
    """The paths of former pages, each with the kind and public id of what visitors see today."""
    for subject in ("incident", "maintenance"):
        table: Any = _TABLES[subject]
        query = (
            select(col(FormerPathRow.path), table.public_id)
            .join(table, table.id == FormerPathRow.subject_id)
            .where(
                FormerPathRow.subject == subject,
                table.deleted_at.is_(None),
                table.published_at.is_not(None),
            )
        )
        for path, public_id in session.execute(query):
            yield path, subject, public_id


def insert_with_ids(
    session: Session, table: type[Row], rows: Sequence[dict[str, Any]]
) -> list[int]:
    """Insert rows with few statements; their ids in their order."""
    if not rows:
        return []
    named: Any = table
    if session.get_bind().dialect.name == "sqlite":
        # With RETURNING in order, SQLAlchemy sends one statement for each row to SQLite. The
        # transaction has the write lock: these are the ids that SQLite would give.
        first = (session.execute(select(func.max(named.id))).scalar_one() or 0) + 1
        insert_all(session, table, [{"id": first + n, **row} for n, row in enumerate(rows)])
        return list(range(first, first + len(rows)))
    query = insert(named.__table__).returning(named.__table__.c.id, sort_by_parameter_order=True)
    return list(session.execute(query, list(rows)).scalars())


def insert_all(session: Session, table: type[Row], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows with one statement."""
    if rows:
        named: Any = table
        session.connection().execute(insert(named.__table__), list(rows))


def replace_intervals(session: Session, import_ref_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Replace the intervals that came from one thing of a source."""
    session.execute(
        delete(ImportedIntervalRow).where(col(ImportedIntervalRow.import_ref_id) == import_ref_id)
    )
    insert_all(session, ImportedIntervalRow, rows)


# Built once, for posting an update: building it takes as long as executing it.
_INTERVALS = select(ImportedIntervalRow).where(
    col(ImportedIntervalRow.service_id).in_(bindparam("services", expanding=True)),
    col(ImportedIntervalRow.ended_at) > bindparam("since", type_=UTCDateTime()),
)


def imported_intervals(
    session: Session, service_ids: Sequence[int], since: datetime
) -> Sequence[ImportedIntervalRow]:
    """The imported intervals of these services that ended after `since`."""
    if not service_ids:
        return ()
    bound = {"services": list(service_ids), "since": since}
    return session.exec(_INTERVALS, params=bound).all()
