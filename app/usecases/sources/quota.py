"""Daily quota of stored inbound events: for each source, and for all sources together.

It bounds the growth of the database: a source that is misconfigured, or whose token is known to
others, could otherwise fill the disk within its rate limit. Days are UTC days.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.db.queries.sources import hook_usage, sources
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.sources.sources import required_source

__all__ = [
    "HookQuota",
    "QuotaLevel",
    "UsageCounter",
    "all_levels",
    "delete_old_usage",
    "near_limits",
    "next_day",
    "seconds_until_next_day",
    "source_level",
    "stored_by_source",
    "usage_day",
]

_NEAR_LIMIT = 0.8


@dataclass(frozen=True, slots=True)
class HookQuota:
    """Bytes that may be stored in a day, of one source and of all; 0 means no limit."""

    source_bytes: int = 0
    all_bytes: int = 0


@dataclass(frozen=True, slots=True)
class QuotaLevel:
    """What is stored today of a source, or of all sources if `id` is None, and the limit.

    `limit` 0 means no limit.
    """

    id: str | None
    name: str
    kind: str
    stored_bytes: int
    limit: int

    @property
    def is_near_limit(self) -> bool:
        """Whether 80 % of the limit or more is used."""
        return self.limit > 0 and self.stored_bytes >= self.limit * _NEAR_LIMIT


class UsageCounter:
    """Counts the events that one transaction stores, and says which ones still fit the quota.

    `stored` are the bytes of the day that are stored before it, by the internal id of the source.
    """

    def __init__(self, stored: Mapping[int, int], quota: HookQuota) -> None:
        self._quota = quota
        self._stored = Counter(stored)
        self._total = self._stored.total()
        self._new_bytes: Counter[int] = Counter()
        self._new_events: Counter[int] = Counter()

    def fits(self, source_id: int, size: int) -> bool:
        """Whether an event of this size can be stored without exceeding the quota."""
        for used, limit in (
            (self._stored[source_id], self._quota.source_bytes),
            (self._total, self._quota.all_bytes),
        ):
            if limit and used + size > limit:
                return False
        return True

    def count(self, source_id: int, size: int) -> None:
        """Count an event that is stored."""
        self._stored[source_id] += size
        self._total += size
        self._new_bytes[source_id] += size
        self._new_events[source_id] += 1

    @property
    def new(self) -> Mapping[int, tuple[int, int]]:
        """The number and the size in bytes of the counted events, by the id of the source."""
        return {
            source: (events, self._new_bytes[source]) for source, events in self._new_events.items()
        }


def source_level(ctx: Ctx, source_id: str, quota: HookQuota) -> QuotaLevel:
    """What is stored today of a source. Raises NotFoundError."""
    ctx.require(Action.READ)
    row = required_source(ctx, source_id)
    stored = _stored_today(ctx).get(row.id or 0, 0)
    return QuotaLevel(row.public_id, row.name, row.kind, stored, quota.source_bytes)


def stored_by_source(ctx: Ctx) -> Mapping[str, int]:
    """The bytes stored today, by the id of the source; a source without events is missing."""
    ctx.require(Action.READ)
    stored = _stored_today(ctx)
    rows = sources.sources_by_id(ctx.session, stored)
    return {row.public_id: stored[number] for number, row in rows.items()}


def all_levels(ctx: Ctx, quota: HookQuota) -> tuple[QuotaLevel, ...]:
    """What is stored today of all sources, and of each source with events today, for metrics."""
    stored = _stored_today(ctx)
    rows = sources.sources_by_id(ctx.session, stored)
    total = QuotaLevel(None, "", "", sum(stored.values()), quota.all_bytes)
    return (
        total,
        *(
            QuotaLevel(row.public_id, row.name, row.kind, stored[number], quota.source_bytes)
            for number, row in sorted(rows.items())
        ),
    )


def near_limits(ctx: Ctx, quota: HookQuota) -> tuple[QuotaLevel, ...]:
    """The quotas of which 80 % or more is used today."""
    ctx.require(Action.READ)
    return tuple(each for each in all_levels(ctx, quota) if each.is_near_limit)


def usage_day(now: datetime) -> date:
    """The day whose quota events use that are stored now."""
    return now.astimezone(UTC).date()


def seconds_until_next_day(now: datetime) -> int:
    """Seconds until the quota is free again, at the next midnight UTC; at least 1."""
    return max(1, -((now - next_day(now)) // timedelta(seconds=1)))


def next_day(now: datetime) -> datetime:
    """When the quota is free again: the next midnight UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def delete_old_usage(ctx: Ctx, before: datetime) -> None:
    """Delete the usage of the days before that of `before`."""
    hook_usage.delete_usage(ctx.session, before.astimezone(UTC).date())


def _stored_today(ctx: Ctx) -> Mapping[int, int]:
    return hook_usage.bytes_by_source(ctx.session, usage_day(ctx.now))
