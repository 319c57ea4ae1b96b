"""Due times: when time alone gives a job of the worker something to do, unless a commit is first.

Each function returns the earliest such instant after now, or None, and only reads.
"""

from datetime import datetime

from app.db.queries import due_times
from app.usecases.context import Ctx

__all__ = ["next_change", "next_delivery", "next_probe", "next_staff_mail"]


def next_change(ctx: Ctx) -> datetime | None:
    """When a pending text or a draft is published, or an alert becomes stale or expires.

    Causes of alerts that have a transition ahead are not among it: whether they have is
    `ingest.has_due_work`.
    """
    found = (
        due_times.next_pending_text(ctx.session, ctx.now),
        due_times.next_draft(ctx.session, ctx.now),
        due_times.next_alert(ctx.session, ctx.now),
    )
    return min((each for each in found if each is not None), default=None)


def next_delivery(ctx: Ctx) -> datetime | None:
    """When a delivery is due, or the pause of a lane ends."""
    return due_times.next_delivery(ctx.session, ctx.now)


def next_probe(ctx: Ctx) -> datetime | None:
    """When a target is due, or the lease on one ends."""
    return due_times.next_probe(ctx.session, ctx.now)


def next_staff_mail(ctx: Ctx) -> datetime | None:
    """When a mail to staff is due, or the lease on one ends."""
    return due_times.next_staff_mail(ctx.session, ctx.now)
