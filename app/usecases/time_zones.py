"""Time zones: validation of IANA names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import InvalidError

__all__ = ["check_time_zone"]


def check_time_zone(name: str) -> str:
    """The name of the time zone. Raises InvalidError (`unknown_time_zone`)."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(
            f"{name[:60]!r} is no time zone such as Europe/Stockholm.",
            code="unknown_time_zone",
            field="time_zone",
        ) from None
