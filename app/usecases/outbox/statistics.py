"""Statistics of notifications for the metrics of operators. No value names a host or an address."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.outbox import delivery_statistics
from app.usecases.context import Ctx
from app.usecases.notices import counters
from app.usecases.notices.counters import DeliverySeconds
from app.usecases.subscribers.requests.form_requests import is_busy

__all__ = ["NotificationStatistics", "notification_statistics"]


@dataclass(frozen=True, slots=True)
class NotificationStatistics:
    """Numbers of subscribers and deliveries, and how long the oldest has waited, in seconds.

    `deliveries` are those that have ended, by channel and state. `paused_lanes` are the numbers of
    paused lanes by channel. `is_form_busy`: requests of the subscribe form wait, because there are
    too many. `deliveries`, `requests` by outcome, `delivery_seconds`, `bounces` by class and
    `complaints` count from the beginning.
    """

    subscribers: Mapping[tuple[str, str], int]
    deliveries: Mapping[tuple[str, str], float]
    queue: Mapping[tuple[str, str], int]
    requests: Mapping[str, float]
    paused_lanes: Mapping[str, int]
    oldest_seconds: float
    fan_out_seconds: float
    is_form_busy: bool
    delivery_seconds: DeliverySeconds
    bounces: Mapping[str, float]
    complaints: float


def notification_statistics(ctx: Ctx) -> NotificationStatistics:
    """The present statistics."""
    session, now = ctx.session, ctx.now
    paused = delivery_statistics.paused_lanes(session, now)
    return NotificationStatistics(
        {(kind, state): n for kind, state, n in delivery_statistics.count_subscribers(session)},
        _ended(ctx),
        {
            (kind, str(priority)): n
            for kind, priority, n in delivery_statistics.count_queue(session)
        },
        counters.requests(ctx),
        Counter(name.partition(":")[0] for name in paused),
        _age(now, delivery_statistics.oldest_due(session, now)),
        _age(now, delivery_statistics.oldest_open_notice(session)),
        is_busy(ctx),
        counters.delivery_seconds(ctx),
        counters.bounces(ctx),
        counters.complaints(ctx),
    )


def _ended(ctx: Ctx) -> Mapping[tuple[str, str], float]:
    """Deliveries that have ended: counted with their notice once that is done, and until then
    here. Counting all that is stored would read the whole table at each scrape.
    """
    found = Counter(dict(counters.ended(ctx)))
    found.update(delivery_statistics.count_ended_of_open(ctx.session))
    return found


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
