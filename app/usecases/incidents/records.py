"""Incident records, built from the stored rows: for public pages, and for staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.queries.outbox import notified
from app.db.snapshot import remembered
from app.db.tables import IncidentRow, IncidentUpdateRow, PostmortemRow
from app.domain.incidents.incidents import ServiceName, UpdateFacts, derive_incident
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notified import NotifiedCount
from app.domain.ownership import Owner
from app.domain.publication import Subject, SubjectKind
from app.domain.records import IncidentRecord, PostmortemRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx

__all__ = [
    "Evidence",
    "StaffIncident",
    "facts_by_incident",
    "incident_records",
    "staff_record",
    "staff_records",
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An observation or proposal of automation about an incident that staff own. Never public."""

    kind: str
    body: Text
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StaffIncident:
    """An incident for staff: the record, also of a draft, and the state that is not public.

    `publish_at` is when a draft becomes public unless it is dismissed; `cause` is the cause for
    which automation opened it; `newest_update` is the update that was stored last, whatever its
    `posted_at`.
    """

    incident: IncidentRecord
    owner: Owner
    published_at: datetime | None
    postmortem_published: bool
    evidence: tuple[Evidence, ...]
    publish_at: datetime | None = None
    cause: str | None = None
    impact_override: Impact | None = None
    newest_update: str | None = None

    @property
    def subject(self) -> Subject:
        """The incident as the subject of a text."""
        return Subject(SubjectKind.INCIDENT, self.incident.id)


def facts_by_incident(ctx: Ctx, rows: Sequence[IncidentRow]) -> dict[int, list[UpdateFacts]]:
    """The facts of the updates of these incidents, oldest first, by incident."""
    ids = [row.id for row in rows if row.id is not None]
    updates = incidents.update_facts_of(ctx.session, ids)
    return _facts(ids, updates, incidents.services_of_updates(ctx.session, ids))


def incident_records(ctx: Ctx, rows: Sequence[IncidentRow]) -> tuple[IncidentRecord, ...]:
    """The records of these incidents, in their order. The caller has checked who may see them."""
    return _Stored.read(ctx, rows, drafts=False).records(ctx, rows)


def staff_record(ctx: Ctx, row: IncidentRow) -> StaffIncident:
    """The record of one incident for staff, built once in a snapshot."""
    key = ("staff incident", row.id, ctx.now)
    return remembered(ctx.session, key, lambda: staff_records(ctx, [row])[0])


