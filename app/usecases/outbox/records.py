"""Public records as a message shows them: what visitors may see, cut at the update of a notice."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from app.db.queries import maintenances
from app.db.queries.incidents import incidents
from app.db.queries.outbox import notices
from app.db.tables import IncidentRow, MaintenanceRow, NoticeRow
from app.domain.incidents.incidents import with_updates
from app.domain.maintenances.occurrences import current, parse_occurrence_id
from app.domain.notifications.events import NoticeEvent
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import Impact
from app.usecases.context import Ctx
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.schedule import plans_of

__all__ = ["record_of", "visible_notices"]


def visible_notices(ctx: Ctx, numbers: Collection[int]) -> set[int]:
    """Those of these notices whose subject visitors may see, with the update that they are about.

    A reminder is not sent any more when its window has been changed or cancelled since.
    """
    return notices.visible_ids(ctx.session, numbers, ctx.now)


def record_of(ctx: Ctx, notice: NoticeRow) -> IncidentRecord | MaintenanceRecord | None:
    """The public record of what a notice is about, as it was when the notice was made.

    Texts are in their present wording; later updates are left out. None when visitors may not see
    it, or when the notice is about neither an incident nor a maintenance.
    """
    if notice.subject_id is None:
        return None
    if notice.subject_kind == "incident":
        incident = notices.visible_incident(ctx.session, notice.subject_id, ctx.now)
        return None if incident is None else _incident(ctx, notice, incident)
    if notice.subject_kind == "maintenance":
        maintenance = notices.visible_maintenance(ctx.session, notice.subject_id, ctx.now)
        return None if maintenance is None else _maintenance(ctx, notice, maintenance)
    return None


def _incident(ctx: Ctx, notice: NoticeRow, row: IncidentRow) -> IncidentRecord | None:
    (record,) = incident_records(ctx, [row])
    stored = incidents.updates_of(ctx.session, row.id or 0)
    last = notice.update_id
    earlier = {
        each.public_id
        for each in stored
        if (each.created_at <= notice.made_at if last is None else (each.id or 0) <= last)
    }
    cut = replace(
        record,
        updates=tuple(each for each in record.updates if each.id in earlier),
        postmortem=record.postmortem if _has_postmortem(notice) else None,
    )
    if not cut.updates:
        return None
    return with_updates(cut, override=Impact(notice.impact))


def _has_postmortem(notice: NoticeRow) -> bool:
    return notice.event == NoticeEvent.INCIDENT_POSTMORTEM.value


def _maintenance(ctx: Ctx, notice: NoticeRow, row: MaintenanceRow) -> MaintenanceRecord:
    # The clock alone changes the status of a window: it is that of the time of the notice.
    then = Ctx(ctx.session, ctx.actor, notice.made_at)
    (planned,) = plans_of(then, [row])
    recurs_at = parse_occurrence_id(notice.thread.partition("/")[2])
    occurrence = None if recurs_at is None else planned.plan.at(recurs_at)
    if occurrence is None:
        occurrence = current(planned.occurrences(then), then.now) or planned.plan.at(row.starts_at)
    record = RecordMaker.of(then, [row]).record(planned, occurrence)
    stored = maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    last = notice.update_id
    earlier = {
        each.public_id
        for each in stored
        if (each.posted_at <= notice.made_at if last is None else (each.id or 0) <= last)
    }
    return replace(
        record,
        updates=tuple(each for each in record.updates if each.id in earlier),
        verifying_at=_until(record.verifying_at, notice.made_at),
        completed_at=_until(record.completed_at, notice.made_at),
        cancelled_at=_until(record.cancelled_at, notice.made_at),
    )


def _until(at: datetime | None, made_at: datetime) -> datetime | None:
    return at if at is not None and at <= made_at else None
