"""Occurrences of a maintenance: its windows in time, by its rule and the changes of staff."""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain.maintenances.maintenance import ACTIVE, Window, over_at, window_status
from app.domain.statuses import MaintenanceStatus

__all__ = [
    "UTC_DATE_TIME",
    "Occurrence",
    "Plan",
    "current",
    "derived_id",
    "occurrence_id",
    "parse_occurrence_id",
]

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
# DATE-TIME in UTC, RFC 5545 section 3.3.5, form 2; for strftime and strptime.
UTC_DATE_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One window of a maintenance.

    `recurs_at` is the start that the rule gives; it identifies the window and stays when staff move
    it. It is None for a maintenance that does not recur. `announced_at` is when the window became
    public.
    """

    recurs_at: datetime | None
    window: Window
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The windows of a maintenance, as planned and as changed.

    `window` is the first one. With `recurs`, `starts` and `ends` are those of all windows that the
    rule gives, in order. `changed` are the windows that staff changed or posted an update on, by
    `recurs_at`, with the time of the first change; those that the rule does not give any more stay
    as they are. `cancelled_at` ends the series.
    """

    window: Window
    announced_at: datetime
    recurs: bool = False
    starts: Sequence[datetime] = ()
    ends: Sequence[datetime] = ()
    changed: Mapping[datetime, tuple[Window, datetime]] = field(default_factory=dict)
    cancelled_at: datetime | None = None

    def laid_out(self, now: datetime, *, back: int, ahead: int) -> list[Occurrence]:
        """The latest `back` windows that have begun, the next `ahead`, and all changed ones.

        They are in the order of their start. The first window after the end of a cancelled series
        is included, as cancelled.
        """
        if not self.recurs:
            return [Occurrence(None, self.window, self.announced_at)]
        starts = self._reached()
        here = bisect_right(starts, now)
        near = starts[max(0, here - back) : here + ahead + len(self.changed)]
        found = [self.at(each) for each in sorted({*near, *self.changed})]
        found.sort(key=lambda each: each.window.starts_at)
        begun = [each for each in found if each.window.starts_at <= now]
        coming = [each for each in found if each.window.starts_at > now]
        waiting = [
            each
            for each in coming
            if window_status(each.window, now) is MaintenanceStatus.SCHEDULED
            or each.recurs_at not in self.changed
        ]
        scheduled = {each.recurs_at for each in waiting[:ahead]} | set(self.changed)
        return [*begun[-back:], *(each for each in coming if each.recurs_at in scheduled)]

    def at(self, recurs_at: datetime) -> Occurrence:
        """The window whose start the rule gives as `recurs_at`."""
        plain = (Window(recurs_at, self._end_of(recurs_at)), None)
        window, changed_at = self.changed.get(recurs_at, plain)
        if self.cancelled_at is not None and self.cancelled_at < over_at(window):
            window = replace(window, cancelled_at=self.cancelled_at)
        announced_at = self._announced_at(recurs_at)
        return Occurrence(recurs_at, window, min(announced_at, changed_at or announced_at))

    def has(self, recurs_at: datetime) -> bool:
        """Whether the maintenance has a window with this start."""
        starts = self._reached()
        here = bisect_right(starts, recurs_at)
        return recurs_at in self.changed or (here > 0 and starts[here - 1] == recurs_at)

    def _end_of(self, recurs_at: datetime) -> datetime:
        here = bisect_left(self.starts, recurs_at)
        if here < len(self.ends) and self.starts[here] == recurs_at:
            return self.ends[here]
        return recurs_at + (self.window.ends_at - self.window.starts_at)

    def _reached(self) -> Sequence[datetime]:
        if self.cancelled_at is None:
            return self.starts
        return self.starts[: bisect_right(self.starts, self.cancelled_at) + 1]

    def _announced_at(self, recurs_at: datetime) -> datetime:
        # A window is public as soon as it is the next one.
        here = bisect_left(self.starts, recurs_at)
        before = [*self.starts[max(0, here - 1) : here], *self.changed]
        return max([self.announced_at, *(each for each in before if each < recurs_at)])


def current(occurrences: Sequence[Occurrence], now: datetime) -> Occurrence | None:
    """The occurrence that is going on, or else the next one, or else the last, of ordered ones."""
    statuses = [window_status(each.window, now) for each in occurrences]
    for wanted in (ACTIVE, {MaintenanceStatus.SCHEDULED}):
        for each, status in zip(occurrences, statuses, strict=True):
            if status in wanted:
                return each
    return occurrences[-1] if occurrences else None


def occurrence_id(recurs_at: datetime) -> str:
    """The id of an occurrence in URLs: its start in UTC, `20300106T020000Z`."""
    return recurs_at.astimezone(UTC).strftime(UTC_DATE_TIME)


def parse_occurrence_id(text: str) -> datetime | None:
    """The start in an occurrence id; None when `text` is no such id."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, UTC_DATE_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def derived_id(*parts: str) -> str:
    """A public id derived from `parts`: equal parts give an equal id."""
    number = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest())
    digits = ""
    while len(digits) < 12:
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
