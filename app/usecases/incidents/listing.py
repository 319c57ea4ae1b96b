"""Lists of incidents for staff: filtered, and paged by their start."""

from app.db.queries.incidents import incidents
from app.domain.incidents.incident_filter import IncidentFilter
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.incidents.records import StaffIncident, staff_records
from app.usecases.pagination import CursorPage, check_span, page_by_time
from app.usecases.services.services import known_service_id

__all__ = ["list_incidents"]

_EVERYTHING = IncidentFilter()


def list_incidents(
    ctx: Ctx, wanted: IncidentFilter = _EVERYTHING, *, cursor: str | None, limit: int
) -> CursorPage[StaffIncident]:
    """Incidents for staff that match a filter, drafts too, latest start first.

    Raises InvalidError for a time, a service or a cursor that is not valid, and ForbiddenError.
    """
    ctx.require(Action.READ)
    check_span(wanted.since, wanted.until)
    service_id = None
    if wanted.service is not None:
        service_id = known_service_id(ctx, wanted.service, field="service")
    return page_by_time(
        lambda after, size: incidents.list_incidents(
            ctx.session, wanted, service_id=service_id, after=after, limit=size
        ),
        lambda row: (row.started_at, row.id or 0),
        lambda rows: staff_records(ctx, rows),
        cursor=cursor,
        limit=limit,
    )
