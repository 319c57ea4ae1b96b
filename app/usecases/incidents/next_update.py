"""Promised time of the next update: its validation, and its withdrawal from a draft."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.db.tables import IncidentUpdateRow
from app.domain.errors import InvalidError
from app.domain.statuses import IncidentStatus
from app.domain.validation import check_range, check_time
from app.usecases.context import Ctx

__all__ = ["MAX_MINUTES", "check_next_update", "withdraw_lapsed"]

# A promise of more than a month is a typing error, such as a wrong year.
MAX_MINUTES = 31 * 24 * 60
_FIELD = "next_update_at"


def check_next_update(
    ctx: Ctx, status: IncidentStatus, at: datetime | None, minutes: int | None
) -> datetime | None:
    """The promised time of the next update: `at`, or `minutes` from now; None without a promise.

    Raises InvalidError: for a resolved incident, for a time that is not in the next 31 days, and
    when `at` and `minutes` are given together.
    """
    if at is None and minutes is None:
        return None
    if status is IncidentStatus.RESOLVED:
        raise InvalidError(
            "A resolved incident has no next update. Leave the time out.",
            code="next_update_of_resolved",
            field=_FIELD,
        )
    if minutes is not None:
        if at is not None:
            raise InvalidError("Give a time or minutes, not both.", field=_FIELD)
        return ctx.now + timedelta(minutes=check_range(minutes, 1, MAX_MINUTES, field=_FIELD))
    promised = check_time(at, field=_FIELD) if at is not None else ctx.now
    if not ctx.now < promised <= ctx.now + timedelta(minutes=MAX_MINUTES):
        raise InvalidError(
            "The next update must be due within the next 31 days. Choose another time, or none.",
            code="next_update_not_ahead",
            field=_FIELD,
        )
    return promised


def withdraw_lapsed(ctx: Ctx, updates: Iterable[IncidentUpdateRow]) -> None:
    """Remove the promises of a draft that lapsed before it is published: nobody has read them."""
    for update in updates:
        if update.next_update_at is not None and update.next_update_at <= ctx.now:
            update.next_update_at = None
