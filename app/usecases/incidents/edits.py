"""Edits of what was published, and postmortems. A former text is kept, never overwritten."""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries import incidents
from app.db.tables import IncidentRow, PostmortemRow
from app.domain.errors import InvalidError
from app.domain.localized_text import LocalizedText
from app.domain.ownership import Owner, owner_after
from app.domain.permissions import Action
from app.domain.statuses import Impact
from app.domain.validation import check_past, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents.lifecycle import required_incident, settle
from app.usecases.incidents.records import StaffIncident, staff_record
from app.usecases.text_history import check_unchanged, revised

__all__ = ["NewPostmortem", "edit_incident", "edit_update", "put_postmortem"]


def edit_incident(
    ctx: Ctx,
    public_id: str,
    *,
    title: LocalizedText | None = None,
    impact: Impact | None = None,
    derive_impact: bool = False,
) -> StaffIncident:
    """Change the title, or override the impact, or let it be derived again."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=title is not None and row.published_at is not None)
    before = {"impact": row.impact_override}
    if title is not None:
        row.title = revised(ctx, row.title, title, subject="incident", subject_id=row.id or 0)
    if impact is not None or derive_impact:
        row.impact_override = impact.value if impact else None
    _touched(ctx, row)
    audit.record(
        ctx,
        "incident.edit",
        "incident",
        row.public_id,
        before=before,
        after={"impact": row.impact_override, "title_changed": title is not None},
    )
    return staff_record(ctx, row)


def edit_update(
    ctx: Ctx, public_id: str, update_id: str, *, body: LocalizedText, seen: str | None = None
) -> StaffIncident:
    """Change the text of an update; visitors then see "edited" with the time.

    `seen` is the stamp of the text that the author began with: ConflictError (`changed_meanwhile`)
    when it is another by now. Raises NotFoundError when the incident has no such update.
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    update = None
    if is_public_id(update_id):
        update = incidents.find_update(ctx.session, row.id or 0, update_id)
    update = required(update, "This incident has no such update.", code="update_not_found")
    check_unchanged(seen, update.edited_at)
    update.body = revised(ctx, update.body, body, subject="update", subject_id=update.id or 0)
    update.edited_at = ctx.now
    _touched(ctx, row)
    audit.record(ctx, "update.edit", "incident", row.public_id, after={"update": update_id})
    return staff_record(ctx, row)


@dataclass(frozen=True, slots=True)
class NewPostmortem:
    """The account after an incident. `publish=False` keeps it, or withdraws it, from visitors.

    `published_at` back-dates it. `notify` is whether subscribers hear of it when it is published:
    what visitors see already keeps the choice that was made then.
    """

    body: LocalizedText
    publish: bool
    published_at: datetime | None = None
    notify: bool = True


def put_postmortem(
    ctx: Ctx, public_id: str, new: NewPostmortem, *, seen: str | None = None
) -> StaffIncident:
    """Write or rewrite the postmortem. Raises InvalidError while the incident is open.

    `seen` is the stamp of the text that the author began with: ConflictError
    (`changed_meanwhile`) when it is another by now.
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=new.publish)
    if row.is_open:
        raise InvalidError(
            "A postmortem is written after the end; resolve the incident first.",
            code="incident_open",
        )
    number = row.id or 0
    postmortem = incidents.postmortem_of(ctx.session, number)
    if postmortem is None:
        postmortem = PostmortemRow(incident_id=number, body=new.body, created_at=ctx.now)
        ctx.session.add(postmortem)
    else:
        check_unchanged(seen, postmortem.edited_at)
        postmortem.body = revised(
            ctx, postmortem.body, new.body, subject="postmortem", subject_id=number
        )
        postmortem.edited_at = ctx.now
    if postmortem.published_at is None:
        postmortem.notify = new.notify
    if not new.publish:
        postmortem.published_at = None
    elif postmortem.published_at is None:
        given = new.published_at or ctx.now
        postmortem.published_at = check_past(given, now=ctx.now, field="published_at")
    _touched(ctx, row)
    audit.record(ctx, "postmortem.put", "incident", row.public_id, after={"published": new.publish})
    return staff_record(ctx, row)


def _touched(ctx: Ctx, row: IncidentRow) -> None:
    row.owner = owner_after(ctx.actor.kind, Owner(row.owner)).value
    settle(ctx, row)
