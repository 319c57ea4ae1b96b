"""Local times of a recurring maintenance, and the instants for which they stand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["NOT_SKIPPED", "LocalSpan", "RuleWindow", "TypedTimes", "local_time", "rule_window"]


@dataclass(frozen=True, slots=True)
class LocalSpan:
    """Start and end of a window as local times, without an offset; the start comes first."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, starts_at: datetime, ends_at: datetime, zone: tzinfo) -> "LocalSpan":
        """The local times of two instants.

        In the hour that clocks repeat, the end can have an earlier local time than the start. The
        end of the span is then as much later than its start as it is in reality.
        """
        start, end = local_time(starts_at, zone), local_time(ends_at, zone)
        return cls(start, end if end > start else start + (ends_at - starts_at))

    @property
    def length(self) -> timedelta:
        """The difference of the local times."""
        return self.end - self.start

    def starting(self, start: datetime) -> "LocalSpan":
        """The span with another start and an equal length."""
        return LocalSpan(start, start + self.length)


@dataclass(frozen=True, slots=True)
class RuleWindow:
    """One window of a recurrence rule: its local times and its instants in UTC.

    `is_regular` says that every reader of the rule finds these instants: its local times exist
    once, and clocks do not change between them.
    """

    local: LocalSpan
    starts_at: datetime
    ends_at: datetime
    is_regular: bool = True


@dataclass(frozen=True, slots=True)
class TypedTimes:
    """The local start and end of a window as a person typed them, where clocks skip them.

    An instant does not say that 02:30 was meant where the clocks go from 02:00 to 03:00; a rule
    repeats the time that was meant. None where the instant says all.
    """

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of_instants(
        cls, starts_at: datetime | None, ends_at: datetime | None, zone: tzinfo
    ) -> "TypedTimes":
        """The local times of instants written with the offset before a gap of the zone.

        02:30+01:00 is such a time where clocks go from 02:00+01:00 to 03:00+02:00.
        """
        return cls(_skipped(starts_at, zone), _skipped(ends_at, zone))

    def of(self, window: RuleWindow, zone: tzinfo) -> RuleWindow:
        """The window with these local times, if they stand for its instants; else the window."""
        local = LocalSpan(self.start or window.local.start, self.end or window.local.end)
        if local == window.local or local.end <= local.start:
            return window
        typed = rule_window(local, zone)
        is_meant = (typed.starts_at, typed.ends_at) == (window.starts_at, window.ends_at)
        return typed if is_meant else window


NOT_SKIPPED = TypedTimes()


def local_time(at: datetime, zone: tzinfo) -> datetime:
    """The local time of an instant, without its offset."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def rule_window(local: LocalSpan, zone: tzinfo) -> RuleWindow:
    """The window with these local times in a time zone, by RFC 5545 section 3.3.5.

    A time that clocks repeat is the first of the two; one that they skip has the offset before the
    gap. Where the window would end before it starts, because clocks skip its start, its length is
    that of the local times.
    """
    start, end = local.start.replace(tzinfo=zone), local.end.replace(tzinfo=zone)
    before, after = _offset(start), _offset(end)
    starts_at = (local.start - before).replace(tzinfo=UTC)
    ends_at = (local.end - after).replace(tzinfo=UTC)
    if ends_at <= starts_at:
        ends_at = starts_at + local.length
    # Of a local time that exists once, `fold` does not change the offset (PEP 495).
    offsets = {before, after, _offset(start.replace(fold=1)), _offset(end.replace(fold=1))}
    return RuleWindow(local, starts_at, ends_at, is_regular=len(offsets) == 1)


def _skipped(at: datetime | None, zone: tzinfo) -> datetime | None:
    """The local time that an instant is written with, if clocks skip it; None elsewhere."""
    if at is None:
        return None
    written = at.replace(tzinfo=None)
    is_of_zone = written.replace(tzinfo=zone).astimezone(UTC) == at
    return written if is_of_zone and local_time(at, zone) != written else None


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta()
