"""Queries on incidents, their updates and postmortems."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, tuple_
from sqlmodel import Session, col, select

from app.db.queries.bounds import Bounds, read_bounds
from app.db.queries.title_search import title_conditions
from app.db.queries.visibility import visible
from app.db.snapshot import remembered_each, sent_once
from app.db.tables import (
    EvidenceRow,
    FormerTextRow,
    IncidentRow,
    IncidentUpdateRow,
    PostmortemRow,
    UpdateServiceRow,
)
from app.db.types import UTCDateTime
from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.domain.texts.search import search_words

__all__ = [
    "count_visible_across",
    "count_visible_open_incidents",
    "drafts_due",
    "evidence_of",
    "find_incident",
    "find_update",
    "former_texts_of",
    "has_import_key",
    "incidents_by_id",
    "incidents_naming",
    "list_incidents",
    "lock_incident",
    "lock_incident_unless_busy",
    "newest_update",
    "open_incidents_naming",
    "postmortem_of",
    "postmortems_of",
    "removed_updates_of",
    "services_named_by",
    "services_of_updates",
    "update_facts_of",
    "updates_by_incident",
    "updates_of",
    "visible_among",
    "visible_beginnings",
    "visible_bounds",
    "visible_incident",
    "visible_incidents",
    "visible_open_incidents",
]


def _names(service_id: int | BindParameter[int]) -> ColumnElement[bool]:
    naming = (
        select(IncidentUpdateRow.incident_id)
        .join(UpdateServiceRow, and_(col(UpdateServiceRow.update_id) == IncidentUpdateRow.id))
        .where(
            UpdateServiceRow.service_id == service_id, col(IncidentUpdateRow.removed_at).is_(None)
        )
    )
    return col(IncidentRow.id).in_(naming)


# The queries of the first page and of posting an update are built once: building one takes as long
# as executing it.
_NOW = bindparam("now", type_=UTCDateTime())
_SINCE = bindparam("since", type_=UTCDateTime())
_BY_PUBLIC_ID = select(IncidentRow).where(
    IncidentRow.public_id == bindparam("public_id"), col(IncidentRow.deleted_at).is_(None)
)
_PRESENT = _BY_PUBLIC_ID.execution_options(populate_existing=True)
_LOCKING = _PRESENT.with_for_update()
_LOCKING_UNLESS_BUSY = _PRESENT.with_for_update(skip_locked=True)
_VISIBLE = select(IncidentRow).where(visible(IncidentRow, _NOW))
_NEWEST_FIRST = _VISIBLE.order_by(col(IncidentRow.started_at).desc(), col(IncidentRow.id).desc())
_LASTING = _NEWEST_FIRST.where(
    or_(col(IncidentRow.is_open).is_(True), col(IncidentRow.resolved_at) >= _SINCE)
)
_OPEN = _NEWEST_FIRST.where(col(IncidentRow.is_open).is_(True))
_NAMING = _VISIBLE.where(
    _names(bindparam("service")),
    or_(col(IncidentRow.resolved_at).is_(None), col(IncidentRow.resolved_at) > _SINCE),
)


def drafts_due(session: Session, now: datetime) -> Sequence[str]:
    """The public ids of the drafts that are to be published by now."""
    return session.exec(
        select(IncidentRow.public_id).where(
            col(IncidentRow.published_at).is_(None),
            col(IncidentRow.publish_at) <= now,
            col(IncidentRow.deleted_at).is_(None),
        )
    ).all()


@sent_once
def find_incident(session: Session, public_id: str) -> IncidentRow | None:
    """The incident with this public id, also a draft; for staff."""
    return session.exec(_BY_PUBLIC_ID, params={"public_id": public_id}).first()


def lock_incident(session: Session, public_id: str) -> IncidentRow | None:
    """The incident with this public id as it is now, locked until the transaction ends.

    Other transactions cannot change, publish or approve it in between. SQLite needs no lock: it has
    one writer at a time.
    """
    return session.exec(_LOCKING, params={"public_id": public_id}).first()


def lock_incident_unless_busy(session: Session, public_id: str) -> IncidentRow | None:
    """The incident as `lock_incident` returns it; None when another transaction has locked it."""
    return session.exec(_LOCKING_UNLESS_BUSY, params={"public_id": public_id}).first()


def incidents_by_id(session: Session, ids: Iterable[int]) -> Sequence[IncidentRow]:
    """The incidents with these internal ids, deleted ones too."""
    wanted = list(ids)
    if not wanted:
        return ()
    return session.exec(select(IncidentRow).where(col(IncidentRow.id).in_(wanted))).all()


def list_incidents(
    session: Session,
    found: IncidentFilter,
    *,
    service_id: int | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> Sequence[IncidentRow]:
    """Incidents for staff that match a filter, latest start first.

    `service_id` is the service of the filter; `after` is the start and the number of the last
    incident of the previous page.
    """
    begun, number = col(IncidentRow.started_at), col(IncidentRow.id)
    query = select(IncidentRow).where(
        col(IncidentRow.deleted_at).is_(None), *_conditions(found, service_id)
    )
    if after is not None:
        query = query.where(tuple_(begun, number) < tuple_(*after))
    return session.exec(query.order_by(begun.desc(), number.desc()).limit(limit)).all()


def _conditions(found: IncidentFilter, service_id: int | None) -> Iterator[ColumnElement[bool]]:
    yield from title_conditions(IncidentRow, search_words(found.query or ""))
    if service_id is not None:
        yield _names(service_id)
    if found.since is not None:
        yield col(IncidentRow.started_at) >= found.since
    if found.until is not None:
        yield col(IncidentRow.started_at) < found.until
    match found.state:
        case None:
            return
        case IncidentState.DRAFT:
            yield col(IncidentRow.published_at).is_(None)
        case IncidentState.RESOLVED:
            yield col(IncidentRow.is_open).is_(False)
        case IncidentState.OPEN:
            yield col(IncidentRow.is_open).is_(True)
        case status:
            yield col(IncidentRow.is_open).is_(True)
            yield _latest_status() == status.value


def _latest_status() -> ColumnElement[str]:
    """The status of the latest update of an incident."""
    return (
        select(IncidentUpdateRow.status)
        .where(
            IncidentUpdateRow.incident_id == IncidentRow.id,
            col(IncidentUpdateRow.removed_at).is_(None),
        )
        .order_by(col(IncidentUpdateRow.posted_at).desc(), col(IncidentUpdateRow.id).desc())
        .limit(1)
        .correlate(IncidentRow)
        .scalar_subquery()
    )


def visible_incident(session: Session, public_id: str, now: datetime) -> IncidentRow | None:
    """The incident with this public id, if a visitor may see it."""
    query = _VISIBLE.where(IncidentRow.public_id == public_id)
    return session.exec(query, params={"now": now}).first()


def visible_incidents(
    session: Session,
    now: datetime,
    *,
    lasting_since: datetime | None = None,
    begun: tuple[datetime, datetime] | None = None,
    naming_service: int | None = None,
    limit: int | None = None,
) -> Sequence[IncidentRow]:
    """The public incidents, newest first: open or ended since a time, or begun in a span.

    `limit` is the number of newest ones to return.
    """
    bound = {"now": now}
    query = _NEWEST_FIRST
    if lasting_since is not None:
        query, bound["since"] = _LASTING, lasting_since
    if begun is not None:
        query = query.where(
            col(IncidentRow.started_at) >= begun[0], col(IncidentRow.started_at) < begun[1]
        )
    if naming_service is not None:
        query = query.where(_names(naming_service))
    if limit is not None:
        query = query.limit(limit)
    return session.exec(query, params=bound).all()


def visible_among(session: Session, now: datetime, numbers: Iterable[int]) -> Sequence[IncidentRow]:
    """The public incidents with these internal ids, newest first."""
    query = _NEWEST_FIRST.where(col(IncidentRow.id).in_(list(numbers)))
    return session.exec(query, params={"now": now}).all()


def visible_beginnings(session: Session, now: datetime) -> Sequence[tuple[str, datetime, datetime]]:
    """The public id, the start and the last change of every public incident, newest first."""
    begun = col(IncidentRow.started_at)
    query = select(IncidentRow.public_id, IncidentRow.started_at, IncidentRow.updated_at).where(
        visible(IncidentRow, now)
    )
    return session.exec(query.order_by(begun.desc(), col(IncidentRow.id).desc())).all()


def visible_open_incidents(
    session: Session, now: datetime, *, naming_service: int | None = None
) -> Sequence[IncidentRow]:
    """The public incidents that are not resolved, newest first."""
    query = _OPEN
    if naming_service is not None:
        query = query.where(_names(naming_service))
    return session.exec(query, params={"now": now}).all()


def count_visible_open_incidents(session: Session, now: datetime) -> int:
    """The number of open incidents that visitors may see."""
    query = select(func.count()).where(
        visible(IncidentRow, now), col(IncidentRow.is_open).is_(True)
    )
    return session.exec(query).one()


def count_visible_across(session: Session, now: datetime, at: datetime) -> int:
    """The number of public incidents that began before `at` and had not ended by then."""
    lasting = or_(col(IncidentRow.is_open).is_(True), col(IncidentRow.resolved_at) > at)
    query = select(func.count()).where(
        visible(IncidentRow, now), col(IncidentRow.started_at) < at, lasting
    )
    return session.exec(query).one()


def visible_bounds(session: Session, now: datetime, *, before: datetime, after: datetime) -> Bounds:
    """The starts of public incidents: the first one, and the nearest to these instants."""
    return read_bounds(
        session, col(IncidentRow.started_at), visible(IncidentRow, now), before=before, after=after
    )


def services_named_by(session: Session, incident_ids: Iterable[int]) -> dict[int, list[int]]:
    """The services that the updates of these incidents name, by incident."""
    found: dict[int, list[int]] = {}
    ids = list(incident_ids)
    if ids:
        for incident, service in session.exec(_SERVICES_NAMED, params={"incidents": ids}):
            found.setdefault(incident, []).append(service)
    return found


def incidents_naming(
    session: Session, service_id: int, now: datetime, *, lasting_since: datetime
) -> Sequence[IncidentRow]:
    """The visible incidents naming the service that are open or ended after `lasting_since`."""
    bound = {"now": now, "service": service_id, "since": lasting_since}
    return session.exec(_NAMING, params=bound).all()


def open_incidents_naming(session: Session, service_id: int) -> Sequence[IncidentRow]:
    """The incidents naming the service that are open, drafts too."""
    is_there = (col(IncidentRow.is_open), col(IncidentRow.deleted_at).is_(None))
    return session.exec(select(IncidentRow).where(_names(service_id), *is_there)).all()


_UPDATES = (
    select(IncidentUpdateRow)
    .where(
        col(IncidentUpdateRow.incident_id).in_(bindparam("incidents", expanding=True)),
        col(IncidentUpdateRow.removed_at).is_(None),
    )
    .order_by(col(IncidentUpdateRow.posted_at), col(IncidentUpdateRow.id))
)
# The facts of updates without their texts.
_COURSE = (
    select(
        IncidentUpdateRow.id,
        IncidentUpdateRow.incident_id,
        IncidentUpdateRow.posted_at,
        IncidentUpdateRow.status,
    )
    .where(
        col(IncidentUpdateRow.incident_id).in_(bindparam("incidents", expanding=True)),
        col(IncidentUpdateRow.removed_at).is_(None),
    )
    .order_by(col(IncidentUpdateRow.posted_at), col(IncidentUpdateRow.id))
)
_NEWEST_UPDATE = (
    select(IncidentUpdateRow.public_id)
    .where(
        IncidentUpdateRow.incident_id == bindparam("incident"),
        col(IncidentUpdateRow.removed_at).is_(None),
    )
    .order_by(col(IncidentUpdateRow.id).desc())
    .limit(1)
)
_SERVICES_OF_UPDATES = (
    select(
        IncidentUpdateRow.incident_id,
        UpdateServiceRow.update_id,
        UpdateServiceRow.service_id,
        UpdateServiceRow.status,
    )
    .join(UpdateServiceRow, and_(col(UpdateServiceRow.update_id) == IncidentUpdateRow.id))
    .where(
        col(IncidentUpdateRow.incident_id).in_(bindparam("incidents", expanding=True)),
        col(IncidentUpdateRow.removed_at).is_(None),
    )
    .order_by(col(UpdateServiceRow.update_id), col(UpdateServiceRow.service_id))
)


_SERVICES_NAMED = (
    select(IncidentUpdateRow.incident_id, UpdateServiceRow.service_id)
    .join(UpdateServiceRow, and_(col(UpdateServiceRow.update_id) == IncidentUpdateRow.id))
    .where(
        col(IncidentUpdateRow.incident_id).in_(bindparam("incidents", expanding=True)),
        col(IncidentUpdateRow.removed_at).is_(None),
    )
    .distinct()
)


_POSTMORTEMS = select(PostmortemRow).where(
    col(PostmortemRow.incident_id).in_(bindparam("incidents", expanding=True))
)
_VISIBLE_POSTMORTEMS = _POSTMORTEMS.where(visible(PostmortemRow, _NOW))
_EVIDENCE = (
    select(EvidenceRow)
    .where(col(EvidenceRow.incident_id).in_(bindparam("incidents", expanding=True)))
    .order_by(col(EvidenceRow.id).desc())
)


def updates_by_incident(
    session: Session, incident_ids: Iterable[int]
) -> dict[int, Sequence[IncidentUpdateRow]]:
    """The updates of these incidents, oldest first, by incident."""

    def read(ids: list[int]) -> dict[int, list[IncidentUpdateRow]]:
        found: dict[int, list[IncidentUpdateRow]] = {}
        for row in session.exec(_UPDATES, params={"incidents": ids}):
            found.setdefault(row.incident_id, []).append(row)
        return found

    return remembered_each(session, "updates", incident_ids, read)


def updates_of(session: Session, incident_id: int) -> Sequence[IncidentUpdateRow]:
    """The updates of an incident, oldest first."""
    return updates_by_incident(session, [incident_id]).get(incident_id, ())


def update_facts_of(
    session: Session, incident_ids: Iterable[int]
) -> Sequence[tuple[int | None, int, datetime, str]]:
    """The updates of these incidents without texts: number, incident, posted_at, status."""
    ids = list(incident_ids)
    return session.exec(_COURSE, params={"incidents": ids}).all() if ids else ()


def newest_update(session: Session, incident_id: int) -> str | None:
    """The public id of the update of an incident that was stored last, whatever its `posted_at`."""
    return session.exec(_NEWEST_UPDATE, params={"incident": incident_id}).first()


def has_import_key(session: Session, key: str) -> bool:
    """Whether an incident that is not deleted was imported with this key."""
    query = select(IncidentRow.id).where(
        IncidentRow.import_key == key, col(IncidentRow.deleted_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def find_update(session: Session, incident_id: int, public_id: str) -> IncidentUpdateRow | None:
    """One update of one incident, unless it was removed."""
    return session.exec(
        select(IncidentUpdateRow).where(
            IncidentUpdateRow.incident_id == incident_id,
            IncidentUpdateRow.public_id == public_id,
            col(IncidentUpdateRow.removed_at).is_(None),
        )
    ).first()


def removed_updates_of(session: Session, incident_id: int) -> Sequence[IncidentUpdateRow]:
    """The updates of an incident that were removed, oldest first; for the history of staff."""
    return session.exec(
        select(IncidentUpdateRow)
        .where(
            IncidentUpdateRow.incident_id == incident_id,
            col(IncidentUpdateRow.removed_at).is_not(None),
        )
        .order_by(col(IncidentUpdateRow.id))
    ).all()


def services_of_updates(session: Session, incident_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """The status that each update of these incidents gives each service, by update."""

    def read(ids: list[int]) -> dict[int, dict[int, dict[int, str]]]:
        found: dict[int, dict[int, dict[int, str]]] = {}
        rows = session.exec(_SERVICES_OF_UPDATES, params={"incidents": ids})
        for incident, update, service, status in rows:
            found.setdefault(incident, {}).setdefault(update, {})[service] = status
        return found

    by_incident = remembered_each(session, "services of updates", incident_ids, read)
    return {update: each for updates in by_incident.values() for update, each in updates.items()}


def postmortem_of(session: Session, incident_id: int) -> PostmortemRow | None:
    """The postmortem of an incident, unpublished too; for staff."""
    return session.get(PostmortemRow, incident_id)


def postmortems_of(
    session: Session, incident_ids: Iterable[int], now: datetime, *, drafts: bool
) -> dict[int, PostmortemRow]:
    """The postmortems of these incidents by incident; the visible ones unless `drafts`."""

    def read(ids: list[int]) -> dict[int, PostmortemRow]:
        bound: dict[str, object] = {"incidents": ids}
        query = _POSTMORTEMS
        if not drafts:
            query, bound["now"] = _VISIBLE_POSTMORTEMS, now
        return {row.incident_id: row for row in session.exec(query, params=bound)}

    kind = ("postmortems", None if drafts else now)
    return remembered_each(session, kind, incident_ids, read)


def evidence_of(session: Session, incident_ids: Iterable[int]) -> dict[int, list[EvidenceRow]]:
    """The evidence that automation attached to these incidents, newest first, by incident."""

    def read(ids: list[int]) -> dict[int, list[EvidenceRow]]:
        evidence: dict[int, list[EvidenceRow]] = {}
        for row in session.exec(_EVIDENCE, params={"incidents": ids}):
            evidence.setdefault(row.incident_id, []).append(row)
        return evidence

    return remembered_each(session, "evidence", incident_ids, read)


def former_texts_of(
    session: Session, incident_id: int
) -> dict[tuple[str, int], list[FormerTextRow]]:
    """The former texts of an incident, newest first, by subject and number of the subject."""
    updates = select(IncidentUpdateRow.id).where(IncidentUpdateRow.incident_id == incident_id)
    of_incident = and_(
        col(FormerTextRow.subject).in_(["incident", "postmortem"]),
        col(FormerTextRow.subject_id) == incident_id,
    )
    of_updates = and_(
        col(FormerTextRow.subject) == "update", col(FormerTextRow.subject_id).in_(updates)
    )
    found = session.exec(
        select(FormerTextRow)
        .where(or_(of_incident, of_updates))
        .order_by(col(FormerTextRow.id).desc())
    ).all()
    former: dict[tuple[str, int], list[FormerTextRow]] = {}
    for row in found:
        former.setdefault((row.subject, row.subject_id), []).append(row)
    return former
