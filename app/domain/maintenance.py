"""Planned windows: their status by the clock, and what they do to a service's status."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import InvalidError
from app.domain.statuses import MaintenanceStatus, ServiceStatus, worst

__all__ = ["Window", "check_window", "service_status", "window_status"]


@dataclass(frozen=True, slots=True)
class Window:
    """One planned window. Staff may cancel it, end it early, or say that they are verifying."""

    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None
    verifying_at: datetime | None = None


def check_window(starts_at: datetime, ends_at: datetime) -> None:
    """Raise InvalidError unless the window ends after it starts."""
    if ends_at <= starts_at:
        raise InvalidError(
            "A maintenance must end after it starts.", code="window_ends_first", field="ends_at"
        )


def window_status(window: Window, now: datetime) -> MaintenanceStatus:
    """How far the window has come at `now`. It starts and ends by itself."""
    if window.cancelled_at is not None and window.cancelled_at <= now:
        return MaintenanceStatus.CANCELLED
    if now < window.starts_at:
        return MaintenanceStatus.SCHEDULED
    if now >= window.ends_at or (window.completed_at is not None and window.completed_at <= now):
        return MaintenanceStatus.COMPLETED
    if window.verifying_at is not None and window.verifying_at <= now:
        return MaintenanceStatus.VERIFYING
    return MaintenanceStatus.IN_PROGRESS


def service_status(words: Iterable[ServiceStatus], *, in_maintenance: bool) -> ServiceStatus:
    """A service's status: the worst of its incidents' latest words and an active maintenance.

    A maintenance is milder than any trouble, so it never masks an outage.
    """
    planned = [ServiceStatus.UNDER_MAINTENANCE] if in_maintenance else []
    return worst([*words, *planned])
