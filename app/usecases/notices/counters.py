"""Counters of notifications: how long deliveries took, and which bounces and complaints came."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.db.queries import counters
from app.usecases.context import Ctx

__all__ = [
    "BUCKETS",
    "DeliverySeconds",
    "bounces",
    "complaints",
    "count_bounce",
    "count_complaint",
    "count_delivery_seconds",
    "count_ended",
    "count_request",
    "delivery_seconds",
    "ended",
    "requests",
]

# Upper bounds in seconds; the last bucket has no bound.
BUCKETS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)
_SECONDS, _SUM = "delivery_seconds", "sum"
_BOUNCES, _COMPLAINTS = "bounces", "complaints"
_ENDED, _REQUESTS = "deliveries", "subscribe_requests"
# RFC 3463 section 3: the class, and the subject from 0 to 7.
_STATUS = re.compile(r"([245]\.[0-7])\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class DeliverySeconds:
    """Histogram of the seconds from a notice to its accepted deliveries, all since the beginning.

    `counts` are the numbers of deliveries up to each of BUCKETS, and of all.
    """

    counts: Sequence[int]
    total: float


def count_delivery_seconds(ctx: Ctx, seconds: Iterable[float]) -> None:
    """Count deliveries that were accepted so many seconds after their notice."""
    amounts: Counter[tuple[str, str]] = Counter()
    total = 0.0
    for each in seconds:
        amounts[_SECONDS, str(bisect_left(BUCKETS, each))] += 1
        total += max(each, 0.0)
    counters.increase(ctx.session, {**amounts, (_SECONDS, _SUM): total})


def delivery_seconds(ctx: Ctx) -> DeliverySeconds:
    """The histogram."""
    found = counters.read_counters(ctx.session, _SECONDS)
    counts, so_far = [], 0
    for number in range(len(BUCKETS) + 1):
        so_far += int(found.get(str(number), 0))
        counts.append(so_far)
    return DeliverySeconds(counts, found.get(_SUM, 0.0))


def count_bounce(ctx: Ctx, status: str | None) -> None:
    """Count a report of a failure by the class and subject of its status (RFC 3463)."""
    match = _STATUS.fullmatch(status or "")
    counters.increase(ctx.session, {(_BOUNCES, match[1] if match else "unknown"): 1})


def count_complaint(ctx: Ctx) -> None:
    """Count a complaint about a mail."""
    counters.increase(ctx.session, {(_COMPLAINTS, ""): 1})


def count_ended(ctx: Ctx, numbers: Mapping[tuple[str, str], int]) -> None:
    """Count deliveries that have ended, by channel and state."""
    counters.increase(
        ctx.session,
        {(_ENDED, f"{kind}/{state}"): number for (kind, state), number in numbers.items()},
    )


def count_request(ctx: Ctx, outcome: str) -> None:
    """Count a request of the form to subscribe by its outcome."""
    counters.increase(ctx.session, {(_REQUESTS, outcome): 1})


def ended(ctx: Ctx) -> Mapping[tuple[str, str], float]:
    """The numbers of deliveries that have ended and were counted, by channel and state."""
    found = counters.read_counters(ctx.session, _ENDED)
    return {(name.partition("/")[0], name.partition("/")[2]): n for name, n in found.items()}


def requests(ctx: Ctx) -> Mapping[str, float]:
    """The numbers of requests of the form to subscribe, by outcome."""
    return counters.read_counters(ctx.session, _REQUESTS)


def bounces(ctx: Ctx) -> Mapping[str, float]:
    """The numbers of failures that were reported, by class."""
    return counters.read_counters(ctx.session, _BOUNCES)


def complaints(ctx: Ctx) -> float:
    """The number of complaints."""
    return counters.read_counters(ctx.session, _COMPLAINTS).get("", 0.0)
