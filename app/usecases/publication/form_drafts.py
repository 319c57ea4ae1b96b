"""Form drafts: the fields of a form as a user typed them, stored until the form is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries.publication import pending
from app.db.tables import DraftRow
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.usecases.context import Ctx

__all__ = [
    "FormDraft",
    "delete_draft",
    "delete_old_drafts",
    "list_drafts",
    "read_draft",
    "save_draft",
]

_PLACE_LIMIT = 200
_CHARACTER_LIMIT = 400_000
_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FormDraft:
    """The fields of a form, and when they were saved. `place` says which form it is."""

    fields: Mapping[str, str]
    saved_at: datetime
    place: str = ""


def save_draft(ctx: Ctx, place: str, fields: Mapping[str, str]) -> FormDraft:
    """Save the fields that the actor typed into the form at `place`, replacing an earlier draft.

    Raises InvalidError when they are too large, and ForbiddenError.
    """
    ctx.require(Action.EDIT)
    size = len(place) + sum(len(name) + len(value) for name, value in fields.items())
    if len(place) > _PLACE_LIMIT or size > _CHARACTER_LIMIT:
        raise InvalidError("The form is too large for a draft.", code="draft_too_large")
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    if row is None:
        row = DraftRow(author=ctx.actor.name, place=place, fields={}, saved_at=ctx.now)
        ctx.session.add(row)
    row.fields, row.saved_at = dict(fields), ctx.now
    ctx.session.flush()
    return FormDraft(row.fields, row.saved_at)


def read_draft(ctx: Ctx, place: str) -> FormDraft | None:
    """The draft of the actor for the form at `place`; None when there is none."""
    ctx.require(Action.READ)
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    return None if row is None else FormDraft(row.fields, row.saved_at)


def list_drafts(ctx: Ctx) -> tuple[FormDraft, ...]:
    """The drafts of the actor, the newest first."""
    ctx.require(Action.READ)
    found = pending.drafts_of(ctx.session, ctx.actor.name)
    return tuple(FormDraft(row.fields, row.saved_at, row.place) for row in found)


def delete_draft(ctx: Ctx, place: str) -> None:
    """Delete the draft of the actor for the form at `place`, if there is one."""
    ctx.require(Action.READ)
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    if row is not None:
        ctx.session.delete(row)


def delete_old_drafts(ctx: Ctx) -> None:
    """Delete the drafts that were not saved again for 30 days."""
    pending.delete_drafts(ctx.session, ctx.now - _KEPT_FOR)
