"""Turns of a lane with a limited rate, which all workers together take one after the other."""

from dataclasses import dataclass
from datetime import timedelta

from app.db.queries.outbox import lanes
from app.usecases.context import Ctx

__all__ = ["Turns", "next_turns", "reserve_turns"]

# Turns are reserved so far ahead: what is claimed is sent within ten seconds.
_AHEAD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Turns:
    """The next turns of a lane: their number, and after how many seconds the first one is.

    `rate` is in messages a second, None when the lane has no limit.
    """

    number: int
    starts_in: float = 0.0
    rate: float | None = None


def next_turns(ctx: Ctx, lane: str, limit: float | None, wanted: int) -> Turns:
    """The next free turns, `wanted` at most; `limit` is the configured rate.

    The lane is locked until the transaction ends, so that nobody else takes them.
    """
    row = lanes.lock_lane(ctx.session, lane)
    rate = row.rate or limit
    if rate is None:
        return Turns(wanted)
    each = timedelta(seconds=1 / rate)
    # After a clock was put back, nobody waits for the turns of the time before.
    is_ahead = row.next_at is not None and ctx.now < row.next_at <= ctx.now + _AHEAD + each
    start = row.next_at if is_ahead and row.next_at is not None else ctx.now
    number = max(1, round((ctx.now + _AHEAD - start) / each)) if start < ctx.now + _AHEAD else 0
    return Turns(min(number, wanted), (start - ctx.now).total_seconds(), rate)


def reserve_turns(ctx: Ctx, lane: str, turns: Turns, number: int) -> None:
    """Reserve the first ones of the turns that were free in this transaction."""
    if turns.rate is None or not number:
        return
    row = lanes.lock_lane(ctx.session, lane)
    row.next_at = ctx.now + timedelta(seconds=turns.starts_in + number / turns.rate)
    ctx.session.add(row)
