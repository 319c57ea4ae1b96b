"""Instants: RFC 3339 for programs, and the `{{2021-09-30T14:01Z}}` that staff write in a text."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.phrases import Text
from app.i18n import formats
from app.i18n.localization import DisplayText, Locale, localize

__all__ = ["INSTANT", "format_rfc3339", "parse_instant", "plain_body"]

INSTANT = re.compile(
    r"\{\{\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))\s*\}\}", re.ASCII
)


def format_rfc3339(at: datetime) -> str:
    """The instant in UTC, in whole seconds: `2021-09-30T14:01:15Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def plain_body(text: Text, locale: Locale) -> DisplayText:
    """The text as typed, its instants replaced by dates and times in the page's time zone."""
    localized = localize(text, locale)
    if not localized.markdown or "{{" not in localized.text:
        return localized
    plain = INSTANT.sub(lambda match: _format_match(match, locale), localized.text)
    return replace(localized, text=plain)


def parse_instant(match: re.Match[str]) -> datetime | None:
    """The instant of a match of INSTANT, in UTC; None when the date or time does not exist."""
    try:
        return datetime.fromisoformat(match[1]).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _format_match(match: re.Match[str], locale: Locale) -> str:
    at = parse_instant(match)
    return match[0] if at is None else formats.date_time(at, locale.language, locale.zone)
