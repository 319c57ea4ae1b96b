"""Dates, durations, numbers and lists formatted for a language with CLDR, through Babel."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from string import ascii_letters
from typing import Literal, TypeVar

from babel import Locale, dates, numbers

from app.i18n.languages import direction, locale_of

__all__ = [
    "date_time",
    "day",
    "days_ago",
    "duration",
    "join",
    "join_sentences",
    "month",
    "month_name",
    "number",
    "percent",
    "short_day",
    "short_days",
    "short_duration",
    "time_span",
    "time_until",
    "unbreakable",
    "year",
]

S = TypeVar("S", bound=str)

# A few dates and durations recur on a page and from one page to the next.
_cached = lru_cache(maxsize=4096)

_PERCENT = re.compile(r"(?<=\d) (?=%)")

_YEAR_SUFFIX = re.compile(r"(\d+)\(e\)ko")

_NAMES_OF_ZERO = {"GMT", "UTC"}

# Kinds of CLDR list patterns for units; a language has at least the last.
_UNIT_LISTS = ("unit", "unit-short", "standard")

# Keeps Babel in the requested unit, however large the number.
_NEVER_GREATER = 1e9


def date_time(at: datetime, language: str, zone: tzinfo) -> str:
    """Date, time and time zone: `Sep 30, 2021, 2:01 PM UTC`."""
    local = _local(at, zone)
    time = f"{_clock(local, language)} {_zone_name(local, language)}"
    return _day_and_time(day(local.date(), language), time, language)


def time_span(start: datetime, end: datetime, language: str, zone: tzinfo) -> str:
    """Start and end with the time zone; the date appears once when they are on one day.

    Where clocks change in between, each has its own offset: `10:00 PM GMT+2 – 4:00 AM GMT+1`.
    """
    first, last = _local(start, zone), _local(end, zone)
    clock = _clock(first, language)
    has_moved = first.utcoffset() != last.utcoffset()
    if has_moved:
        clock = f"{clock} {_zone_name(first, language)}"
    # After Latin letters, as in the Urdu "1:00 PM", the end would go on to the right of them.
    if direction(language) == "rtl" and (has_moved or clock[-1] in ascii_letters):
        clock += "\u200f"
    if first.date() != last.date():
        begun = _day_and_time(day(first.date(), language), clock, language)
        return _range(begun, date_time(end, language, zone), language)
    times = _range(clock, _clock(last, language), language)
    times = f"{times} {_zone_name(last, language)}"
    return _day_and_time(day(first.date(), language), times, language)


@_cached
def day(on: date, language: str) -> str:
    """Date with year: `Sep 30, 2021`."""
    return _resolved(dates.format_skeleton("yMMMd", _noon(on), locale=locale_of(language)))


@_cached
def short_day(on: date, language: str) -> str:
    """Date without year, in the form of the end of a date range: `Sep 30`."""
    # CLDR writes a single day and a day of a range differently in seven languages; one list has
    # days of each kind. Maltese: "Ott 4", but "30 ta’ Aww – 12 ta’ Set".
    return _short_dates((on,), "M", language)


@_cached
def short_days(first: date, last: date, language: str) -> str:
    """Date range without year, `Sep 1 – 12`; a single day is `Sep 1`."""
    if first == last:
        return short_day(first, language)
    is_one_month = (first.year, first.month) == (last.year, last.month)
    return _short_dates((first, last), "d" if is_one_month else "M", language)


@_cached
def month(on: date, language: str) -> str:
    """Month with year, in CLDR's stand-alone form: `September 2021`."""
    return _resolved(dates.format_skeleton("yMMMM", _noon(on), locale=locale_of(language)))


@_cached
def month_name(on: date, language: str) -> str:
    """Short name of a month: `Sep`."""
    locale = locale_of(language)
    # Babel resolves the aliases of stand-alone names in data that all languages share: after
    # Hebrew, Hindi would have the names of Hebrew. Catalan has stand-alone names of its own, and
    # needs them: the others begin with a preposition, "de set.".
    pattern = "LLL" if locale.language == "ca" else "MMM"
    return dates.format_datetime(_noon(on), pattern, locale=locale)


@_cached
def year(on: date, language: str) -> str:
    """Year, as the language writes it: `2021`, `2021年`."""
    return dates.format_skeleton("y", _noon(on), locale=locale_of(language))


