"""Notices about incidents: opened, updated, resolved, reopened, and the postmortem."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.expiry import expires_at
from app.domain.statuses import Impact, IncidentStatus
from app.usecases.context import Ctx
from app.usecases.notices.recording import NewNotice, record_notice

__all__ = [
    "event_of_update",
    "record_opening",
    "record_postmortem",
    "record_update",
    "services_ever_named",
]


def event_of_update(before: IncidentStatus, after: IncidentStatus) -> NoticeEvent:
    """The event of an update, by the status of the incident before it and after it.

    A back-dated update that leaves the status as it was is `incident.updated`.
    """
    was_resolved, is_resolved = (each is IncidentStatus.RESOLVED for each in (before, after))
    if was_resolved == is_resolved:
        return NoticeEvent.INCIDENT_UPDATED
    return NoticeEvent.INCIDENT_RESOLVED if is_resolved else NoticeEvent.INCIDENT_REOPENED


def record_opening(ctx: Ctx, incident: IncidentRow, impact: Impact) -> None:
    """Record that an incident was published, unless none of its updates notifies subscribers.

    Its message has all updates so far.
    """
    updates = incidents.updates_of(ctx.session, incident.id or 0)
    if not any(each.notify for each in updates):
        return
    newest = max(updates, key=lambda each: each.id or 0)
    key = f"{NoticeEvent.INCIDENT_OPENED.value}/{incident.public_id}"
    about = _about(ctx, NoticeEvent.INCIDENT_OPENED, key, incident, impact)
    record_notice(ctx, replace(about, update_id=newest.id, services=_named(ctx, incident)))


def record_update(
    ctx: Ctx,
    event: NoticeEvent,
    incident: IncidentRow,
    update: IncidentUpdateRow,
    impact: Impact,
    named: Iterable[int],
) -> None:
    """Record that an update was posted, if the incident is public and the update notifies.

    `named` are the services that any of its updates has named.
    """
    if incident.published_at is not None and update.notify:
        key = f"{event.value}/{update.public_id}"
        about = _about(ctx, event, key, incident, impact)
        record_notice(ctx, replace(about, update_id=update.id, services=list(named)))


def record_postmortem(ctx: Ctx, incident: IncidentRow, impact: Impact) -> None:
    """Record that the postmortem was published, if the incident is public; once per incident."""
    if incident.published_at is not None:
        key = f"{NoticeEvent.INCIDENT_POSTMORTEM.value}/{incident.public_id}"
        about = _about(ctx, NoticeEvent.INCIDENT_POSTMORTEM, key, incident, impact)
        record_notice(ctx, replace(about, services=_named(ctx, incident)))


def services_ever_named(ctx: Ctx, public_id: str) -> set[str]:
    """The slugs of the services that any update of an incident has named."""
    row = incidents.find_incident(ctx.session, public_id)
    if row is None:
        return set()
    known = services.services_by_id(ctx.session, _named(ctx, row))
    return {each.slug for each in known.values()}


def _named(ctx: Ctx, incident: IncidentRow) -> Sequence[int]:
    """The services that any update of the incident has named."""
    number = incident.id or 0
    return incidents.services_named_by(ctx.session, [number]).get(number, [])


def _about(
    ctx: Ctx, event: NoticeEvent, key: str, incident: IncidentRow, impact: Impact
) -> NewNotice:
    """The notice of an event of an incident, without an update and services."""
    return NewNotice(
        event,
        key,
        f"incident:{incident.public_id}",
        "incident",
        incident.id or 0,
        expires_at(event, ctx.now),
        impact=impact,
    )
