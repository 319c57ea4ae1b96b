"""Publish modes: when an incident that automation opens becomes public."""

import re
from dataclasses import dataclass
from datetime import timedelta

from app.db.queries import incidents, page
from app.domain.errors import InvalidError
from app.domain.ownership import Owner
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import publish

__all__ = ["PublishMode", "effective_publish_mode", "parse_publish_mode", "publish_due"]

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
    row = page.read_page(ctx.session)
    if row.four_eyes and row.four_eyes_automation:
        return PublishMode(at_once=False)
    return parse_publish_mode(text)


def publish_due(ctx: Ctx) -> None:
    """Publish the drafts that are due. A draft that staff own is left to them."""
    for public_id in incidents.drafts_due(ctx.session, ctx.now):
        row = incidents.find_incident(ctx.session, public_id)
        if row is None:
            continue
        if row.owner == Owner.STAFF.value:
            row.publish_at = None
        else:
            publish(ctx, public_id)