@_cached
def time_until(seconds: int, language: str) -> str:
    """Relative time of a future instant, in days or, below two days, in hours: `in 21 days`."""
    hours = max(1, seconds // 3600)
    unit: Literal["day", "hour"] = "day" if hours >= 48 else "hour"
    return dates.format_timedelta(
        timedelta(days=hours // 24) if unit == "day" else timedelta(hours=hours),
        granularity=unit,
        threshold=_NEVER_GREATER,
        add_direction=True,
        locale=locale_of(language),
    )


@_cached
def days_ago(days: int, language: str) -> str:
    """Relative time of a past day: `90 days ago`."""
    return dates.format_timedelta(
        timedelta(days=-days),
        granularity="day",
        threshold=_NEVER_GREATER,
        add_direction=True,
        locale=locale_of(language),
    )


@_cached
def duration(seconds: int, language: str) -> str:
    """Duration in at most two units, at least one minute: `2 hours, 14 minutes`."""
    return _join_items(_counted(seconds, language, "long"), locale_of(language), _UNIT_LISTS)


@_cached
def short_duration(seconds: float, language: str) -> str:
    """Duration in at most two abbreviated units: `2 hr 14 min`. fyr.js writes this form too."""
    parts = _counted(seconds, language, "short")
    return _join_items(parts, locale_of(language), ("unit-narrow", *_UNIT_LISTS))


def _counted(seconds: float, language: str, form: Literal["long", "short"]) -> list[str]:
    """The greatest units of a duration with their counts."""
    minutes = max(1, round(seconds / 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts: tuple[tuple[Literal["day", "hour", "minute"], timedelta], ...] = (
        ("day", timedelta(days=days)),
        ("hour", timedelta(hours=hours)),
        ("minute", timedelta(minutes=0 if days else minutes)),
    )
    # Not babel.units: for plural forms that CLDR inherits it returns "duration-day".
    return [
        dates.format_timedelta(
            count,
            granularity=unit,
            threshold=_NEVER_GREATER,
            format=form,
            locale=locale_of(language),
        )
        for unit, count in counts
        if count
    ]


@_cached
def percent(share: float, language: str) -> str:
    """Percentage with up to two decimals, rounded down: only 1.0 is 100 %."""
    locale = locale_of(language)
    floored = (Decimal(repr(share)) * 10000).to_integral_value(ROUND_FLOOR) / 10000
    return numbers.format_percent(
        floored.normalize() + 0, locale=locale, decimal_quantization=False
    )


def unbreakable(text: str) -> str:
    """The text with a no-break space before each percent sign: `7 %` stays on one line."""
    return _PERCENT.sub("\N{NO-BREAK SPACE}", text)


def number(value: int, language: str) -> str:
    """Number with the digit grouping of the language."""
    return numbers.format_decimal(value, locale=locale_of(language))


def join(items: Sequence[S], language: str) -> S | str:
    """List in prose, `a, b, and c` or `a, b och c`; the result has the type of the items."""
    return _join_items(items, locale_of(language), ("standard",))


def join_sentences(sentences: Sequence[S]) -> S | str:
    """Sentences one after the other, without a space after an ideographic full stop."""
    text: S | str = sentences[0] if sentences else ""
    for sentence in sentences[1:]:
        text = text + ("" if text.endswith("。") else " ") + sentence
    return text


def _join_items(items: Sequence[S], locale: Locale, styles: Sequence[str]) -> S | str:
    # Not babel.lists.format_list: in a language without a pattern for two items (Arabic durations)
    # it repeats the second item.
    if len(items) < 2:
        return items[0] if items else ""
    if len(items) == 2:
        return _joined(_list_pattern(locale, styles, "2", "end"), items[0], items[1])
    text = items[0]
    for number, item in enumerate(items[1:-1]):
        pattern = _list_pattern(locale, styles, "middle" if number else "start")
        # Thai separates by a space, which does not show where a name of two words ends.
        if pattern == "{0} {1}" and any(" " in each for each in items):
            pattern = "{0}, {1}"
        text = _joined(pattern, text, item)
    return _joined(_list_pattern(locale, styles, "end"), text, items[-1])


def _joined(pattern: str, first: S, second: S) -> S:
    """Two items in a pattern, `{0} and {1}`, which is text also between items of markup."""
    # Not str.format: that of Markup takes ten times as long.
    before, _, rest = pattern.partition("{0}")
    between, _, after = rest.partition("{1}")
    kind = type(first)
    joined: S = kind(before) + first + kind(between) + second + kind(after)  # type: ignore[assignment]
    return joined


def _list_pattern(locale: Locale, styles: Sequence[str], *parts: str) -> str:
    """The first of these parts in the first style that has one.

    Babel leaves out the parts that a style inherits: in 30 languages one has no start or no end.
    """
    patterns = (locale.list_patterns[each] for each in styles if each in locale.list_patterns)
    return next(str(each[part]) for each in patterns for part in parts if part in each)


def _local(at: datetime, zone: tzinfo) -> datetime:
    try:
        return at.astimezone(zone)
    except OverflowError:  # the first and last hours of the calendar exist in UTC only
        return at.astimezone(UTC)


def _clock(local: datetime, language: str) -> str:
    wall = local.replace(tzinfo=None)
    return dates.format_time(wall, _clock_pattern(language), locale=locale_of(language))


@_cached
def _clock_pattern(language: str) -> str:
    """The pattern of a time of day, with the half of the day where the language has one."""
    locale = locale_of(language)
    pattern = str(locale.time_formats["short"].pattern)
    periods: Mapping[str, Mapping[str, str]] = locale.day_periods["format"]
    # The abbreviated half of the day is English in Korean; browsers write the wide one, "오후".
    if periods["abbreviated"].get("am") == "AM" and "am" in periods.get("wide", {}):
        return pattern.replace("a", "aaaa")
    return pattern


def _zone_name(local: datetime, language: str) -> str:
    """Name of the zone, `EST`, where the language has one; else the offset, `GMT-3:30`.

    UTC is `UTC` in every language, as browsers write it; CLDR has `TU` for French. An offset of
    zero is written without a number, as in CLDR's gmtZeroFormat: `GMT` for a winter in Dublin.
    Babel 2.18 is used for names alone: its offset of Newfoundland is -4:30, and it calls the summer
    time of Dublin, which is the standard time of that zone in tzdata, `GMT`.
    """
    if local.tzname() == "UTC":
        return "UTC"
    locale = locale_of(language)
    name = dates.get_timezone_name(local, "short", locale=locale)
    offset = local.utcoffset() or timedelta()
    is_false = name in _NAMES_OF_ZERO and offset != timedelta()
    if not name.startswith(("+", "-")) and not is_false:
        return name
    minutes = round(abs(offset).total_seconds() / 60)
    if not minutes:
        return str(locale.zone_formats["gmt"] % "").strip()
    sign = "-" if offset < timedelta() else "+"
    rest = f":{minutes % 60:02}" if minutes % 60 else ""
    return str(locale.zone_formats["gmt"] % f"{sign}{minutes // 60}{rest}")


def _day_and_time(on: str, time: str, language: str) -> str:
    pattern = str(locale_of(language).datetime_formats["medium"])
    return pattern.replace("'", "").replace("{1}", on).replace("{0}", time)


def _range(first: str, last: str, language: str) -> str:
    pattern = str(locale_of(language).interval_formats.get(None, "{0} – {1}")).replace("-", "–")
    # A dash between numbers alone has no spaces in Danish, Finnish and others: "14.02–16.02".
    # Between several words it has: "14.02–1. okt." would read as one time.
    if pattern == "{0}–{1}" and " " in first:
        pattern = "{0}\u2009–\u2009{1}"
    return pattern.replace("{0}", first).replace("{1}", last)


def _short_dates(days: Sequence[date], difference: str, language: str) -> str:
    """Days without year in the pattern of a range whose greatest difference is this field.

    One day takes the last part of the pattern.
    """
    locale = locale_of(language)
    patterns = locale.interval_formats["MMMd"][difference][-len(days) :]
    written = (
        # Three languages write "02" in a range alone.
        dates.format_datetime(_noon(each), pattern.replace("dd", "d"), locale=locale)
        for each, pattern in zip(days, patterns, strict=True)
    )
    return _resolved("".join(written))


def _resolved(on: str) -> str:
    """A date without the alternatives that CLDR leaves to the reader in Basque.

    "2021(e)ko iraila" becomes "2021eko iraila": `e` follows the consonant of the year when it is
    read. "ira. 30(a)" becomes "ira. 30", as in CLDR's "ira. 1–12".
    """
    if "(" not in on:
        return on
    return _YEAR_SUFFIX.sub(_year_suffix, on.replace("(a)", ""))


def _year_suffix(found: re.Match[str]) -> str:
    tens, rest = divmod(int(found[1]) % 100, 20)
    # bat, bost, hamar, hamabost; a whole hundred ends in "ehun", a whole thousand in "mila".
    is_hundred = tens == rest == 0 and int(found[1]) % 1000 != 0
    return f"{found[1]}{'e' if rest in {1, 5, 10, 15} or is_hundred else ''}ko"


def _noon(on: date) -> datetime:
    # At noon no time zone conversion moves the date to another day.
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
