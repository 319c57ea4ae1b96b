"""Parsers of form fields: integers, lists, times, publish modes, and the order of rows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.page.pages import PageFacts
from app.domain.validation import check_time
from app.web.console.kit.forms.forms import Form

__all__ = [
    "PUBLISH_MODES",
    "changed_time",
    "format_time_field",
    "integer_field",
    "list_field",
    "local_field",
    "publish_fields",
    "publish_mode",
    "reordered",
    "time_field",
]


def reordered(form: Form) -> tuple[list[str], str]:
    """The rows in their new order, and the id of the button that gets the focus ("" for none)."""
    rows = list(form.all("row"))
    for button, step in (("up", -1), ("down", 1)):
        name = form.text(button)
        if name not in rows:
            continue
        position = rows.index(name)
        target = min(max(position + step, 0), len(rows) - 1)
        rows.insert(target, rows.pop(position))
        # The first row has no button `up`, the last one no button `down`.
        remaining = {0: "down", len(rows) - 1: "up"}.get(target, button)
        return rows, f"{remaining}-{name}"
    return rows, ""


# The publish modes; `auto_after` takes a number of minutes in a field of its own.
PUBLISH_MODES = ("draft", "auto", "auto_after")
_DEFAULT_MINUTES = "15"
_MAX_DIGITS = 9


def integer_field(form: Form, name: str) -> int:
    """The value of a field as an integer. Raises InvalidError."""
    text = form.text(name).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise InvalidError("Write a whole number.", code="not_a_number", field=name)
    return int(text)


def list_field(form: Form, name: str) -> tuple[str, ...]:
    """The values of a field, separated by commas or line ends."""
    lines = replace_unstorable(form.text(name)).replace(",", "\n").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def publish_mode(form: Form) -> str:
    """The submitted publish mode, such as `auto_after:15`. Raises InvalidError."""
    mode = form.text("publish")
    return f"{mode}:{integer_field(form, 'publish_minutes')}" if mode == "auto_after" else mode


def publish_fields(mode: str) -> dict[str, str]:
    """The values of the form fields for a publish mode."""
    chosen, _, minutes = mode.partition(":")
    return {"publish": chosen, "publish_minutes": minutes or _DEFAULT_MINUTES}


def time_field(
    form: Form,
    name: str,
    page: PageFacts,
    *,
    shown: datetime | None = None,
    after: datetime | None = None,
) -> datetime | None:
    """The time in a field, in UTC; None when the field is empty. Raises InvalidError.

    `shown` is the time with which the form was filled: it is returned when the field still has its
    local time, which has no seconds and can occur twice. Other local times that occur twice are the
    first of the two, or the second if only that is later than `after`.
    """
    text = form.text(name).strip()
    if not text:
        return None
    if shown is not None and text == format_time_field(shown, page):
        return shown
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(page.time_zone))
        if after is not None and at.astimezone(UTC) <= after:
            at = at.replace(fold=1)
        return check_time(at.astimezone(UTC), field=name)
    except (ValueError, OverflowError):
        raise InvalidError(
            f"{text[:40]!r} is no date and time.", code="invalid_time", field=name
        ) from None


def local_field(form: Form, name: str) -> datetime:
    """The time in a field as it was typed, without a zone. Raises ValueError."""
    return datetime.fromisoformat(form.text(name).strip()).replace(tzinfo=None)


def format_time_field(at: datetime, page: PageFacts) -> str:
    """An instant as the value of a `datetime-local` field, in the time zone of the page."""
    return at.astimezone(ZoneInfo(page.time_zone)).strftime("%Y-%m-%dT%H:%M")


def changed_time(form: Form, name: str, former: datetime, page: PageFacts) -> datetime | None:
    """The time in a field that showed `former`; None while it shows that minute or is empty.

    Raises InvalidError.
    """
    if form.text(name).strip() == format_time_field(former, page):
        return None
    return time_field(form, name, page)
