"""Maintenance records, built from the stored rows: one for each window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import maintenances, services
from app.db.queries.outbox import notified
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow, ServiceRow
from app.domain.maintenances.maintenance import OVER, MaintenanceUpdate, over_at, window_status
from app.domain.maintenances.occurrences import Occurrence, derived_id, occurrence_id
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notified import NotifiedCount
from app.domain.records import AffectedService, MaintenanceRecord
from app.domain.statuses import MaintenanceStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances.schedule import Planned, plans_of

__all__ = ["RecordMaker", "affected_services", "maintenance_records", "waiting_windows"]


def maintenance_records(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceRecord, ...]:
    """The records of these maintenances, in their order. The caller has checked who may see them.

    A maintenance that does not recur has one record. A recurring one has records of the latest
    windows, the next one, and every window that staff changed.
    """
    maker = RecordMaker.of(ctx, rows)
    return tuple(
        maker.record(planned, each)
        for planned in plans_of(ctx, rows)
        for each in planned.occurrences(ctx)
    )


def waiting_windows(ctx: Ctx) -> tuple[MaintenanceRecord, ...]:
    """The public windows under way and to come, soonest first."""
    rows = maintenances.visible_maintenances(ctx.session, ctx.now, ending_after=ctx.now)
    waiting = [each for each in maintenance_records(ctx, rows) if each.status not in OVER]
    return tuple(sorted(waiting, key=lambda each: each.starts_at))


@dataclass(frozen=True, slots=True)
class RecordMaker:
    """The services and updates, removed ones too, to which records of maintenances refer.

    `notified` is by update, `notified_of_plan` by the public id of the maintenance.
    """

    ctx: Ctx
    services: Mapping[int, tuple[AffectedService, ...]]
    updates: Mapping[int, Sequence[MaintenanceUpdateRow]] = field(default_factory=dict)
    notified: Mapping[int, NotifiedCount] = field(default_factory=dict)
    notified_of_plan: Mapping[str, NotifiedCount] = field(default_factory=dict)

    @classmethod
    def of(cls, ctx: Ctx, rows: Sequence[MaintenanceRow]) -> "RecordMaker":
        """The maker for the maintenances of these rows."""
        ids = [row.id or 0 for row in rows]
        named = maintenances.services_of_maintenances(ctx.session, ids)
        known = services.services_by_id(ctx.session, {n for each in named.values() for n in each})
        updates = maintenances.updates_of(ctx.session, ids)
        return cls(
            ctx,
            {number: affected_services(known, each) for number, each in named.items()},
            updates,
            *_notified(ctx, rows, updates),
        )

    def record(self, planned: Planned, occurrence: Occurrence) -> MaintenanceRecord:
        """The record of one window."""
        row, window = planned.row, occurrence.window
        recurs_at = occurrence.recurs_at
        number = row.id or 0
        public_id = row.public_id
        if recurs_at is not None:
            public_id = derived_id(row.public_id, occurrence_id(recurs_at))
        updates = [each for each in self.updates.get(number, []) if each.recurs_at == recurs_at]
        removals = [each.removed_at for each in updates if each.removed_at is not None]
        return MaintenanceRecord(
            id=public_id,
            title=row.title,
            body=row.body,
            status=window_status(window, self.ctx.now),
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            services=self.services.get(number, ()),
            announced_at=occurrence.announced_at,
            updated_at=self._updated_at(planned, occurrence),
            verifying_at=window.verifying_at,
            completed_at=window.completed_at,
            cancelled_at=window.cancelled_at,
            updates=tuple(
                _update(each, self.notified.get(each.id or 0))
                for each in reversed(updates)
                if each.removed_at is None
            ),
            recurs_at=recurs_at,
            series=None if recurs_at is None else row.public_id,
            notify=row.notify,
            edited_at=max(removals, default=None),
            notified=self.notified_of_plan.get(row.public_id),
        )

    def _updated_at(self, planned: Planned, occurrence: Occurrence) -> datetime:
        row = planned.row
        if occurrence.recurs_at is None:
            return row.updated_at
        # A later change of the maintenance does not change windows that are over.
        times = [occurrence.announced_at]
        if row.updated_at < over_at(occurrence.window):
            times.append(row.updated_at)
        changed = (each for each in planned.changed if each.recurs_at == occurrence.recurs_at)
        return max([*times, *(each.updated_at for each in changed)])


def affected_services(
    known: Mapping[int, ServiceRow], numbers: Sequence[int]
) -> tuple[AffectedService, ...]:
    """The services with these numbers, under maintenance."""
    under = ServiceStatus.UNDER_MAINTENANCE
    return tuple(AffectedService(known[each].slug, known[each].name, under) for each in numbers)


def _notified(
    ctx: Ctx, rows: Sequence[MaintenanceRow], updates: Mapping[int, Sequence[MaintenanceUpdateRow]]
) -> tuple[dict[int, NotifiedCount], dict[str, NotifiedCount]]:
    """How many were notified, by update, and of the plan, by maintenance."""
    threads = {f"maintenance:{row.public_id}": row.public_id for row in rows}
    windows = {
        f"maintenance:{row.public_id}/{occurrence_id(each.recurs_at)}"
        for row in rows
        for each in updates.get(row.id or 0, ())
        if each.recurs_at is not None
    }
    by_update: dict[int, NotifiedCount] = {}
    by_plan: dict[str, NotifiedCount] = {}
    for shown in notified.shown_counts(ctx.session, [*threads, *windows]):
        if shown.update_id is not None:
            by_update[shown.update_id] = shown.count
        elif shown.event == NoticeEvent.MAINTENANCE_SCHEDULED:
            by_plan[threads[shown.thread]] = shown.count
    return by_update, by_plan


def _update(row: MaintenanceUpdateRow, notified_count: NotifiedCount | None) -> MaintenanceUpdate:
    return MaintenanceUpdate(
        id=row.public_id,
        status=MaintenanceStatus(row.status),
        body=row.body,
        posted_at=row.posted_at,
        edited_at=row.edited_at,
        notify=row.notify,
        notified=notified_count,
    )
