"""Fields that several forms have: whole numbers, words in a list, how things become public."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.page.pages import PageFacts
from app.domain.validation import check_time
from app.web.console.kit.forms import Form

__all__ = [
    "PUBLISH_MODES",
    "format_time_field",
    "integer_field",
    "list_field",
    "publish_fields",
    "publish_mode",
    "reordered",
    "time_field",
]


def reordered(form: Form) -> tuple[list[str], str]:
    """The names in their new order, and the id of the button to go on with."""
    rows = list(form.all("row"))
    for button, step in (("up", -1), ("down", 1)):
        name = form.text(button)
        if name not in rows:
            continue
        here = rows.index(name)
        there = min(max(here + step, 0), len(rows) - 1)
        rows.insert(there, rows.pop(here))
        # At an end of the list only the other button is left.
        left = {0: "down", len(rows) - 1: "up"}.get(there, button)
        return rows, f"{left}-{name}"
    return rows, ""


# The modes, without the minutes of the last one.
PUBLISH_MODES = ("draft", "auto", "auto_after")
_USUAL_MINUTES = "15"
_LONGEST = 9


def integer_field(form: Form, name: str) -> int:
    """The number in a field. Raises InvalidError."""
    text = form.text(name).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST:
        raise InvalidError("Write a whole number.", code="not_a_number", field=name)
    return int(text)


def list_field(form: Form, name: str) -> tuple[str, ...]:
    """What stands in a field between commas or line ends."""
    lines = replace_unstorable(form.text(name)).replace(",", "\n").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def publish_mode(form: Form) -> str:
    """The publish mode that was chosen, with its minutes. Raises InvalidError."""
    mode = form.text("publish")
    return f"{mode}:{integer_field(form, 'publish_minutes')}" if mode == "auto_after" else mode


def publish_fields(mode: str) -> dict[str, str]:
    """The fields that show a publish mode."""
    chosen, _, minutes = mode.partition(":")
    return {"publish": chosen, "publish_minutes": minutes or _USUAL_MINUTES}


def time_field(form: Form, name: str, page: PageFacts) -> datetime | None:
    """What the field says, in UTC; None when it is empty. Raises InvalidError."""
    said = form.text(name).strip()
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(page.time_zone))
        return check_time(at.astimezone(UTC), field=name)
    except (ValueError, OverflowError):
        raise InvalidError(
            f"{said[:40]!r} is no date and time.", code="invalid_time", field=name
        ) from None


def format_time_field(at: datetime, page: PageFacts) -> str:
    """An instant as the field for a date and time takes it."""
    return at.astimezone(ZoneInfo(page.time_zone)).strftime("%Y-%m-%dT%H:%M")
