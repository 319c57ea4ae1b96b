"""A reader of calendars (RFC 5545) that knows time zones from their VTIMEZONE alone."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import vRecur

__all__ = ["LAST", "Reader"]

LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001  # local times
LAST = datetime(2037, 1, 1)  # noqa: DTZ001
_FORMS = ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ")


@dataclass(frozen=True)
class Reader:
    """The instants of the events of a calendar.

    With `keeps_local_end`, the windows of a rule end at the local time of its DTEND, as in many
    programs; without, they have its exact duration, as section 3.8.5.3 says.
    """

    calendar: Any  # of icalendar, whose types do not say which property has which value
    keeps_local_end: bool = False

    def windows(self) -> list[tuple[datetime, datetime]]:
        """Start and end in UTC of each event that is not cancelled, in order."""
        events = self.calendar.walk("VEVENT")
        moved = {
            (str(event["uid"]), _wall(event["recurrence-id"])): event
            for event in events
            if "recurrence-id" in event
        }
        found = [_times(event) for key, event in moved.items() if not _is_cancelled(event)]
        for event in events:
            if "rrule" in event:
                found += self._of_rule(event, {wall for uid, wall in moved if uid == event["uid"]})
            elif "recurrence-id" not in event and not _is_cancelled(event):
                found.append(_times(event))
        return sorted(found)

    def _of_rule(self, event: Any, moved: set[datetime]) -> list[tuple[datetime, datetime]]:  # noqa: ANN401
        start, zone = _wall(event["dtstart"]), _TimeZone.of(self.calendar)
        length = event["duration"].dt if "duration" in event else _wall(event["dtend"]) - start
        left_out = {*moved, *_exdates(event)}
        rule = {name: value for name, value in event["rrule"].items() if name != "UNTIL"}
        (until,) = event["rrule"].get("UNTIL", [LAST.replace(tzinfo=UTC)])
        found = []
        for wall in _days(vRecur(rule), start):
            starts_at = zone.instant(wall)
            if starts_at <= until and wall not in left_out:
                end = zone.instant(wall + length) if self.keeps_local_end else starts_at + length
                found.append((starts_at, end))
        return found


@dataclass(frozen=True)
class _TimeZone:
    """The offsets that a VTIMEZONE gives: from which local time on, and which."""

    onsets: tuple[datetime, ...]
    offsets: tuple[timedelta, ...]

    @classmethod
    def of(cls, calendar: Any) -> "_TimeZone":  # noqa: ANN401
        found: dict[datetime, timedelta] = {LONG_AGO: timedelta()}
        for part in (each for zone in calendar.walk("VTIMEZONE") for each in zone.subcomponents):
            onset, offset = part["dtstart"].dt, part["tzoffsetto"].td
            rule = part.get("rrule")
            found |= dict.fromkeys([onset] if rule is None else _days(rule, onset), offset)
        return cls(tuple(sorted(found)), tuple(found[each] for each in sorted(found)))

    def instant(self, wall: datetime) -> datetime:
        offset = self.offsets[bisect_right(self.onsets, wall) - 1]
        return (wall - offset).replace(tzinfo=UTC)


def _days(rule: Any, start: datetime) -> list[datetime]:  # noqa: ANN401
    return rrulestr(rule.to_ical().decode(), dtstart=start).between(start, LAST, inc=True)


def _is_cancelled(event: Any) -> bool:  # noqa: ANN401
    return str(event["status"]) == "CANCELLED"


def _times(event: Any) -> tuple[datetime, datetime]:  # noqa: ANN401
    times = event["dtstart"].dt, event["dtend"].dt
    # Only a time in UTC is exact.
    assert all(each.tzinfo is UTC or each.tzname() == "UTC" for each in times)
    return times


def _wall(value: Any) -> datetime:  # noqa: ANN401
    return _parsed(value.to_ical().decode())


def _exdates(event: Any) -> list[datetime]:  # noqa: ANN401
    if "exdate" not in event:
        return []
    return [_parsed(each) for each in event["exdate"].to_ical().decode().split(",")]


def _parsed(text: str) -> datetime:
    return datetime.strptime(text, _FORMS[text.endswith("Z")])  # noqa: DTZ007  # a local time
