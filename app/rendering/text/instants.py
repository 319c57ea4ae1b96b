"""Instants: RFC 3339 for programs, and the `{{2021-09-30T14:01Z}}` that staff write in a text."""

import re
from datetime import UTC, datetime

__all__ = ["INSTANT", "format_rfc3339", "parse_instant"]

INSTANT = re.compile(
    r"\{\{[ \t]*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))[ \t]*\}\}", re.ASCII
)


def format_rfc3339(at: datetime) -> str:
    """The instant in UTC, in whole seconds: `2021-09-30T14:01:15Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_instant(match: re.Match[str]) -> datetime | None:
    """The instant of a match of INSTANT, in UTC; None when the date or time does not exist."""
    try:
        return datetime.fromisoformat(match[1]).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
