"""Removal of an update: visitors no longer see it, the history of staff keeps it."""

from dataclasses import replace

from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow
from app.domain.errors import ConflictError
from app.domain.incidents.incidents import latest_statuses, with_updates
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.incidents.edits import editable_update, store_edit
from app.usecases.incidents.lifecycle import (
    lock_incident,
    preview_change_of_actor,
)
from app.usecases.incidents.records import StaffIncident, facts_by_incident, staff_record

__all__ = ["preview_removal", "remove_update"]


def remove_update(ctx: Ctx, public_id: str, update_id: str) -> StaffIncident:
    """Remove an update; visitors then read that the incident was edited, and when.

    Status, impact, start and uptime are derived from the other updates. Raises NotFoundError,
    ForbiddenError; ConflictError (`only_update`) when the incident has no other update.
    """
    lock_incident(ctx, public_id)
    row, update = _check_removal(ctx, public_id, update_id)
    former = latest_statuses(facts_by_incident(ctx, [row])[row.id or 0])
    if _is_first(ctx, row, update) and row.stated_start_at is None:
        # The incident began when it was opened, whatever was written then.
        row.stated_start_at = update.posted_at
    update.removed_at = row.edited_at = ctx.now
    store_edit(ctx, row, named_before=former)
    audit.record(ctx, "update.remove", "incident", row.public_id, after={"update": update_id})
    return staff_record(ctx, row)


def preview_removal(ctx: Ctx, public_id: str, update_id: str) -> StaffIncident:
    """The incident that `remove_update` would return. Stores nothing. Raises its errors."""
    row, update = _check_removal(ctx, public_id, update_id)
    before = staff_record(ctx, row)
    updates = tuple(each for each in before.incident.updates if each.id != update_id)
    start = row.stated_start_at
    if start is None:
        first = min(each.posted_at for each in updates)
        start = update.posted_at if _is_first(ctx, row, update) else first
    after = with_updates(
        replace(before.incident, updates=updates, started_at=start, edited_at=ctx.now),
        override=before.impact_override,
    )
    return preview_change_of_actor(ctx, before, after)


def _is_first(ctx: Ctx, row: IncidentRow, update: IncidentUpdateRow) -> bool:
    updates = incidents.updates_of(ctx.session, row.id or 0)
    return update.id == min(each.id or 0 for each in updates)


def _check_removal(
    ctx: Ctx, public_id: str, update_id: str
) -> tuple[IncidentRow, IncidentUpdateRow]:
    row, update = editable_update(ctx, public_id, update_id)
    if len(incidents.updates_of(ctx.session, row.id or 0)) == 1:
        raise ConflictError(
            "This is the only update. Edit its text, or delete the incident.", code="only_update"
        )
    return row, update
