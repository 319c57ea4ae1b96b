"""Retries: when a delivery is attempted again after a failure, and when it is given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.notifications.states import StopReason

__all__ = [
    "EMAIL_RETRIES",
    "LONGEST_RETRY_AFTER",
    "PUSH_RETRIES",
    "ROOM_RETRIES",
    "WEBHOOK_RETRIES",
    "FailingRule",
    "RetrySchedule",
    "delivery_expires_at",
    "lane_pause",
    "retry_pause",
]

# What a receiving system may ask to wait.
LONGEST_RETRY_AFTER = timedelta(hours=6)
_JITTER = 0.2
# 2^12 seconds are more than an hour.
_MOST_DOUBLINGS = 12
_LANE_PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True, slots=True)
class FailingRule:
    """When a subscriber is stopped because delivery keeps failing.

    That is after `attempts` failed attempts over `period` or longer, without one that succeeded.
    """

    period: timedelta
    attempts: int


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """The pauses between the attempts of one delivery.

    After the last of `pauses`, `last_pause` follows each attempt; None gives the delivery up.
    `gives_up_after` is counted from when the delivery was made; None: when its notice expires.
    `gone_reason` is why a subscriber is stopped who has ceased to exist; with `deletes_gone` it is
    deleted instead, because nobody could start it again. Without a `failing` rule, a subscriber who
    cannot be reached is never stopped for it.
    """

    pauses: Sequence[timedelta]
    last_pause: timedelta | None
    gives_up_after: timedelta | None
    gone_reason: StopReason = StopReason.GONE
    deletes_gone: bool = False
    failing: FailingRule | None = None


def _minutes(*amounts: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=each) for each in amounts)


EMAIL_RETRIES = RetrySchedule(
    _minutes(1, 5, 15, 60), timedelta(hours=3), None, gone_reason=StopReason.BOUNCED
)
# The example of Standard Webhooks, spec/standard-webhooks.md, "Deliverability and reliability".
WEBHOOK_RETRIES = RetrySchedule(
    (timedelta(seconds=5), *_minutes(5, 30, 120, 300, 600, 840, 1200, 1440)),
    None,
    timedelta(hours=76),
    failing=FailingRule(timedelta(days=5), 20),
)
ROOM_RETRIES = RetrySchedule(
    (timedelta(seconds=5), timedelta(seconds=30), *_minutes(2, 10, 30)),
    timedelta(hours=1),
    timedelta(hours=24),
)
PUSH_RETRIES = RetrySchedule(_minutes(1, 5, 15), None, timedelta(hours=1), deletes_gone=True)


def retry_pause(
    schedule: RetrySchedule, attempts: int, *, jitter: float, retry_after: float | None = None
) -> timedelta | None:
    """The pause after failed attempt number `attempts`, from 1; None when there is no other one.

    `jitter` between -1 and 1 changes it by up to a fifth. `retry_after`, the seconds that the
    receiving system asks to wait, replaces it, up to six hours; a shorter wait becomes longer with
    each attempt, so that a receiver that always asks to try at once is not asked for a day.
    """
    is_listed = attempts <= len(schedule.pauses)
    pause = schedule.pauses[attempts - 1] if is_listed else schedule.last_pause
    if pause is None:
        return None
    if retry_after is not None:
        shortest = min(pause, timedelta(seconds=2 ** min(attempts - 1, _MOST_DOUBLINGS)))
        return min(max(timedelta(seconds=retry_after), shortest), LONGEST_RETRY_AFTER)
    return pause * (1 + _JITTER * jitter)


def lane_pause(failures: int, *, jitter: float, retry_after: float | None = None) -> timedelta:
    """For how long a lane is paused after `failures`, from 1, in a row."""
    seconds = _LANE_PAUSES[min(failures, len(_LANE_PAUSES)) - 1] * (1 + _JITTER * jitter)
    asked = timedelta(seconds=max(retry_after or 0.0, 0.0))
    return max(timedelta(seconds=seconds), min(asked, LONGEST_RETRY_AFTER))


def delivery_expires_at(
    schedule: RetrySchedule, made_at: datetime, notice_expires_at: datetime, *, is_bounded: bool
) -> datetime:
    """When a delivery expires that is made at `made_at`.

    `is_bounded`: it never outlasts its notice, as that of a maintenance, which is about a window.
    """
    if schedule.gives_up_after is None:
        return notice_expires_at
    own = made_at + schedule.gives_up_after
    return min(own, notice_expires_at) if is_bounded else own
