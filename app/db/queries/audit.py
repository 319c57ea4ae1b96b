"""Queries on the audit log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, or_
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.queries.users.users import names_of_person
from app.db.tables import AuditEntryRow, IncidentRow, MaintenanceRow, RemovedEntriesRow
from app.domain.audit import AuditFilter
from app.domain.ownership import ActorKind
from app.domain.texts.search import fold_text, search_words

__all__ = [
    "chained_entries",
    "count_public_entries",
    "delete_until",
    "end_of_chain",
    "has_changed_since",
    "has_entry",
    "last_before",
    "latest_chained",
    "list_entries",
    "lock_chain",
    "names_of_user",
    "unchained_entries",
    "with_actor_names",
]

# Any number that is not used for another advisory lock.
_CHAIN_LOCK = 7_305_804_402_566_988


def list_entries(
    session: Session, *, before: int | None, limit: int, filters: AuditFilter
) -> Sequence[AuditEntryRow]:
    """The entries that match the filters, newest first, with internal ids below `before`."""
    query = select(AuditEntryRow).where(*_conditions(with_actor_names(session, filters)))
    if filters.user_id is not None:
        query = query.where(
            col(AuditEntryRow.actor_kind).in_([ActorKind.USER.value, ActorKind.TOKEN.value]),
            col(AuditEntryRow.actor_name).in_(names_of_user(session, filters.user_id)),
        )
    if before is not None:
        query = query.where(col(AuditEntryRow.id) < before)
    return session.exec(query.order_by(col(AuditEntryRow.id).desc()).limit(limit)).all()


def with_actor_names(session: Session, filters: AuditFilter) -> AuditFilter:
    """The filter with the names of its actors. Looking them up reads the whole log."""
    if filters.actor is None:
        return filters
    return replace(filters, actor=None, actor_names=_actor_names(session, filters.actor))


def _conditions(filters: AuditFilter) -> Iterator[ColumnElement[bool]]:
    row = AuditEntryRow
    if filters.actor_names is not None:
        yield col(row.actor_name).in_(filters.actor_names)
    if filters.action is not None:
        yield col(row.action).startswith(filters.action, autoescape=True)
    if filters.subject is not None:
        yield col(row.subject) == filters.subject
    if filters.subject_id is not None:
        yield col(row.subject_id) == filters.subject_id
    if filters.since is not None:
        yield col(row.at) >= filters.since
    if filters.until is not None:
        yield col(row.at) < filters.until


def _actor_names(session: Session, part: str) -> tuple[str, ...]:
    """The names of actors that contain these words. SQLite folds the case of ASCII alone."""
    words = search_words(part)
    names = session.exec(select(AuditEntryRow.actor_name).distinct()).all()
    return tuple(name for name in names if all(word in fold_text(name) for word in words))


def names_of_user(session: Session, user_id: str | None) -> list[str]:
    """The names under which a user has acted: also e-mail addresses that the user had before."""
    if user_id is None:
        return []
    row = AuditEntryRow
    renamed = session.exec(
        select(row.before).where(row.subject_id == user_id, row.action == "user.email")
    ).all()
    former = [str(before["email"]) for before in renamed if before and "email" in before]
    return [*names_of_person(session, user_id), *former]


def has_changed_since(
    session: Session, subject_id: str, actor_names: Iterable[str], since: datetime
) -> bool:
    """Whether one of these actors has an entry about the subject at `since` or later."""
    row = AuditEntryRow
    found = session.exec(
        select(row.id)
        .where(row.subject_id == subject_id, row.at >= since)
        .where(col(row.actor_name).in_(list(actor_names)))
        .limit(1)
    ).first()
    return found is not None


def has_entry(session: Session, subject_id: str) -> bool:
    """Whether there is an entry about the subject: old ones are deleted."""
    row = AuditEntryRow
    query = select(row.id).where(row.subject_id == subject_id).limit(1)
    return session.exec(query).first() is not None


def count_public_entries(session: Session, subject_ids: Iterable[str]) -> dict[str, int]:
    """The number of entries about each of these subjects, removed ones included, without those
    that only staff see: another owner, and a postmortem that is not published.
    """
    id_list = list(subject_ids)
    counts = _count_public(session, col(AuditEntryRow.subject_id).in_(id_list))
    removed = session.exec(
        select(RemovedEntriesRow).where(col(RemovedEntriesRow.subject_id).in_(id_list))
    )
    for row in removed:
        counts[row.subject_id] = counts.get(row.subject_id, 0) + row.entries
    return counts


def _count_public(session: Session, condition: ColumnElement[bool]) -> dict[str, int]:
    """The number of entries that meet the condition and that visitors saw, by subject."""
    action, after = col(AuditEntryRow.action), col(AuditEntryRow.after)
    is_draft = (action == "postmortem.put") & after["published"].as_boolean().is_(False)
    found = session.exec(
        select(AuditEntryRow.subject_id, func.count())
        .where(condition, action.not_in(["incident.take_over", "incident.hand_back"]), ~is_draft)
        .group_by(col(AuditEntryRow.subject_id))
    ).all()
    return dict(found)


def lock_chain(session: Session) -> None:
    """Lock the end of the chain until the end of the transaction.

    PostgreSQL: two transactions would follow one entry otherwise. SQLite has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))


