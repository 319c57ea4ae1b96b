from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.domain.maintenances.maintenance_filter import MaintenanceFilter, MaintenanceState
from app.usecases.maintenances import conflicts, lifecycle, listing, windows
from app.usecases.publication import pending
from app.usecases.publication.maintenance_commands import (
    PublishMaintenance,
    RemoveMaintenanceUpdate,
)
from app.web.api.fields import (
    Cursor,
    Limit,
    ListResponse,
    OfService,
    PublicId,
    SearchText,
    Since,
    Until,
)
from app.web.api.json_route import JsonRoute
from app.web.api.maintenances.maintenance_schemas import (
    Maintenance,
    MaintenanceChange,
    NewMaintenance,
    maintenance_or_pending,
)
from app.web.api.maintenances.occurrence_schemas import (
    Conflict,
    Conflicts,
    MaintenanceUpdateChange,
    NewMaintenanceUpdate,
    Occurrence,
    OccurrenceChange,
    OccurrenceId,
    Occurrences,
)
from app.web.api.pending_text_schemas import PENDING, PendingText
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/maintenances", tags=["maintenances"], route_class=JsonRoute)

Status = Annotated[
    Literal["draft", "scheduled", "in_progress", "verifying", "completed", "cancelled"] | None,
    Query(
        description="Only with this status; `draft` means not published. The status of a recurring "
        "maintenance is that of its present or next window, or of the last one."
    ),
]


@router.post("", status_code=201, response_model=Maintenance, responses=PENDING)
def plan_maintenance(new: NewMaintenance, write: Writer) -> Response:
    """Plan a maintenance, and publish it unless it is a draft."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        return maintenance_or_pending(pending.submit(request.ctx, new.command(request)), request)

    return write(act, status=201)


@router.get("")
def list_maintenances(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    query: SearchText = None,
    status: Status = None,
    service: OfService = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Maintenance]:
    """List the maintenances that match the filters, drafts and cancelled ones too.

    Latest start first. `since` and `until` limit the start; a recurring maintenance matches when
    its first window starts before `until`.
    """
    state = None if status is None else MaintenanceState(status)
    wanted = MaintenanceFilter(query, state, service, since, until)
    found = listing.list_maintenances(request.ctx, wanted, cursor=cursor, limit=limit)
    return ListResponse(
        items=[Maintenance.of(each, request) for each in found.items], next=found.next
    )


@router.get("/{maintenance_id}")
def get_maintenance(maintenance_id: PublicId, request: Reader) -> Maintenance:
    """One maintenance."""
    return Maintenance.of(lifecycle.get_maintenance(request.ctx, maintenance_id), request)


@router.patch("/{maintenance_id}", response_model=Maintenance, responses=PENDING)
def edit_maintenance(
    maintenance_id: PublicId, change: MaintenanceChange, write: Writer
) -> Response:
    """Change the given fields: texts, services, times, recurrence."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        edit = change.command(request, maintenance_id)
        return maintenance_or_pending(pending.submit(request.ctx, edit), request)

    return write(act)


@router.delete("/{maintenance_id}", status_code=204)
def delete_maintenance(maintenance_id: PublicId, write: Writer) -> Response:
    """Cancel all windows that are not over. The maintenance stays visible, as cancelled."""

    def act(request: ApiRequest) -> None:
        lifecycle.cancel_maintenance(request.ctx, maintenance_id)

    return write(act, status=204)


@router.post("/{maintenance_id}/cancel", response_model=Maintenance)
def cancel_maintenance(maintenance_id: PublicId, write: Writer) -> Response:
    """Cancel all windows that are not over, and return the maintenance."""

    def act(request: ApiRequest) -> Maintenance:
        return Maintenance.of(lifecycle.cancel_maintenance(request.ctx, maintenance_id), request)

    return write(act)


@router.post("/{maintenance_id}/reinstate", response_model=Maintenance)
def reinstate_maintenance(maintenance_id: PublicId, write: Writer) -> Response:
    """Take back the cancellation: windows that are not over take place again."""

    def act(request: ApiRequest) -> Maintenance:
        return Maintenance.of(lifecycle.reinstate_maintenance(request.ctx, maintenance_id), request)

    return write(act)


@router.post("/{maintenance_id}/complete", response_model=Maintenance)
def complete_maintenance(maintenance_id: PublicId, write: Writer) -> Response:
    """Complete the window that is going on."""

    def act(request: ApiRequest) -> Maintenance:
        done = windows.complete_maintenance(request.ctx, maintenance_id)
        return Maintenance.of(done, request)

    return write(act)


