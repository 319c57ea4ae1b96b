"""Upkeep of the outbox: lost leases, expiry, superseding, and retention."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.db.queries.outbox import claims, deliveries, messages
from app.domain.notifications.states import DeliveryState
from app.usecases.context import Ctx

__all__ = [
    "delete_expired",
    "expire",
    "expired_leases",
    "is_open",
    "is_waiting",
    "put_back",
    "supersede_waiting",
]

_BATCH = 500
# Nothing waits for longer than 76 hours; each pause between attempts is shorter.
_LONGEST_WAIT = timedelta(days=4)


def expired_leases(ctx: Ctx) -> Mapping[str, datetime]:
    """The workers with leases that have ended, with the end of the last of these. Only reads."""
    return claims.expired_leases(ctx.session, ctx.now)


def put_back(ctx: Ctx, worker: str, *, until: datetime | None = None) -> None:
    """Let what a worker holds wait again: all of it, or what it held `until` a time at most."""
    claims.put_back_of(ctx.session, worker, until=until)


def is_waiting(ctx: Ctx) -> bool:
    """Whether a delivery waits. Only reads."""
    return bool(claims.waiting_lanes(ctx.session))


def is_open(ctx: Ctx) -> bool:
    """Whether a delivery waits or is being sent. Only reads."""
    return is_waiting(ctx) or deliveries.is_sending(ctx.session)


def expire(ctx: Ctx) -> bool:
    """End one batch of waiting deliveries that have expired; whether there may be more."""
    found = deliveries.expired(ctx.session, ctx.now, limit=_BATCH)
    deliveries.end(ctx.session, found, DeliveryState.DEAD, ctx.now, "expired")
    return len(found) == _BATCH


def supersede_waiting(ctx: Ctx, coalesce: timedelta) -> bool:
    """Supersede one batch of deliveries that have waited for longer than `coalesce`.

    Whether there may be more. A claim supersedes what it meets; this makes a backlog of thousands
    shorter while its lane is paused.
    """
    if not coalesce:
        return False
    since, before = ctx.now - _LONGEST_WAIT, ctx.now - coalesce
    found = deliveries.old_with_newer_notice(ctx.session, since=since, before=before, limit=_BATCH)
    newer = claims.newer_waiting(ctx.session, found) if found else {}
    deliveries.supersede(ctx.session, newer, ctx.now)
    return bool(newer) and len(found) == _BATCH


def delete_expired(ctx: Ctx, days: int) -> bool:
    """Delete one batch of deliveries that ended and were made `days` ago, then of their notices.

    At last, the pictures that were in no other mails. Whether there may be more.
    """
    before = ctx.now - timedelta(days=days)
    if deliveries.delete_old_deliveries(ctx.session, before, limit=_BATCH) == _BATCH:
        return True
    if deliveries.delete_old_notices(ctx.session, before, limit=_BATCH) == _BATCH:
        return True
    messages.delete_unused_pictures(ctx.session, before)
    return False
