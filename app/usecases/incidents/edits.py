"""Edits of the title, the impact and the updates of an incident. Former texts are kept."""

from dataclasses import replace

from app.db.queries import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow
from app.domain.incidents.incidents import with_updates
from app.domain.localized_text import LocalizedText
from app.domain.ownership import Owner, owner_after
from app.domain.permissions import Action
from app.domain.records import IncidentRecord
from app.domain.statuses import Impact
from app.domain.validation import is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents.lifecycle import required_incident, store_derived
from app.usecases.incidents.records import StaffIncident, staff_record
from app.usecases.text_history import check_unchanged, revised, with_history

__all__ = [
    "edit_incident",
    "edit_update",
    "preview_edit",
    "preview_of_edit",
    "preview_update_edit",
    "store_edit",
]


def edit_incident(
    ctx: Ctx,
    public_id: str,
    *,
    title: LocalizedText | None = None,
    impact: Impact | None = None,
    derive_impact: bool = False,
) -> StaffIncident:
    """Change the title, override the impact, or derive the impact from the services again.

    Raises NotFoundError and ForbiddenError.
    """
    row = _check_edit(ctx, public_id, title)
    before = {"impact": row.impact_override}
    if title is not None:
        row.title = with_history(ctx, row.title, title, subject="incident", subject_id=row.id or 0)
    if impact is not None or derive_impact:
        row.impact_override = impact.value if impact else None
    store_edit(ctx, row)
    audit.record(
        ctx,
        "incident.edit",
        "incident",
        row.public_id,
        before=before,
        after={"impact": row.impact_override, "title_changed": title is not None},
    )
    return staff_record(ctx, row)


def preview_edit(
    ctx: Ctx,
    public_id: str,
    *,
    title: LocalizedText | None = None,
    impact: Impact | None = None,
    derive_impact: bool = False,
) -> StaffIncident:
    """The incident that `edit_incident` would return. Stores nothing. Raises its errors."""
    before = staff_record(ctx, _check_edit(ctx, public_id, title))
    override = impact if impact is not None or derive_impact else before.impact_override
    after = with_updates(before.incident, override=override)
    if title is not None:
        after = replace(after, title=revised(after.title, title))
    return replace(preview_of_edit(ctx, before, after), impact_override=override)


def edit_update(
    ctx: Ctx, public_id: str, update_id: str, *, body: LocalizedText, seen: str | None = None
) -> StaffIncident:
    """Change the text of an update; visitors then read that it was edited, and when.

    `seen` is the version of the text with which the author began: ConflictError
    (`changed_meanwhile`) when there is a newer one. Raises NotFoundError when the incident has no
    such update, and ForbiddenError.
    """
    row, update = _check_update_edit(ctx, public_id, update_id, seen)
    update.body = with_history(ctx, update.body, body, subject="update", subject_id=update.id or 0)
    update.edited_at = ctx.now
    store_edit(ctx, row)
    audit.record(ctx, "update.edit", "incident", row.public_id, after={"update": update_id})
    return staff_record(ctx, row)


def preview_update_edit(
    ctx: Ctx, public_id: str, update_id: str, *, body: LocalizedText, seen: str | None = None
) -> StaffIncident:
    """The incident that `edit_update` would return. Stores nothing. Raises its errors."""
    row, _ = _check_update_edit(ctx, public_id, update_id, seen)
    before = staff_record(ctx, row)
    updates = tuple(
        replace(each, body=revised(each.body, body), edited_at=ctx.now)
        if each.id == update_id
        else each
        for each in before.incident.updates
    )
    return preview_of_edit(ctx, before, replace(before.incident, updates=updates))


def store_edit(ctx: Ctx, row: IncidentRow) -> None:
    """Store what every edit changes: the owner and the derived state."""
    row.owner = owner_after(ctx.actor.kind, Owner(row.owner)).value
    store_derived(ctx, row)


def preview_of_edit(ctx: Ctx, before: StaffIncident, after: IncidentRecord) -> StaffIncident:
    """The incident with what every edit changes, as `store_edit` stores it."""
    return replace(
        before,
        incident=replace(after, updated_at=ctx.now),
        owner=owner_after(ctx.actor.kind, before.owner),
    )


def _check_edit(ctx: Ctx, public_id: str, title: LocalizedText | None) -> IncidentRow:
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=title is not None and row.published_at is not None)
    return row


def _check_update_edit(
    ctx: Ctx, public_id: str, update_id: str, seen: str | None
) -> tuple[IncidentRow, IncidentUpdateRow]:
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    update = None
    if is_public_id(update_id):
        update = incidents.find_update(ctx.session, row.id or 0, update_id)
    update = required(update, "This incident has no such update.", code="update_not_found")
    check_unchanged(seen, update.edited_at)
    return row, update
