"""Publish modes: when an incident that automation opens becomes public."""

import re
from dataclasses import dataclass
from datetime import timedelta

from app.db.queries.incidents import incidents
from app.db.queries.page import page
from app.db.tables import IncidentRow
from app.domain.errors import InvalidError
from app.domain.ownership import Owner
from app.domain.texts.phrases import Phrased
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import publish

__all__ = [
    "PublishMode",
    "effective_publish_mode",
    "parse_publish_mode",
    "publish_due",
    "requires_approval",
]

_AFTER = re.compile(r"auto_after:([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class PublishMode:
    """Publication at once, after a delay unless dismissed, or (neither) by staff."""

    at_once: bool
    after: timedelta | None = None


def parse_publish_mode(text: str) -> PublishMode:
    """Parse `auto`, `draft` or `auto_after:MINUTES`. Raises InvalidError for other texts."""
    if text == "auto":
        return PublishMode(at_once=True)
    if text == "draft":
        return PublishMode(at_once=False)
    match = _AFTER.fullmatch(text)
    if match is None:
        raise InvalidError(
            "The publish mode is `auto`, `draft` or `auto_after:MINUTES`.",
            code="invalid_publish_mode",
            field="publish",
        )
    return PublishMode(at_once=False, after=timedelta(minutes=int(match.group(1))))


def effective_publish_mode(ctx: Ctx, text: str) -> PublishMode:
    """Parse the mode; it is `draft` if the page requires approval of automation's incidents."""
    return PublishMode(at_once=False) if requires_approval(ctx) else parse_publish_mode(text)


def requires_approval(ctx: Ctx) -> bool:
    """Whether the page requires approval of what automation opens."""
    row = page.read_page(ctx.session)
    return row.four_eyes and row.four_eyes_automation


def publish_due(ctx: Ctx) -> None:
    """Publish the drafts that are due and have texts of automation alone.

    A draft that staff own, or of which a person wrote a text, is left to staff; so is every draft
    while the page wants an approval for automation. A draft that another transaction is changing is
    left for the next call.
    """
    wants_approval = requires_approval(ctx)
    for public_id in incidents.drafts_due(ctx.session, ctx.now):
        row = incidents.lock_incident_unless_busy(ctx.session, public_id)
        if row is None or row.published_at is not None or row.publish_at is None:
            continue
        if wants_approval or row.owner == Owner.STAFF.value or _has_text_of_staff(ctx, row):
            row.publish_at = None
        else:
            publish(ctx, public_id)


def _has_text_of_staff(ctx: Ctx, row: IncidentRow) -> bool:
    """Whether a person has written the title or an update: automation writes phrases alone."""
    updates = incidents.updates_of(ctx.session, row.id or 0)
    return not (
        isinstance(row.title, Phrased)
        and all(each.automatic and isinstance(each.body, Phrased) for each in updates)
    )
