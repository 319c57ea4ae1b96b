"""Instants that staff write inside a text: {{2021-09-30T14:01Z}}."""

import re
from datetime import UTC, datetime

from app.domain.phrases import Text
from app.i18n import formats
from app.i18n.wording import Locale, Worded, word

__all__ = ["INSTANT", "instant_in", "plain_body"]

INSTANT = re.compile(
    r"\{\{\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))\s*\}\}", re.ASCII
)


def plain_body(text: Text, locale: Locale) -> Worded:
    """The text as it was typed, with its instants said in the page's zone."""
    worded = word(text, locale)
    if not worded.markdown or "{{" not in worded.text:
        return worded
    said = INSTANT.sub(lambda found: _said(found, locale), worded.text)
    return Worded(said, worded.language, worded.markdown, worded.foreign, worded.outdated)


def instant_in(found: re.Match[str]) -> datetime | None:
    """The instant that INSTANT found, in UTC; None when there is no such time."""
    try:
        return datetime.fromisoformat(found[1]).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _said(found: re.Match[str], locale: Locale) -> str:
    at = instant_in(found)
    return found[0] if at is None else formats.date_time(at, locale.language, locale.zone)