# The queries of each write are built once: building one takes as long as executing it.
_LATEST = (
    select(AuditEntryRow.position, AuditEntryRow.hash)
    .where(col(AuditEntryRow.position).is_not(None))
    .order_by(col(AuditEntryRow.position).desc())
    .limit(1)
)
_IS_UNCHAINED = col(AuditEntryRow.position).is_(None)
_UNCHAINED = (
    select(AuditEntryRow)
    .where(_IS_UNCHAINED)
    .order_by(col(AuditEntryRow.id))
    .limit(bindparam("limit"))
)
_LAST_POSITION = select(func.max(col(AuditEntryRow.position))).scalar_subquery()
_END = (
    select(AuditEntryRow)
    .where(or_(_IS_UNCHAINED, col(AuditEntryRow.position) == _LAST_POSITION))
    .order_by(_IS_UNCHAINED, col(AuditEntryRow.id))
    .limit(bindparam("limit"))
)


def latest_chained(session: Session) -> tuple[int | None, str | None] | None:
    """The position and the hash of the last entry of the chain."""
    return session.exec(_LATEST).first()


def end_of_chain(
    session: Session, limit: int
) -> tuple[AuditEntryRow | None, Sequence[AuditEntryRow]]:
    """The last entry of the chain, and the entries that are not chained yet, oldest first."""
    found = session.exec(_END, params={"limit": limit + 1}).all()
    if found and found[0].position is not None:
        return found[0], found[1:]
    return None, found[:limit]


def unchained_entries(session: Session, limit: int) -> Sequence[AuditEntryRow]:
    """The entries that are not chained yet, oldest first."""
    return session.exec(_UNCHAINED, params={"limit": limit}).all()


def chained_entries(session: Session, *, after: int, limit: int) -> Sequence[AuditEntryRow]:
    """The entries of the chain behind the position `after`, in its order."""
    position = col(AuditEntryRow.position)
    query = select(AuditEntryRow).where(position > after).order_by(position)
    return session.exec(query.limit(limit)).all()


def last_before(session: Session, before: datetime) -> AuditEntryRow | None:
    """The last entry that, with all entries before it in the chain, is older than `before`."""
    position = col(AuditEntryRow.position)
    recent = select(func.min(position)).where(col(AuditEntryRow.at) >= before)
    first_recent = session.execute(recent).scalar_one()
    query = select(AuditEntryRow).where(position.is_not(None)).order_by(position.desc())
    if first_recent is not None:
        query = query.where(position < first_recent)
    return session.exec(query.limit(1)).first()


def delete_until(session: Session, position: int) -> None:
    """Delete the entries of the chain up to a position; those that visitors saw remain counted."""
    expired = col(AuditEntryRow.position) <= position
    subject_id = col(AuditEntryRow.subject_id)
    in_calendars = subject_id.in_(select(IncidentRow.public_id)) | subject_id.in_(
        select(MaintenanceRow.public_id)
    )
    table = RemovedEntriesRow
    for subject, entries in sorted(_count_public(session, expired & in_calendars).items()):
        insert = insert_into(session, table).values(subject_id=subject, entries=entries)
        counted = col(table.entries) + insert.excluded.entries
        session.execute(
            insert.on_conflict_do_update(
                index_elements=[col(table.subject_id)], set_={"entries": counted}
            )
        )
    session.execute(delete(AuditEntryRow).where(expired))
