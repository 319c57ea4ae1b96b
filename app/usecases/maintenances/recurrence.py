"""Recurrence rules of maintenances: RFC 5545 section 3.3.10, expanded in a time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from app.domain.maintenances.local_times import LocalSpan, RuleWindow, local_time, rule_window
from app.domain.maintenances.occurrences import UTC_DATE_TIME
from app.domain.texts.phrases import N_
from app.usecases.maintenances.rule_syntax import parse_rule, refusal

__all__ = [
    "RecurrenceSet",
    "after_windows",
    "check_recurrence",
    "expand",
    "first_window",
    "window_from",
    "without_count",
]

# The rarest accepted day, 29 February, is followed by the next one after eight years at most.
_YEARS_AHEAD = 10


@dataclass(frozen=True, slots=True)
class RecurrenceSet:
    """All windows of a rule in order, up to ten years ahead, and their starts."""

    windows: tuple[RuleWindow, ...]
    starts: tuple[datetime, ...]


def check_recurrence(rule: str, *, starts_at: datetime, zone: ZoneInfo) -> str:
    """The rule in the spelling that is stored: capitals, FREQ first, UNTIL in UTC.

    Raises InvalidError, with the reason, for a rule that is malformed, uses a part that is not
    supported, or gives no window from `starts_at` on.
    """
    parts = parse_rule(rule)
    parts = {name: parts[name] for name in ("FREQ", *parts)}
    if "UNTIL" in parts:
        parts["UNTIL"] = _until_in_utc(parts["UNTIL"], zone)
    # Searched without COUNT and UNTIL: they end a rule, they do not choose its days.
    rest = {name: value for name, value in parts.items() if name not in {"COUNT", "UNTIL"}}
    start = local_time(starts_at, zone)
    try:
        first = next(iter(rrulestr(_joined(rest), dtstart=start)), None)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise refusal(N_("A part has a value that is not allowed.")) from error
    if first is None:
        raise refusal(N_("The rule gives no date."))
    until = _until_of(parts)
    if until is not None and rule_window(LocalSpan(first, first), zone).starts_at > until:
        raise refusal(N_("UNTIL is before the first window."))
    return _joined(parts)


def window_from(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> RuleWindow:
    """The window between two instants in UTC, with the local times that it has in the zone."""
    local = LocalSpan.of(starts_at, ends_at, zone)
    by_rule = rule_window(local, zone)
    is_regular = by_rule.is_regular and (by_rule.starts_at, by_rule.ends_at) == (starts_at, ends_at)
    return RuleWindow(local, starts_at, ends_at, is_regular)


def expand(rule: str, first: RuleWindow, zone: ZoneInfo, now: datetime) -> RecurrenceSet:
    """The windows of `rule` from the start of `first` to the tenth year from `now`.

    Each has the local start and end of `first`, whatever offset they have on its day. `first`
    itself has its own instants, so that it can lie in the second of two repeated hours.
    """
    last_year = max(now.year, first.starts_at.year) + _YEARS_AHEAD
    return _expand(rule, first, zone, last_year)


@lru_cache(maxsize=256)
def _expand(rule: str, first: RuleWindow, zone: ZoneInfo, last_year: int) -> RecurrenceSet:
    parts = _parts(rule)
    until = _until_of(parts)
    days = rrulestr(
        _joined({name: value for name, value in parts.items() if name != "UNTIL"}),
        dtstart=first.local.start,
    )
    last = datetime(last_year, 12, 31, 23, 59, 59)  # noqa: DTZ001  # in the page's zone
    # By start: where a zone skipped a whole day (Pacific/Apia in 2011), two days have one start.
    windows: dict[datetime, RuleWindow] = {}
    for day in days.between(first.local.start, last, inc=True):
        window = _window_on(day, first, zone)
        if until is not None and window.starts_at > until:
            break
        windows.setdefault(window.starts_at, window)
    return RecurrenceSet(tuple(windows.values()), tuple(windows))


def _window_on(start: datetime, first: RuleWindow, zone: ZoneInfo) -> RuleWindow:
    if start == first.local.start:
        return first
    return rule_window(first.local.starting(start), zone)


def first_window(
    rule: str, wanted: RuleWindow, zone: ZoneInfo, now: datetime
) -> tuple[str, RuleWindow]:
    """The checked rule, and the first window that it gives, at `wanted` or after it.

    Raises InvalidError.
    """
    checked = check_recurrence(rule, starts_at=wanted.starts_at, zone=zone)
    for window in islice(expand(checked, wanted, zone, now).windows, 1):
        return checked, window
    raise refusal(N_("The rule has no window in the next ten years."))


def after_windows(rule: str, count: int) -> str | None:
    """The rest of `rule` after `count` of its windows; None when no window is left."""
    parts = _parts(rule)
    if "COUNT" in parts:
        left = int(parts["COUNT"]) - count
        if left < 1:
            return None
        parts["COUNT"] = str(left)
    return _joined(parts)


def without_count(rule: str, *, until: datetime | None = None) -> str:
    """`rule` without COUNT, and with UNTIL if `until` is given."""
    parts = _parts(rule)
    parts.pop("COUNT", None)
    if until is not None:
        parts["UNTIL"] = until.astimezone(UTC).strftime(UTC_DATE_TIME)
    return _joined(parts)


def _until_of(parts: Mapping[str, str]) -> datetime | None:
    if "UNTIL" not in parts:
        return None
    return datetime.strptime(parts["UNTIL"], UTC_DATE_TIME).replace(tzinfo=UTC)


def _until_in_utc(until: str, zone: ZoneInfo) -> str:
    """UNTIL as RFC 5545 wants it beside a DTSTART in a zone; a date includes its whole day."""
    text = until if "T" in until else f"{until}T235959"
    try:
        at = datetime.strptime(f"{text.removesuffix('Z')}Z", UTC_DATE_TIME).replace(tzinfo=UTC)
        if not text.endswith("Z"):
            at = at.replace(tzinfo=zone).astimezone(UTC)
        return at.strftime(UTC_DATE_TIME)
    except (ValueError, OverflowError):
        raise refusal(
            N_("UNTIL is a date such as 20300131, or a time such as 20300131T120000Z.")
        ) from None


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=") for part in rule.split(";"))


def _joined(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
