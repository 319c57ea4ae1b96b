"""Windows of maintenances: their status by the clock, and the status changes that staff make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.errors import ConflictError, InvalidError
from app.domain.notifications.notified import NotifiedCount
from app.domain.statuses import MaintenanceStatus, ServiceStatus, worst
from app.domain.texts.phrases import Text

__all__ = [
    "ACTIVE",
    "OVER",
    "MaintenanceUpdate",
    "Window",
    "cancelled",
    "check_window",
    "moved",
    "next_statuses",
    "over_at",
    "reinstated",
    "retimed",
    "service_status",
    "stepped",
    "window_status",
]

ACTIVE = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})
_NEXT: Mapping[MaintenanceStatus, tuple[MaintenanceStatus, ...]] = {
    MaintenanceStatus.SCHEDULED: (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.CANCELLED),
    MaintenanceStatus.IN_PROGRESS: (
        MaintenanceStatus.VERIFYING,
        MaintenanceStatus.COMPLETED,
        MaintenanceStatus.CANCELLED,
    ),
    MaintenanceStatus.VERIFYING: (
        MaintenanceStatus.IN_PROGRESS,
        MaintenanceStatus.COMPLETED,
        MaintenanceStatus.CANCELLED,
    ),
}
OVER = frozenset({MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class MaintenanceUpdate:
    """An update about a window. `edited_at` is the time of the latest edit of its text.

    `notified` is None while deliveries are on the way, and on a page that does not show it.
    """

    id: str
    status: MaintenanceStatus
    body: Text
    posted_at: datetime
    edited_at: datetime | None = None
    notify: bool = True
    notified: NotifiedCount | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The times of one window. Staff may cancel it, complete it early, or set it to verifying."""

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


def over_at(window: Window) -> datetime:
    """The time at which the window is over: cancelled, completed early, or at its planned end."""
    done_at = min(window.completed_at or window.ends_at, window.ends_at)
    return min(window.cancelled_at or done_at, done_at)


def window_status(window: Window, now: datetime) -> MaintenanceStatus:
    """The status of the window at `now`. It starts and ends by the clock."""
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

    Raises ConflictError when it is over, or when it has begun and would begin at another time;
    InvalidError when it would end before it starts.
    """
    _check_not_over(window, now)
    begun = window_status(window, now) is not MaintenanceStatus.SCHEDULED
    if begun and starts_at not in {None, window.starts_at}:
        raise _begun("starts_at")
    changed = replace(
        window, starts_at=starts_at or window.starts_at, ends_at=ends_at or window.ends_at
    )
    check_window(changed.starts_at, changed.ends_at)
    return changed


def cancelled(window: Window, now: datetime) -> Window:
    """The cancelled window. Raises ConflictError when it is over."""
    _check_not_over(window, now)
    return replace(window, cancelled_at=now)


def reinstated(window: Window, now: datetime) -> Window:
    """The window as planned before it was cancelled.

    Raises ConflictError when it is not cancelled (`not_cancelled`), or when it would be over by now
    (`maintenance_over`).
    """
    if window_status(window, now) is not MaintenanceStatus.CANCELLED:
        raise ConflictError("This is not cancelled.", code="not_cancelled")
    planned = replace(window, cancelled_at=None)
    _check_not_over(planned, now)
    return planned


def stepped(window: Window, status: MaintenanceStatus, now: datetime) -> Window:
    """The window after an update with `status`: begun early, verifying, completed, cancelled.

    A completed window allows further updates with that status. Raises ConflictError when `status`
    cannot follow the present one.
    """
    present = window_status(window, now)
    if status is present is MaintenanceStatus.COMPLETED:
        return window
    _check_not_over(window, now)
    if status is MaintenanceStatus.CANCELLED:
        return replace(window, cancelled_at=now)
    if present is MaintenanceStatus.SCHEDULED:
        return _begun_early(window, status, now)
    if status is MaintenanceStatus.SCHEDULED:
        raise _begun("status")
    if status is MaintenanceStatus.COMPLETED:
        return replace(window, completed_at=now)
    verifying = status is MaintenanceStatus.VERIFYING
    return replace(window, verifying_at=(window.verifying_at or now) if verifying else None)


def retimed(window: Window, status: MaintenanceStatus, former: datetime, at: datetime) -> Window:
    """The window after the time of an update is corrected from `former` to `at`.

    Where the update changed the window, by beginning, verifying, completing or cancelling it, that
    time is corrected too. Raises InvalidError when the window would end before it starts.
    """
    changes = {
        MaintenanceStatus.IN_PROGRESS: ("starts_at", window.starts_at),
        MaintenanceStatus.VERIFYING: ("verifying_at", window.verifying_at),
        MaintenanceStatus.COMPLETED: ("completed_at", window.completed_at),
        MaintenanceStatus.CANCELLED: ("cancelled_at", window.cancelled_at),
    }
    field, changed_at = changes.get(status, ("", None))
    if changed_at != former:
        return window
    corrected = replace(window, **{field: at})
    ends_at = min(corrected.completed_at or corrected.ends_at, corrected.ends_at)
    if ends_at <= corrected.starts_at:
        raise InvalidError(
            "A maintenance must end after it starts.", code="window_ends_first", field="posted_at"
        )
    return corrected


def next_statuses(status: MaintenanceStatus) -> tuple[MaintenanceStatus, ...]:
    """The statuses that an update may set for a window with `status`; `status` is the first."""
    return (status, *_NEXT.get(status, ()))


def _begun_early(window: Window, status: MaintenanceStatus, now: datetime) -> Window:
    if status is MaintenanceStatus.SCHEDULED:
        return window
    if status is MaintenanceStatus.IN_PROGRESS:
        return replace(window, starts_at=now)
    raise ConflictError(
        "This maintenance has not begun yet.", code="maintenance_not_begun", field="status"
    )


def _begun(field: str) -> ConflictError:
    return ConflictError(
        "This maintenance has begun already.", code="maintenance_begun", field=field
    )


def _check_not_over(window: Window, now: datetime) -> None:
    if window_status(window, now) in OVER:
        raise ConflictError("This maintenance is over.", code="maintenance_over")


def service_status(words: Iterable[ServiceStatus], *, in_maintenance: bool) -> ServiceStatus:
    """A service's status: the worst of its incidents' latest words and an active maintenance.

    A maintenance is milder than any trouble, so it never masks an outage.
    """
    planned = [ServiceStatus.UNDER_MAINTENANCE] if in_maintenance else []
    return worst([*words, *planned])
