"""Edits of the title, the impact and the updates of an incident. Former texts are kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, IncidentUpdateRow
from app.db.text_json import StoredLocalizedText
from app.domain.errors import InvalidError
from app.domain.incidents.incidents import with_updates
from app.domain.permissions import Action
from app.domain.records import UpdateRecord
from app.domain.statuses import Impact
from app.domain.texts.localized_text import LocalizedText
from app.domain.validation import check_past, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.four_eyes import check_second_person
from app.usecases.incidents.derived_state import store_derived
from app.usecases.incidents.lifecycle import (
    lock_incident,
    preview_change_of_actor,
    required_incident,
    store_change_of_actor,
)
from app.usecases.incidents.next_update import check_next_update
from app.usecases.incidents.questions import check_questions, check_start
from app.usecases.incidents.records import StaffIncident, facts_by_incident, staff_record
from app.usecases.text_history import check_unchanged, revised, with_history
from app.usecases.title_search import languages_of_titles, search_form

__all__ = [
    "IncidentEdit",
    "UpdateEdit",
    "edit_incident",
    "edit_update",
    "editable_update",
    "preview_edit",
    "preview_update_edit",
    "store_edit",
]


@dataclass(frozen=True, slots=True)
class IncidentEdit:
    """A change of an incident; None keeps a value. `derive_impact` derives the impact again.

    `confirm` has the codes of the questions that the author confirmed.
    """

    title: StoredLocalizedText | None = None
    impact: Impact | None = None
    derive_impact: bool = False
    started_at: datetime | None = None
    confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateEdit:
    """A change of an update: another text, another time, another promise of the next update.

    `confirm` has the codes of the questions that the author confirmed; `seen` is the version of the
    text with which the author began. `withdraws_promise` removes the promise.
    """

    body: LocalizedText | None = None
    posted_at: datetime | None = None
    confirm: tuple[str, ...] = ()
    seen: str | None = None
    next_update_at: datetime | None = None
    withdraws_promise: bool = False

    @property
    def changes_promise(self) -> bool:
        """Whether the update promises another time, or none."""
        return self.withdraws_promise or self.next_update_at is not None

    @property
    def is_visible(self) -> bool:
        """Whether visitors read that the update was edited."""
        return self.body is not None or self.posted_at is not None


def edit_incident(ctx: Ctx, public_id: str, edit: IncidentEdit) -> StaffIncident:
    """Change the title, override the impact or derive it again, or correct the start.

    Raises NotFoundError and ForbiddenError; InvalidError when the start is in the future or after
    the first update (`start_after_update`); ConflictError when the start moves back a day or more
    and that is not among the codes in `edit.confirm` (`moves_start_back`).
    """
    lock_incident(ctx, public_id)
    row = _check_edit(ctx, public_id, edit)
    before = {"impact": row.impact_override, "started_at": row.started_at.isoformat()}
    if edit.title is not None:
        row.title = with_history(
            ctx, row.title, edit.title, subject="incident", subject_id=row.id or 0
        )
        row.title_search = search_form(row.title, languages_of_titles(ctx))
    if edit.impact is not None or edit.derive_impact:
        row.impact_override = edit.impact.value if edit.impact else None
    if edit.started_at is not None:
        row.stated_start_at, row.edited_at = edit.started_at, ctx.now
    store_edit(ctx, row)
    audit.record(
        ctx,
        "incident.edit",
        "incident",
        row.public_id,
        before=before,
        after={
            "impact": row.impact_override,
            "started_at": row.started_at.isoformat(),
            "title_changed": edit.title is not None,
        },
    )
    return staff_record(ctx, row)


def preview_edit(ctx: Ctx, public_id: str, edit: IncidentEdit) -> StaffIncident:
    """The incident that `edit_incident` would return. Stores nothing. Raises its errors."""
    before = staff_record(ctx, _check_edit(ctx, public_id, edit))
    override = before.impact_override
    if edit.impact is not None or edit.derive_impact:
        override = edit.impact
    after = with_updates(before.incident, override=override)
    if edit.started_at is not None:
        after = replace(after, started_at=edit.started_at, edited_at=ctx.now)
    if edit.title is not None:
        after = replace(after, title=revised(after.title, edit.title))
    return replace(preview_change_of_actor(ctx, before, after), impact_override=override)


def edit_update(
    ctx: Ctx,
    public_id: str,
    update_id: str,
    edit: UpdateEdit,
) -> StaffIncident:
    """Change the text of an update or correct its time; visitors then read that it was edited.

    Also changes the time by which it promises the next update.

    Raises ConflictError when there is a newer version of the text than `edit.seen`
    (`changed_meanwhile`), and for a question about the new time that is not confirmed. Raises
    NotFoundError when the incident has no such update,
    InvalidError when the time is in the future, or when the update may not promise the next one
    (`not_latest_update` and what `check_next_update` raises), and ForbiddenError.
    """
    lock_incident(ctx, public_id)
    preview_update_edit(ctx, public_id, update_id, edit)
    row, update = _check_update_edit(ctx, public_id, update_id, edit.seen)
    before = {"posted_at": update.posted_at.isoformat()} if edit.posted_at else None
    if edit.body is not None:
        update.body = with_history(
            ctx, update.body, edit.body, subject="update", subject_id=update.id or 0
        )
    update.posted_at = edit.posted_at or update.posted_at
    after = {"update": update_id}
    if edit.posted_at is not None:
        after["posted_at"] = edit.posted_at.isoformat()
    if edit.changes_promise:
        promised_at = update.next_update_at = edit.next_update_at
        after["next_update_at"] = "" if promised_at is None else promised_at.isoformat()
    if edit.is_visible:
        update.edited_at = ctx.now
    store_edit(ctx, row)
    audit.record(ctx, "update.edit", "incident", row.public_id, before=before, after=after)
    return staff_record(ctx, row)


def preview_update_edit(
    ctx: Ctx,
    public_id: str,
    update_id: str,
    edit: UpdateEdit,
) -> StaffIncident:
    """The incident that `edit_update` would return. Stores nothing. Raises its errors."""
    row, _ = _check_update_edit(ctx, public_id, update_id, edit.seen)
    if edit.posted_at is not None:
        check_past(edit.posted_at, now=ctx.now, field="posted_at")
    before = staff_record(ctx, row)
    if edit.changes_promise:
        _check_promise(ctx, before.incident.updates[0], update_id, edit)
    updates = tuple(
        replace(
            each,
            body=each.body if edit.body is None else revised(each.body, edit.body),
            posted_at=edit.posted_at or each.posted_at,
            edited_at=ctx.now if edit.is_visible else each.edited_at,
            next_update_at=edit.next_update_at if edit.changes_promise else each.next_update_at,
        )
        if each.id == update_id
        else each
        for each in before.incident.updates
    )
    after = replace(before.incident, updates=updates)
    if edit.posted_at is not None:
        first = min(each.posted_at for each in updates)
        after = with_updates(
            replace(after, started_at=min(row.stated_start_at or first, first)),
            override=before.impact_override,
        )
        check_questions(ctx, before.incident, after, update_id, edit.confirm)
    return preview_change_of_actor(ctx, before, after)


def _check_promise(ctx: Ctx, latest: UpdateRecord, update_id: str, edit: UpdateEdit) -> None:
    if latest.id != update_id:
        raise InvalidError(
            "Only the latest update promises the next one.",
            code="not_latest_update",
            field="next_update_at",
        )
    check_next_update(ctx, latest.status, edit.next_update_at, None)


def store_edit(ctx: Ctx, row: IncidentRow, *, named_before: Iterable[int] = ()) -> None:
    """Store what every edit changes: the owner and the derived state.

    `named_before` are services that the incident named before an update was removed.
    """
    store_change_of_actor(ctx, row)
    store_derived(ctx, row, named_before=named_before)


def _check_edit(ctx: Ctx, public_id: str, edit: IncidentEdit) -> IncidentRow:
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=edit.title is not None and row.published_at is not None)
    if edit.started_at is not None:
        check_past(edit.started_at, now=ctx.now, field="started_at")
        first = min(each.posted_at for each in facts_by_incident(ctx, [row])[row.id or 0])
        if edit.started_at > first:
            raise InvalidError(
                "The first update was posted before this time. Correct its time first.",
                code="start_after_update",
                field="started_at",
            )
        check_start(ctx, row.started_at, edit.started_at, edit.confirm)
    return row


def _check_update_edit(
    ctx: Ctx, public_id: str, update_id: str, seen: str | None
) -> tuple[IncidentRow, IncidentUpdateRow]:
    row, update = editable_update(ctx, public_id, update_id)
    check_unchanged(seen, update.edited_at)
    return row, update


def editable_update(
    ctx: Ctx, public_id: str, update_id: str
) -> tuple[IncidentRow, IncidentUpdateRow]:
    """An incident and one of its updates, once the actor may change them.

    Raises NotFoundError and ForbiddenError.
    """
    ctx.require(Action.EDIT)
    row = required_incident(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    update = None
    if is_public_id(update_id):
        update = incidents.find_update(ctx.session, row.id or 0, update_id)
    return row, required(update, "This incident has no such update.", code="update_not_found")
