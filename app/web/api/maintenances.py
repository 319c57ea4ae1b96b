from fastapi import APIRouter, Response

from app.usecases import maintenances
from app.web.api.desk import Desk, Look, Write
from app.web.api.json_body import JsonRoute
from app.web.api.schemas.fields import Cursor, Limit, Listing, PublicId
from app.web.api.schemas.maintenances import Maintenance, MaintenanceChange, NewMaintenance

__all__ = ["router"]

router = APIRouter(prefix="/maintenances", tags=["maintenances"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=Maintenance)
def plan_maintenance(new: NewMaintenance, write: Write) -> Response:
    """Plan a window and show it to visitors."""

    def act(desk: Desk) -> Maintenance:
        planned = maintenances.plan_maintenance(desk.ctx, new.meant(desk))
        return Maintenance.of(planned, desk)

    return write(act, status=201)


@router.get("")
def list_maintenances(desk: Look, cursor: Cursor = None, limit: Limit = 25) -> Listing[Maintenance]:
    """Windows, cancelled ones too, newest first."""
    found = maintenances.list_maintenances(desk.ctx, cursor=cursor, limit=limit)
    return Listing(items=[Maintenance.of(each, desk) for each in found.items], next=found.next)


@router.get("/{maintenance_id}")
def get_maintenance(maintenance_id: PublicId, desk: Look) -> Maintenance:
    """One window."""
    return Maintenance.of(maintenances.get_maintenance(desk.ctx, maintenance_id), desk)


@router.patch("/{maintenance_id}", response_model=Maintenance)
def edit_maintenance(maintenance_id: PublicId, change: MaintenanceChange, write: Write) -> Response:
    """Change what is named: extend it, finish it early, word it better."""

    def act(desk: Desk) -> Maintenance:
        edited = maintenances.edit_maintenance(desk.ctx, maintenance_id, change.meant(desk))
        return Maintenance.of(edited, desk)

    return write(act)


@router.delete("/{maintenance_id}", status_code=204)
def cancel_maintenance(maintenance_id: PublicId, write: Write) -> Response:
    """Call a window off. Staff go on seeing it, as cancelled."""
    return write(lambda desk: maintenances.cancel_maintenance(desk.ctx, maintenance_id), status=204)
