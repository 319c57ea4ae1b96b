"""Rules of RFC 5545 in the local time of another zone, brought into that of the page.

The two agree but where the clocks of only one of the zones change.
"""

from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["LocalTimes", "move_days"]

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_PARTS = frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"})
# Days that every month has, from its beginning and from its end.
_DAYS_OF_MONTHS = range(1, 29)
_ONCE = "1"
_MONTHS_AHEAD = 12


class LocalTimes:
    """Local times of the page at the distance that its zone has from `source` at a moment: that of
    the next window.
    """

    def __init__(self, zone: tzinfo, moment: datetime, source: tzinfo = UTC) -> None:
        self._zone = zone
        self._source = source
        self._distance = self._distance_at(moment)
        months = (moment + timedelta(days=30 * number) for number in range(_MONTHS_AHEAD + 1))
        # Whether a rule of the source is another one than that of the page.
        self.changes = any(self._distance_at(each) != self._distance for each in months)

    def _distance_at(self, moment: datetime) -> timedelta:
        ours, theirs = (moment.astimezone(each).utcoffset() for each in (self._zone, self._source))
        return (ours or timedelta()) - (theirs or timedelta())

    def _wall(self, at: datetime) -> datetime:
        """What the clocks of the source show, without a zone."""
        return at.astimezone(self._source).replace(tzinfo=None)

    def days_from_source(self, at: datetime) -> int:
        """How many days later the date is on the page than at the source: -1, 0 or 1."""
        wall = self._wall(at)
        return ((wall + self._distance).date() - wall.date()).days

    def moved(self, at: datetime) -> datetime:
        """The moment at which clocks show what they would show with the distance."""
        wall = self._wall(at) + self._distance
        return wall.replace(tzinfo=self._zone).astimezone(UTC)


def move_days(parts: dict[str, str], days: int) -> bool:
    """Move the days that a rule names by -1, 0 or 1; whether that is possible."""
    if days == 0 or not parts.keys() & _DAY_PARTS:
        return True
    named = (parts.keys() & _DAY_PARTS) - {"BYDAY"}
    if not named and parts.get("FREQ") in {"DAILY", "WEEKLY"}:
        found = parts["BYDAY"].split(",")
        if set(found) <= set(_DAYS):
            parts["BYDAY"] = ",".join(_DAYS[(_DAYS.index(day) + days) % 7] for day in found)
            return True
    if named == {"BYMONTHDAY"} and "BYDAY" not in parts:
        moved = [_moved_day(each, days) for each in parts["BYMONTHDAY"].split(",")]
        is_monthly = parts.get("INTERVAL", _ONCE) == _ONCE
        if all(day and (is_monthly or not crosses) for day, crosses in moved):
            parts["BYMONTHDAY"] = ",".join(str(day) for day, _ in moved)
            return True
    return False


def _moved_day(text: str, days: int) -> tuple[int, bool]:
    """The day of the month that is `days` later, and whether it is in another month.

    0 for a day that not every month has.
    """
    if not text.lstrip("-").isdecimal() or abs(int(text)) not in _DAYS_OF_MONTHS:
        return 0, False
    day = int(text)
    if day == -days:
        # The day before the first one is the last one, and the other way round.
        return -day, True
    moved = day + days
    return (moved if abs(moved) in _DAYS_OF_MONTHS else 0), False
