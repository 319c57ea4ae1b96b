"""Rows of planned windows into the records that pages and the API show."""

from collections.abc import Sequence

from app.db import maintenances, services
from app.db.tables import MaintenanceRow
from app.domain.maintenance import Window, window_status
from app.domain.pages import AffectedService, MaintenanceRecord
from app.domain.statuses import ServiceStatus
from app.usecases.context import Ctx

__all__ = ["maintenance_records", "window_of"]


def maintenance_records(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceRecord, ...]:
    """The records of these windows, in their order. Who may see them was asked before."""
    by_window = maintenances.services_of_maintenances(ctx.session, [row.id or 0 for row in rows])
    named = services.services_by_id(ctx.session, {n for ids in by_window.values() for n in ids})
    under = ServiceStatus.UNDER_MAINTENANCE
    return tuple(
        MaintenanceRecord(
            id=row.public_id,
            title=row.title,
            body=row.body,
            status=window_status(window_of(row), ctx.now),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            services=tuple(
                AffectedService(named[number].slug, named[number].name, under)
                for number in by_window.get(row.id or 0, [])
            ),
        )
        for row in rows
    )


def window_of(row: MaintenanceRow) -> Window:
    """The times of a window."""
    return Window(row.starts_at, row.ends_at, row.cancelled_at, row.completed_at, row.verifying_at)
