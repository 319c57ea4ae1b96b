"""Times as people type them: local ones, in the zone of the page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.domain.pages import PageFacts
from app.domain.texts import check_time
from app.web.console.forms import Form

__all__ = ["instant", "local"]


def instant(form: Form, name: str, page: PageFacts) -> datetime | None:
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


def local(at: datetime, page: PageFacts) -> str:
    """An instant as the field for a date and time takes it."""
    return at.astimezone(ZoneInfo(page.time_zone)).strftime("%Y-%m-%dT%H:%M")
