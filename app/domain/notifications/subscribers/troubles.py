"""Troubles of a subscriber: the failures that stop it, permanent ones or many over days."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.notifications.retries import FailingRule

__all__ = ["is_failing", "is_unreachable", "with_failure", "with_trouble"]

_COUNTED = timedelta(days=30)
_DAYS = 3


def with_trouble(
    troubles: Sequence[Mapping[str, Any]], now: datetime, code: str
) -> list[dict[str, Any]]:
    """The troubles of the last 30 days with one more; one for each day."""
    today = now.date().isoformat()
    recent = [dict(each) for each in troubles if _is_recent(each, now) and each["on"] != today]
    return [*recent, {"on": today, "code": code}]


def is_failing(troubles: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    """Whether there were troubles on three days of the last 30."""
    return len({each["on"] for each in troubles if _is_recent(each, now)}) >= _DAYS


def with_failure(
    troubles: Sequence[Mapping[str, Any]],
    now: datetime,
    code: str,
    *,
    succeeded_at: datetime | None,
) -> list[dict[str, Any]]:
    """The failed attempts by day since the last success, with one more.

    Each day has the time of its first attempt in `at`, the number in `attempts`, the last `code`.
    """
    today = now.date().isoformat()
    since = [dict(each) for each in troubles if _is_since(each, now, succeeded_at)]
    if since and since[-1]["on"] == today:
        last = since[-1]
        return [*since[:-1], {**last, "code": code, "attempts": last["attempts"] + 1}]
    return [*since, {"on": today, "code": code, "at": now.isoformat(), "attempts": 1}]


def is_unreachable(troubles: Sequence[Mapping[str, Any]], now: datetime, rule: FailingRule) -> bool:
    """Whether the failures that `with_failure` counted are as many and as old as the rule says."""
    counted = [each for each in troubles if "at" in each]
    if not counted:
        return False
    first = min(datetime.fromisoformat(each["at"]) for each in counted)
    attempts = sum(int(each["attempts"]) for each in counted)
    return attempts >= rule.attempts and now - first >= rule.period


def _is_recent(trouble: Mapping[str, Any], now: datetime) -> bool:
    return str(trouble["on"]) > (now - _COUNTED).date().isoformat()


def _is_since(trouble: Mapping[str, Any], now: datetime, succeeded_at: datetime | None) -> bool:
    """Whether a day of failures counts: it is recent, and no success has come after it began."""
    if "at" not in trouble or not _is_recent(trouble, now):
        return False
    return succeeded_at is None or datetime.fromisoformat(trouble["at"]) > succeeded_at
