"""Questions about the times of an incident: an author confirms what looks like a typo."""

from datetime import datetime, timedelta

from app.domain.errors import ConflictError
from app.domain.records import IncidentRecord
from app.domain.statuses import IncidentStatus
from app.usecases.context import Ctx

__all__ = ["check_opening_time", "check_questions", "check_start"]

# A wrong day or month moves the start by at least a day; corrections of hours are common.
_LEAST_MOVE = timedelta(days=1)


def check_opening_time(ctx: Ctx, started_at: datetime, confirmed: tuple[str, ...]) -> None:
    """Raise ConflictError (`started_long_ago`) unless an incident that starts a day or more before
    it is opened is confirmed. Automation is not asked.
    """
    ago = ctx.now - started_at
    if ago < _LEAST_MOVE or ctx.actor.kind.is_automation or "started_long_ago" in confirmed:
        return
    raise ConflictError(
        f"The incident would have started {_in_words(ago)} ago. Correct the time, or send it again "
        f"with 'started_long_ago' in `confirm`.",
        code="started_long_ago",
        field="started_long_ago",
        data={"days": _days(ago)},
    )


def check_start(ctx: Ctx, before: datetime, after: datetime, confirmed: tuple[str, ...]) -> None:
    """Raise ConflictError (`moves_start_back`) unless a start that moves back a day or more is
    confirmed. Automation is not asked.
    """
    moved = before - after
    if moved < _LEAST_MOVE or ctx.actor.kind.is_automation or "moves_start_back" in confirmed:
        return
    raise ConflictError(
        f"This moves the start of the incident back {_in_words(moved)}. Correct the time, or "
        f"send it again with 'moves_start_back' in `confirm`.",
        code="moves_start_back",
        field="moves_start_back",
        data={"days": _days(moved)},
    )


def _days(span: timedelta) -> int:
    """Rounded: the start of an incident that was just opened is some seconds ago."""
    return round(span / timedelta(days=1))


def _in_words(span: timedelta) -> str:
    return "1 day" if _days(span) == 1 else f"{_days(span)} days"


def check_questions(
    ctx: Ctx,
    before: IncidentRecord,
    after: IncidentRecord,
    update_id: str,
    confirmed: tuple[str, ...],
) -> None:
    """Raise ConflictError for a consequence of the update's time that is not in `confirmed`.

    The codes are `moves_start_back` (the incident would start a day or more earlier), `stays_open`
    (the update says resolved, but a later one has another status) and `reopens` (a corrected time
    makes another update than the resolving one the latest). Automation is not asked.
    """
    if ctx.actor.kind.is_automation:
        return
    check_start(ctx, before.started_at, after.started_at, confirmed)
    resolves = any(
        each.id == update_id and each.status is IncidentStatus.RESOLVED for each in after.updates
    )
    if resolves and after.is_open and "stays_open" not in confirmed:
        raise ConflictError(
            f"A later update has the status {after.status.value!r}, so the incident stays open. "
            f"Choose a later time, or send it again with 'stays_open' in `confirm`.",
            code="stays_open",
            field="stays_open",
            data={"status": after.status.value},
        )
    is_new = all(each.id != update_id for each in before.updates)
    if after.is_open and not (before.is_open or is_new or "reopens" in confirmed):
        raise ConflictError(
            f"This makes an update with the status {after.status.value!r} the latest one, which "
            f"opens the incident again. Correct the time, or send it again with 'reopens' in "
            f"`confirm`.",
            code="reopens",
            field="reopens",
            data={"status": after.status.value},
        )
