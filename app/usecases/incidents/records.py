"""Rows of incidents into the records that pages and the API show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import incidents, services
from app.db.tables import IncidentRow, IncidentUpdateRow, PostmortemRow, ServiceRow
from app.domain.incidents.impact import impact_of
from app.domain.incidents.incidents import (
    UpdateFacts,
    in_order,
    latest_words,
    resolved_at,
    said,
    worst_word,
)
from app.domain.ownership import Owner
from app.domain.page.records import AffectedService, IncidentRecord, PostmortemRecord, UpdateRecord
from app.domain.phrases import Text
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.usecases.context import Ctx

__all__ = ["Evidence", "StaffIncident", "facts_by_incident", "incident_records", "staff_record"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What automation saw or proposes about an incident in staff's hands. Never public."""

    kind: str
    body: Text
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StaffIncident:
    """An incident as staff see it: the record, also of a draft, and what visitors do not see.

    `publish_at` is when a draft becomes public unless it is dismissed; `cause` is what automation
    opened it for; `newest_update` is the one that was written last, whatever time it gives itself.
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


def facts_by_incident(ctx: Ctx, rows: Sequence[IncidentRow]) -> dict[int, list[UpdateFacts]]:
    """What the updates of these incidents contribute, oldest first, by incident."""
    ids = [row.id for row in rows if row.id is not None]
    course = incidents.course_of(ctx.session, ids)
    return _facts(ids, course, incidents.services_of_updates(ctx.session, ids))


def incident_records(
    ctx: Ctx, rows: Sequence[IncidentRow], *, drafts: bool = False
) -> tuple[IncidentRecord, ...]:
    """The records of these incidents, in their order. Who may see them was asked before.

    `drafts` adds postmortems that are not published: for staff only.
    """
    ids = [row.id for row in rows if row.id is not None]
    updates = incidents.updates_of(ctx.session, ids)
    words = incidents.services_of_updates(ctx.session, ids)
    course = ((row.id, row.incident_id, row.posted_at, row.status) for row in updates)
    facts = _facts(ids, course, words)
    named = {service for statuses in words.values() for service in statuses}
    maker = _Maker(
        services.services_by_id(ctx.session, named),
        incidents.postmortems_of(ctx.session, ids, ctx.now, drafts=drafts),
    )
    by_incident: dict[int, list[IncidentUpdateRow]] = {number: [] for number in ids}
    for update in updates:
        by_incident[update.incident_id].append(update)
    return tuple(
        maker.incident(row, by_incident[row.id], facts[row.id])
        for row in rows
        if row.id is not None
    )


def staff_record(ctx: Ctx, row: IncidentRow) -> StaffIncident:
    """The incident as staff see it."""
    ctx.session.flush()
    (record,) = incident_records(ctx, [row], drafts=True)
    found = incidents.evidence_of(ctx.session, row.id or 0)
    postmortem = incidents.postmortem_of(ctx.session, row.id or 0)
    return StaffIncident(
        record,
        Owner(row.owner),
        row.published_at,
        postmortem is not None and postmortem.published_at is not None,
        tuple(Evidence(each.kind, each.body, each.seen_at) for each in found),
        row.publish_at,
        row.cause,
        None if row.impact_override is None else Impact(row.impact_override),
        incidents.newest_update(ctx.session, row.id or 0),
    )


def _facts(
    ids: Iterable[int],
    course: Iterable[tuple[int | None, int, datetime, str]],
    words: Mapping[int, Mapping[int, str]],
) -> dict[int, list[UpdateFacts]]:
    facts: dict[int, list[UpdateFacts]] = {number: [] for number in ids}
    for update, incident, posted_at, status in course:
        number = update or 0
        statuses = {
            service: ServiceStatus(given) for service, given in words.get(number, {}).items()
        }
        facts[incident].append(UpdateFacts(number, posted_at, IncidentStatus(status), statuses))
    return facts


@dataclass(frozen=True, slots=True)
class _Maker:
    services: Mapping[int, ServiceRow]
    postmortems: Mapping[int, PostmortemRow]

    def incident(
        self, row: IncidentRow, updates: Sequence[IncidentUpdateRow], facts: Sequence[UpdateFacts]
    ) -> IncidentRecord:
        rows = {update.id: update for update in updates}
        affected = self._affected_by_update(facts)
        ordered = in_order(facts)
        override = None if row.impact_override is None else Impact(row.impact_override)
        return IncidentRecord(
            id=row.public_id,
            title=row.title,
            status=ordered[-1].status if ordered else IncidentStatus.INVESTIGATING,
            impact=impact_of([worst_word(facts)], override=override),
            started_at=row.started_at,
            resolved_at=resolved_at(facts),
            created_at=row.created_at,
            updated_at=row.updated_at,
            updates=tuple(
                _update(rows[each.number], affected[each.number]) for each in reversed(ordered)
            ),
            services=tuple(
                AffectedService(self.services[service].slug, self.services[service].name, status)
                for service, status in latest_words(facts).items()
            ),
            postmortem=_postmortem(self.postmortems.get(row.id or 0)),
            automatic=any(update.automatic for update in updates),
        )

    def _affected_by_update(
        self, facts: Sequence[UpdateFacts]
    ) -> dict[int, tuple[AffectedService, ...]]:
        affected: dict[int, list[AffectedService]] = {each.number: [] for each in facts}
        standing: dict[int, ServiceStatus] = {}
        for word in said(facts):
            service = self.services[word.service]
            former = standing.get(word.service)
            affected[word.by].append(
                AffectedService(service.slug, service.name, word.status, former)
            )
            standing[word.service] = word.status
        return {number: tuple(each) for number, each in affected.items()}


def _update(row: IncidentUpdateRow, affected: tuple[AffectedService, ...]) -> UpdateRecord:
    return UpdateRecord(
        id=row.public_id,
        status=IncidentStatus(row.status),
        body=row.body,
        posted_at=row.posted_at,
        edited_at=row.edited_at,
        services=affected,
        automatic=row.automatic,
        created_at=row.created_at,
        notify=row.notify,
    )


def _postmortem(row: PostmortemRow | None) -> PostmortemRecord | None:
    if row is None:
        return None
    return PostmortemRecord(row.body, row.published_at or row.created_at, row.edited_at, row.notify)
