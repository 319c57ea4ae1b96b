"""VTIMEZONE (RFC 5545 section 3.6.5) of a time zone, with an RRULE for each yearly change."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur
from icalendar.timezone import tzid_from_tzinfo

__all__ = ["time_zone"]

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# In 28 years each date falls on each weekday, so that all days of a yearly rule are seen.
_CYCLE = 28
# Shorter than any time between two changes of a zone; the shortest, Ramadan, lasts four weeks.
_STEP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the offset of a zone. `local` is the local time by the offset before it."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool

    @property
    def kind(self) -> tuple[object, ...]:
        """What all changes of one yearly rule have in common."""
        weekday, time = self.local.weekday(), self.local.time()
        return self.local.month, weekday, time, self.before, self.after, self.name, self.is_daylight


@lru_cache(maxsize=32)
def time_zone(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone | None:
    """The VTIMEZONE for times from the first year on; None for a zone that is written as UTC.

    Changes that come each year are a rule without an end, in the forms that Outlook reads where the
    zone allows it. Changes without a yearly rule, such as those of Africa/Casablanca around
    Ramadan, are listed one by one to the end of the last year.
    """
    name = tzid_from_tzinfo(zone)
    if name in {None, "UTC"}:
        return None
    component = Timezone()
    component.add("tzid", name)
    changes = list(_changes(zone, first_year - 1, last_year + _CYCLE))
    if not any(change.local.year < first_year for change in changes):
        component.add_component(_observance(_in_force(zone, first_year)))
    by_kind: dict[tuple[object, ...], list[_Change]] = defaultdict(list)
    for change in changes:
        by_kind[change.kind].append(change)
    for alike in by_kind.values():
        rule, count = _yearly_rule(alike, last_year)
        for change in alike[: len(alike) - count]:
            if change.local.year <= last_year:
                component.add_component(_observance(change))
        if rule:
            component.add_component(_observance(alike[-count], rule))
    return component


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[_Change]:
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        if _offset(at, zone) != _offset(at + _STEP, zone):
            yield _change_between(at, at + _STEP, zone)
        at += _STEP


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> _Change:
    offset = _offset(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        early, late = (middle, late) if _offset(middle, zone) == offset else (early, middle)
    former, new = early.astimezone(zone), late.astimezone(zone)
    local = (late + offset).replace(tzinfo=None)
    # Europe/Dublin has a standard time in summer, and a negative saving in winter.
    saving, former_saving = new.dst() or timedelta(), former.dst() or timedelta()
    is_daylight = saving > timedelta() or (not saving and former_saving < timedelta())
    return _Change(local, offset, _offset(late, zone), new.tzname() or "", is_daylight)


def _in_force(zone: ZoneInfo, year: int) -> _Change:
    """The offset at the start of a year, as a change that lies before all calendars."""
    at = datetime(year, 1, 1, tzinfo=UTC)
    offset, name = _offset(at, zone), at.astimezone(zone).tzname() or ""
    long_ago = datetime(1970, 1, 1)  # noqa: DTZ001  # a local time
    return _Change(long_ago, offset, offset, name, is_daylight=False)


def _yearly_rule(alike: Sequence[_Change], last_year: int) -> tuple[str, int]:
    """The rule of changes of one kind, and how many of the last ones it gives; no rule is `""`."""
    cycle = {change.local.day for change in alike if change.local.year > last_year}
    if not cycle:
        return "", 0
    first = alike[0].local
    by_year: dict[int, list[int]] = defaultdict(list)
    for change in alike:
        by_year[change.local.year].append(change.local.day)
    since = None
    for year in range(alike[-1].local.year, first.year - 1, -1):
        if by_year[year] != _days_in(year, first.month, first.weekday(), cycle):
            break
        if by_year[year]:
            since = year
    # A rule that does not hold for a whole cycle would only seem to be one.
    if since is None or since > last_year:
        return "", 0
    count = sum(change.local.year >= since for change in alike)
    return _rule(first.month, _WEEKDAYS[first.weekday()], sorted(cycle)), count


def _days_in(year: int, month: int, weekday: int, days: set[int]) -> list[int]:
    """Those of the days that fall on the weekday in this month."""
    return [
        day for day in sorted(days) if datetime(year, month, day, tzinfo=UTC).weekday() == weekday
    ]


def _rule(month: int, weekday: str, days: Sequence[int]) -> str:
    month_length = (datetime(2023, month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
    week, rest = divmod(days[0] - 1, 7)
    if len(days) == 7 and days[-1] == month_length:
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY=-1{weekday}"
    if len(days) == 7 and not rest and week < 4:
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY={week + 1}{weekday}"
    numbers = ",".join(str(day) for day in days)
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={numbers};BYDAY={weekday}"


def _observance(change: _Change, rule: str = "") -> TimezoneStandard | TimezoneDaylight:
    observance = TimezoneDaylight() if change.is_daylight else TimezoneStandard()
    observance.add("dtstart", change.local)
    observance.add("tzoffsetfrom", change.before)
    observance.add("tzoffsetto", change.after)
    observance.add("tzname", change.name)
    if rule:
        observance.add("rrule", vRecur.from_ical(rule))
    return observance


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
