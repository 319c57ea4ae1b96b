"""Troubles of a subscriber: permanent failures on several days stop it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

__all__ = ["is_failing", "with_trouble"]

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


def _is_recent(trouble: Mapping[str, Any], now: datetime) -> bool:
    return str(trouble["on"]) > (now - _COUNTED).date().isoformat()
