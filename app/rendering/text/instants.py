"""Instants that staff write inside a text: {{2021-09-30T14:01Z}}."""

import re
from datetime import UTC, datetime

from app.domain.phrases import Text
from app.i18n import formats
from app.i18n.localization import DisplayText, Locale, localize

__all__ = ["INSTANT", "parse_instant", "plain_body"]

INSTANT = re.compile(
    r"\{\{\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))\s*\}\}", re.ASCII
)


def plain_body(text: Text, locale: Locale) -> DisplayText:
    """The text as it was typed, with its instants said in the page's zone."""
    worded = localize(text, locale)
    if not worded.markdown or "{{" not in worded.text:
        return worded
    said = INSTANT.sub(lambda found: _said(found, locale), worded.text)
    return DisplayText(said, worded.language, worded.markdown, worded.foreign, worded.outdated)


def parse_instant(found: re.Match[str]) -> datetime | None:
    """The instant that INSTANT found, in UTC; None when there is no such time."""
    try:
        return datetime.fromisoformat(found[1]).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _said(found: re.Match[str], locale: Locale) -> str:
    at = parse_instant(found)
    return found[0] if at is None else formats.date_time(at, locale.language, locale.zone)