def staff_records(ctx: Ctx, rows: Sequence[IncidentRow]) -> tuple[StaffIncident, ...]:
    """The records of these incidents for staff, in their order."""
    ctx.session.flush()
    ids = [row.id or 0 for row in rows]
    evidence = incidents.evidence_of(ctx.session, ids)
    stored = _Stored.read(ctx, rows, drafts=True)
    newest = {n: max(updates, key=_number) for n, updates in stored.updates.items() if updates}
    published = {n for n, each in stored.postmortems.items() if each.published_at is not None}
    return tuple(
        StaffIncident(
            record,
            Owner(row.owner),
            row.published_at,
            row.id in published,
            tuple(
                Evidence(each.kind, each.body, each.seen_at)
                for each in evidence.get(row.id or 0, ())
            ),
            row.publish_at,
            row.cause,
            None if row.impact_override is None else Impact(row.impact_override),
            newest[row.id or 0].public_id if row.id in newest else None,
        )
        for row, record in zip(rows, stored.records(ctx, rows), strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    """The stored updates, oldest first, and postmortems of some incidents, by incident."""

    updates: Mapping[int, Sequence[IncidentUpdateRow]]
    postmortems: Mapping[int, PostmortemRow]

    @classmethod
    def read(cls, ctx: Ctx, rows: Sequence[IncidentRow], *, drafts: bool) -> "_Stored":
        """`drafts` adds postmortems that are not published: for staff only."""
        ids = [row.id for row in rows if row.id is not None]
        found = incidents.updates_by_incident(ctx.session, ids)
        updates = {number: found.get(number, ()) for number in ids}
        return cls(updates, incidents.postmortems_of(ctx.session, ids, ctx.now, drafts=drafts))

    def records(self, ctx: Ctx, rows: Sequence[IncidentRow]) -> tuple[IncidentRecord, ...]:
        """The records of the incidents, in the order of their rows."""
        statuses = incidents.services_of_updates(ctx.session, self.updates)
        without_text = (
            (row.id, row.incident_id, row.posted_at, row.status)
            for updates in self.updates.values()
            for row in updates
        )
        facts = _facts(self.updates, without_text, statuses)
        named = {service for each in statuses.values() for service in each}
        known = services.services_by_id(ctx.session, named)
        maker = _RecordMaker(
            {number: ServiceName(row.slug, row.name) for number, row in known.items()},
            self.postmortems,
            *_notified(ctx, rows),
        )
        return tuple(
            maker.incident(row, self.updates[row.id], facts[row.id])
            for row in rows
            if row.id is not None
        )


def _number(row: IncidentUpdateRow) -> int:
    return row.id or 0


def _facts(
    ids: Iterable[int],
    updates: Iterable[tuple[int | None, int, datetime, str]],
    statuses_by_update: Mapping[int, Mapping[int, str]],
) -> dict[int, list[UpdateFacts]]:
    facts: dict[int, list[UpdateFacts]] = {number: [] for number in ids}
    for update, incident, posted_at, status in updates:
        number = update or 0
        statuses = {
            service: ServiceStatus(value)
            for service, value in statuses_by_update.get(number, {}).items()
        }
        facts[incident].append(UpdateFacts(number, posted_at, IncidentStatus(status), statuses))
    return facts


def _notified(
    ctx: Ctx, rows: Iterable[IncidentRow]
) -> tuple[dict[int, NotifiedCount], dict[int, NotifiedCount]]:
    """How many were notified, by update, and of the postmortem, by incident."""
    numbers = {f"incident:{row.public_id}": row.id or 0 for row in rows}
    by_update: dict[int, NotifiedCount] = {}
    by_incident: dict[int, NotifiedCount] = {}
    for shown in notified.shown_counts(ctx.session, numbers):
        if shown.event == NoticeEvent.INCIDENT_POSTMORTEM:
            by_incident[numbers[shown.thread]] = shown.count
        elif shown.update_id is not None:
            by_update[shown.update_id] = shown.count
    return by_update, by_incident


@dataclass(frozen=True, slots=True)
class _RecordMaker:
    """The services and postmortems that the records of some incidents refer to.

    `notified` is by update, `notified_of_postmortem` by incident.
    """

    services: Mapping[int, ServiceName]
    postmortems: Mapping[int, PostmortemRow]
    notified: Mapping[int, NotifiedCount]
    notified_of_postmortem: Mapping[int, NotifiedCount]

    def incident(
        self, row: IncidentRow, updates: Sequence[IncidentUpdateRow], facts: Sequence[UpdateFacts]
    ) -> IncidentRecord:
        stored = IncidentRecord(
            id=row.public_id,
            title=row.title,
            status=IncidentStatus.INVESTIGATING,
            impact=Impact.NONE,
            started_at=row.started_at,
            resolved_at=None,
            created_at=row.created_at,
            updated_at=row.updated_at,
            updates=(),
            services=(),
            postmortem=_postmortem(
                self.postmortems.get(row.id or 0), self.notified_of_postmortem.get(row.id or 0)
            ),
            automatic=False,
            edited_at=row.edited_at,
        )
        return derive_incident(
            stored,
            {each.id or 0: _update(each, self.notified.get(each.id or 0)) for each in updates},
            facts,
            self.services,
            override=None if row.impact_override is None else Impact(row.impact_override),
        )


def _update(row: IncidentUpdateRow, notified_count: NotifiedCount | None) -> UpdateRecord:
    return UpdateRecord(
        id=row.public_id,
        status=IncidentStatus(row.status),
        body=row.body,
        posted_at=row.posted_at,
        edited_at=row.edited_at,
        services=(),
        automatic=row.automatic,
        created_at=row.created_at,
        notify=row.notify,
        next_update_at=row.next_update_at,
        notified=notified_count,
    )


def _postmortem(
    row: PostmortemRow | None, notified_count: NotifiedCount | None
) -> PostmortemRecord | None:
    if row is None:
        return None
    published_at = row.published_at or row.created_at
    return PostmortemRecord(row.body, published_at, row.edited_at, row.notify, notified_count)
