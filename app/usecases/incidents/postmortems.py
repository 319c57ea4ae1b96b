"""Postmortems: writing and publishing one, and the facts of an incident with which it begins."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries.incidents import incidents
from app.db.queries.targets import served_chains
from app.db.tables import IncidentRow, PostmortemRow
from app.domain.errors import InvalidError
from app.domain.incidents.postmortem_facts import PostmortemFacts
from app.domain.permissions import Action
from app.domain.records import PostmortemRecord
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import check_past
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents.certificates import chains_of
from app.usecases.incidents.edits import store_edit
from app.usecases.incidents.first_signs import first_signs
from app.usecases.incidents.lifecycle import (
    lock_incident,
    preview_change_of_actor,
    required_incident,
    store_change_of_actor,
)
from app.usecases.incidents.records import StaffIncident, staff_record
from app.usecases.notices.incident_notices import record_postmortem
from app.usecases.text_history import check_unchanged, revised, with_history

__all__ = ["NewPostmortem", "postmortem_facts", "preview_postmortem", "put_postmortem"]


@dataclass(frozen=True, slots=True)
class NewPostmortem:
    """A postmortem to be stored. `publish=False` keeps it, or withdraws it, from visitors.

    `published_at` back-dates it. `notify` is whether its publication notifies subscribers: a
    postmortem that is published already keeps the choice that was made then.
    """

    body: LocalizedText
    publish: bool
    published_at: datetime | None = None
    notify: bool = True


def put_postmortem(
    ctx: Ctx, public_id: str, new: NewPostmortem, *, seen: str | None = None
) -> StaffIncident:
    """Write or rewrite the postmortem. Raises InvalidError while the incident is open.

    `seen` is the version of the text with which the author began: ConflictError
    (`changed_meanwhile`) when there is a newer one. Raises NotFoundError and ForbiddenError.
    """
    lock_incident(ctx, public_id)
    row, postmortem, published_at = _check_postmortem(ctx, public_id, new, seen)
    number = row.id or 0
    if postmortem is None:
        postmortem = PostmortemRow(incident_id=number, body=new.body, created_at=ctx.now)
        ctx.session.add(postmortem)
    else:
        postmortem.body = with_history(
            ctx, postmortem.body, new.body, subject="postmortem", subject_id=number
        )
        postmortem.edited_at = ctx.now
    is_first = postmortem.published_at is None
    if is_first:
        postmortem.notify = new.notify
    postmortem.published_at = published_at
    if is_first and published_at is None:
        # Visitors do not learn that staff are writing: nothing that they see has changed.
        store_change_of_actor(ctx, row)
    else:
        store_edit(ctx, row)
    audit.record(ctx, "postmortem.put", "incident", row.public_id, after={"published": new.publish})
    staff = staff_record(ctx, row)
    if is_first and published_at is not None and postmortem.notify:
        record_postmortem(ctx, row, staff.incident.impact)
    return staff


def preview_postmortem(
    ctx: Ctx, public_id: str, new: NewPostmortem, *, seen: str | None = None
) -> StaffIncident:
    """The incident that `put_postmortem` would return. Stores nothing. Raises its errors."""
    row, postmortem, published_at = _check_postmortem(ctx, public_id, new, seen)
    if postmortem is None:
        record = PostmortemRecord(new.body, published_at or ctx.now, None, new.notify)
    else:
        record = PostmortemRecord(
            revised(postmortem.body, new.body),
            published_at or postmortem.created_at,
            ctx.now,
            new.notify if postmortem.published_at is None else postmortem.notify,
        )
    before = staff_record(ctx, row)
    after = preview_change_of_actor(ctx, before, replace(before.incident, postmortem=record))
    return replace(after, postmortem_published=published_at is not None)


def postmortem_facts(ctx: Ctx, public_id: str) -> PostmortemFacts:
    """The facts known of an incident, a draft too. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.READ)
    row = required_incident(ctx, public_id)
    staff = staff_record(ctx, row)
    alerts = served_chains.alerts_of_incident(ctx.session, row.id or 0)
    return PostmortemFacts(
        staff.incident,
        first_signs(ctx, [row.id or 0]).get(row.id or 0),
        staff.published_at,
        tuple(dict.fromkeys(alert.host for alert in alerts)),
        chains_of(ctx, row),
    )


def _check_postmortem(
    ctx: Ctx, public_id: str, new: NewPostmortem, seen: str | None
) -> tuple[IncidentRow, PostmortemRow | None, datetime | None]:
    """The incident, its postmortem so far, and since when the new one is published."""
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=new.publish)
    if row.is_open:
        raise InvalidError(
            "A postmortem needs a resolved incident; resolve the incident first.",
            code="incident_open",
        )
    postmortem = incidents.postmortem_of(ctx.session, row.id or 0)
    if postmortem is not None:
        # Withdrawing it takes from visitors what two persons have published.
        check_second_person(ctx, public=postmortem.published_at is not None)
        check_unchanged(seen, postmortem.edited_at)
    if not new.publish:
        return row, postmortem, None
    if postmortem is not None and postmortem.published_at is not None:
        return row, postmortem, postmortem.published_at
    published_at = new.published_at or ctx.now
    return row, postmortem, check_past(published_at, now=ctx.now, field="published_at")
