"""What somebody was typing, kept until it is sent: nothing typed is ever lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries import pending
from app.db.tables import DraftRow
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.usecases.context import Ctx

__all__ = ["Draft", "forget_draft", "forget_old_drafts", "keep_draft", "read_draft"]

_MOST_CHARACTERS = 400_000
_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a form as they were typed last."""

    fields: Mapping[str, str]
    saved_at: datetime


def keep_draft(ctx: Ctx, place: str, fields: Mapping[str, str]) -> Draft:
    """Keep what the actor has typed at `place`, instead of what was kept there before.

    Raises InvalidError when it is too much to keep.
    """
    ctx.require(Action.EDIT)
    size = len(place) + sum(len(name) + len(value) for name, value in fields.items())
    if len(place) > 200 or size > _MOST_CHARACTERS:
        raise InvalidError("This is too much to keep as a draft.", code="draft_too_large")
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    if row is None:
        row = DraftRow(author=ctx.actor.name, place=place, fields={}, saved_at=ctx.now)
        ctx.session.add(row)
    row.fields, row.saved_at = dict(fields), ctx.now
    ctx.session.flush()
    return Draft(row.fields, row.saved_at)


def read_draft(ctx: Ctx, place: str) -> Draft | None:
    """What the actor had typed there, None when that was sent or nothing was typed."""
    ctx.require(Action.READ)
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    return None if row is None else Draft(row.fields, row.saved_at)


def forget_draft(ctx: Ctx, place: str) -> None:
    """Drop what the actor had typed there: it was sent, or is not wanted."""
    ctx.require(Action.READ)
    row = pending.draft_at(ctx.session, ctx.actor.name, place)
    if row is not None:
        ctx.session.delete(row)


def forget_old_drafts(ctx: Ctx) -> None:
    """Drop the drafts that nobody has touched for 30 days."""
    pending.forget_drafts(ctx.session, ctx.now - _KEPT_FOR)