@router.post("/{maintenance_id}/publish", response_model=Maintenance, responses=PENDING)
def publish_maintenance(maintenance_id: PublicId, write: Writer) -> Response:
    """Publish a draft."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        publish = PublishMaintenance(maintenance_id)
        return maintenance_or_pending(pending.submit(request.ctx, publish), request)

    return write(act)


@router.post(
    "/{maintenance_id}/updates", status_code=201, response_model=Maintenance, responses=PENDING
)
def post_maintenance_update(
    maintenance_id: PublicId, new: NewMaintenanceUpdate, write: Writer
) -> Response:
    """Post an update about a window; its status may begin, complete or cancel the window."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        update = new.command(request, maintenance_id)
        return maintenance_or_pending(pending.submit(request.ctx, update), request)

    return write(act, status=201)


@router.patch(
    "/{maintenance_id}/updates/{update_id}", response_model=Maintenance, responses=PENDING
)
def edit_maintenance_update(
    maintenance_id: PublicId, update_id: PublicId, change: MaintenanceUpdateChange, write: Writer
) -> Response:
    """Edit the text of an update, or correct its time. The former text is kept."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        edit = change.command(request, maintenance_id, update_id)
        return maintenance_or_pending(pending.submit(request.ctx, edit), request)

    return write(act)


@router.delete(
    "/{maintenance_id}/updates/{update_id}", response_model=Maintenance, responses=PENDING
)
def remove_maintenance_update(
    maintenance_id: PublicId, update_id: PublicId, write: Writer
) -> Response:
    """Remove an update from the page. The window keeps its status; the console keeps the text."""

    def act(request: ApiRequest) -> Maintenance | PendingText:
        removal = RemoveMaintenanceUpdate(maintenance_id, update_id)
        return maintenance_or_pending(pending.submit(request.ctx, removal), request)

    return write(act)


@router.get("/{maintenance_id}/occurrences")
def list_occurrences(maintenance_id: PublicId, request: Reader) -> Occurrences:
    """The latest windows that have begun, all changed ones, and the next ten, in order."""
    found = windows.list_windows(request.ctx, maintenance_id)
    return Occurrences(items=[Occurrence.of(each, request) for each in found])


@router.patch("/{maintenance_id}/occurrences/{occurrence}", response_model=Maintenance)
def move_occurrence(
    maintenance_id: PublicId, occurrence: OccurrenceId, change: OccurrenceChange, write: Writer
) -> Response:
    """Give one window other times; an `ends_at` that has passed finishes it early."""

    def act(request: ApiRequest) -> Maintenance:
        moved = windows.move_window(
            request.ctx,
            maintenance_id,
            occurrence,
            starts_at=change.starts_at,
            ends_at=change.ends_at,
        )
        return Maintenance.of(moved, request)

    return write(act)


@router.post("/{maintenance_id}/occurrences/{occurrence}/complete", response_model=Maintenance)
def complete_occurrence(
    maintenance_id: PublicId, occurrence: OccurrenceId, write: Writer
) -> Response:
    """Complete one window that is going on."""

    def act(request: ApiRequest) -> Maintenance:
        done = windows.complete_maintenance(request.ctx, maintenance_id, occurrence)
        return Maintenance.of(done, request)

    return write(act)


@router.delete("/{maintenance_id}/occurrences/{occurrence}", status_code=204)
def cancel_occurrence(
    maintenance_id: PublicId, occurrence: OccurrenceId, write: Writer
) -> Response:
    """Cancel one window; the others stay."""

    def act(request: ApiRequest) -> None:
        windows.cancel_window(request.ctx, maintenance_id, occurrence)

    return write(act, status=204)


@router.post("/{maintenance_id}/occurrences/{occurrence}/reinstate", response_model=Maintenance)
def reinstate_occurrence(
    maintenance_id: PublicId, occurrence: OccurrenceId, write: Writer
) -> Response:
    """Take back the cancellation of one window."""

    def act(request: ApiRequest) -> Maintenance:
        done = windows.reinstate_window(request.ctx, maintenance_id, occurrence)
        return Maintenance.of(done, request)

    return write(act)


@router.get("/{maintenance_id}/conflicts")
def list_conflicts(maintenance_id: PublicId, request: Reader) -> Conflicts:
    """List other maintenances that overlap in time and services, drafts too, soonest first."""
    found = conflicts.conflicts_of(request.ctx, maintenance_id)
    return Conflicts(items=[Conflict.of(each, request) for each in found])
