"""Planned windows: their status by the clock, and what they do to a service's status."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.errors import ConflictError, InvalidError
from app.domain.statuses import MaintenanceStatus, ServiceStatus, worst

__all__ = ["Window", "cancelled", "check_window", "moved", "service_status", "window_status"]

_OVER = frozenset({MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED})


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


def moved(
    window: Window, now: datetime, *, starts_at: datetime | None, ends_at: datetime | None
) -> Window:
    """The window with other times; an end that has passed finishes it early.

    Raises ConflictError when it is over, or when one that has begun should begin at another time;
    InvalidError when it would end first.
    """
    _check_not_over(window, now)
    begun = window_status(window, now) is not MaintenanceStatus.SCHEDULED
    if begun and starts_at not in {None, window.starts_at}:
        raise ConflictError("This maintenance has begun already.", code="maintenance_begun")
    changed = replace(
        window, starts_at=starts_at or window.starts_at, ends_at=ends_at or window.ends_at
    )
    check_window(changed.starts_at, changed.ends_at)
    return changed


def cancelled(window: Window, now: datetime) -> Window:
    """The window called off. Raises ConflictError when it is over."""
    _check_not_over(window, now)
    return replace(window, cancelled_at=now)


def _check_not_over(window: Window, now: datetime) -> None:
    if window_status(window, now) in _OVER:
        raise ConflictError("This maintenance is over.", code="maintenance_over")


def service_status(words: Iterable[ServiceStatus], *, in_maintenance: bool) -> ServiceStatus:
    """A service's status: the worst of its incidents' latest words and an active maintenance.

    A maintenance is milder than any trouble, so it never masks an outage.
    """
    planned = [ServiceStatus.UNDER_MAINTENANCE] if in_maintenance else []
    return worst([*words, *planned])
