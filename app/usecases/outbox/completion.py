"""Completion of notices: how many subscribers were notified, once nothing is on the way any more.

The number is stored with the notice, so that visitors read one number that does not change. It
goes with the notice after FYR_DELIVERY_DAYS.
"""

from app.db.queries.outbox import notified
from app.db.queries.page import page
from app.usecases.context import Ctx
from app.usecases.notices.counters import count_ended

__all__ = ["complete_notices", "has_completed"]

_BATCH = 100


def complete_notices(ctx: Ctx) -> bool:
    """Complete one batch of notices all of whose deliveries have ended; whether there may be more.

    Pages are rendered again when they show the number to visitors.
    """
    found = notified.done_notices(ctx.session, limit=_BATCH)
    count_ended(ctx, notified.ended_counts(ctx.session, [row.id or 0 for row in found]))
    counts = notified.sent_counts(ctx.session, [row.id or 0 for row in found])
    for row in found:
        count = counts.get(row.id or 0)
        row.done_at, row.sent = ctx.now, 0
        if count is not None:
            row.sent, row.first_sent_at, row.last_sent_at = (
                count.number,
                count.first_at,
                count.last_at,
            )
        ctx.session.add(row)
    is_visible = any(row.sent and row.subject_kind != "subscriber" for row in found)
    if is_visible and page.read_page(ctx.session).show_notified:
        ctx.touch()
    return len(found) == _BATCH


def has_completed(ctx: Ctx) -> bool:
    """Whether the deliveries of a notice have ended since the last look. Only reads."""
    return notified.has_done_notice(ctx.session)
