"""Current status of services: open incidents and maintenance windows under way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.db.queries import services
from app.domain.maintenances.maintenance import service_status
from app.domain.statuses import ServiceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances.schedule import services_in_window

__all__ = ["CurrentStatuses", "statuses_by_slug"]


@dataclass(frozen=True, slots=True)
class CurrentStatuses:
    """Everything that determines the status of each service at one moment, by service id."""

    open_statuses: Mapping[int, Sequence[ServiceStatus]]
    in_maintenance: Collection[int]

    @classmethod
    def read(cls, ctx: Ctx) -> "CurrentStatuses":
        """The statuses of all services at `ctx.now`."""
        open_statuses: dict[int, list[ServiceStatus]] = {}
        for service_id, status, _, ended_at in services.intervals_since(ctx.session, ctx.now):
            if ended_at is None:
                open_statuses.setdefault(service_id, []).append(ServiceStatus(status))
        return cls(open_statuses, services_in_window(ctx))

    def of(self, service_id: int) -> ServiceStatus:
        """The status of one service."""
        return service_status(
            self.open_statuses.get(service_id, ()), in_maintenance=service_id in self.in_maintenance
        )


def statuses_by_slug(ctx: Ctx) -> Mapping[str, ServiceStatus]:
    """The status of each service on the page, in the order of the page."""
    current = CurrentStatuses.read(ctx)
    rows = services.list_services(ctx.session)
    return {row.slug: current.of(row.id) for row in rows if row.id is not None}
