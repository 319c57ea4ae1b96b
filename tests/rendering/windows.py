"""Maintenances for the pages that the tests look at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.maintenances.maintenance import MaintenanceUpdate
from app.domain.page.pages import MaintenancePage
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from tests.rendering.records import MAINTENANCE, NOW, affected, facts, text

__all__ = ["a_while_on", "maintenance_page", "single_window_page", "window"]

_PLANNED_AT = datetime(2021, 10, 1, 9, 0, tzinfo=UTC)


def window(status: MaintenanceStatus = MaintenanceStatus.SCHEDULED) -> MaintenanceRecord:
    return MaintenanceRecord(
        id="maintenance1",
        title=text("New quay database", sv="Ny kajdatabas", ar="قاعدة بيانات جديدة للرصيف"),
        body=text("Booking can be read but not changed."),
        status=status,
        starts_at=datetime(2021, 10, 4, 13, 0, tzinfo=UTC),
        ends_at=datetime(2021, 10, 4, 15, 0, tzinfo=UTC),
        services=(affected("booking", MAINTENANCE),),
        announced_at=_PLANNED_AT,
        updated_at=_PLANNED_AT,
    )


def maintenance_page() -> MaintenancePage:
    """A window of a weekly maintenance under way, with updates of staff, and others."""
    running = replace(
        window(MaintenanceStatus.IN_PROGRESS),
        series="maintenance1",
        recurs_at=datetime(2021, 10, 4, 13, 0, tzinfo=UTC),
        updates=(
            MaintenanceUpdate(
                "wordofstaff1",
                MaintenanceStatus.IN_PROGRESS,
                text("Half of it has moved.", sv="Hälften har flyttats.", ar="تم نقل النصف."),
                NOW - timedelta(minutes=2),
            ),
        ),
    )
    week = timedelta(days=7)
    return MaintenancePage(
        facts(),
        running,
        later=tuple(a_while_on(running, week * n, MaintenanceStatus.SCHEDULED) for n in (1, 2)),
        earlier=(a_while_on(running, -week, MaintenanceStatus.COMPLETED),),
    )


def a_while_on(
    first: MaintenanceRecord, later: timedelta, status: MaintenanceStatus
) -> MaintenanceRecord:
    """Another window of the same rule."""
    return replace(
        first,
        status=status,
        starts_at=first.starts_at + later,
        ends_at=first.ends_at + later,
        recurs_at=first.starts_at + later,
        series="maintenance1",
        updates=(),
    )


def single_window_page() -> MaintenancePage:
    """A window that is over, which staff ended early."""
    done = replace(window(MaintenanceStatus.COMPLETED), completed_at=NOW - timedelta(minutes=1))
    return MaintenancePage(facts(), done)
