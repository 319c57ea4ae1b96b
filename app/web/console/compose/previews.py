"""How what somebody writes will look to visitors once it is done."""

from dataclasses import replace

from app.domain.errors import NotFoundError
from app.domain.localized_text import LocalizedText
from app.domain.maintenances.maintenance import MaintenanceUpdate
from app.domain.maintenances.occurrences import stamp_of
from app.domain.page.pages import PageFacts
from app.domain.page.records import MaintenanceRecord
from app.rendering.console.previews import (
    Preview,
    incident_previews,
    maintenance_previews,
    text_previews,
)
from app.usecases.context import Ctx
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.lifecycle import get_maintenance
from app.usecases.maintenances.windows import list_windows
from app.usecases.publication.commands import Done, Write
from app.usecases.publication.incident_commands import (
    EditUpdate,
    PostUpdate,
    Publish,
    PutPostmortem,
)
from app.usecases.publication.maintenance_commands import AnnounceMaintenance, EditMaintenanceUpdate
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["previews_of", "update_of", "window_named"]


def previews_of(request: StaffRequest, write: Write, after: Done) -> tuple[Preview, ...]:
    """What visitors will read in each language; `after` is what it is about, once it is done."""
    page = request.chrome.page
    if isinstance(after, StaffIncident):
        return _incident(page, write, after)
    match write:
        case AnnounceMaintenance(maintenance, new):
            said = MaintenanceUpdate("new", new.status, new.body, request.ctx.now)
            window = window_named(request.ctx, maintenance, new.occurrence)
            return maintenance_previews(page, replace(window, status=new.status, updates=(said,)))
        case EditMaintenanceUpdate(maintenance, number, body):
            window, update = update_of(request.ctx, maintenance, number)
            if isinstance(update.body, LocalizedText):
                update = replace(update, body=update.body.revise(dict(body)))
            return maintenance_previews(page, replace(window, updates=(update,)))
    return maintenance_previews(page, after.maintenance)


def window_named(ctx: Ctx, maintenance_id: str, occurrence: str | None) -> MaintenanceRecord:
    """The window of this name; the one that is going on, or the next one, where there is none."""
    for window in list_windows(ctx, maintenance_id):
        if window.recurs_at is not None and stamp_of(window.recurs_at) == occurrence:
            return window
    return get_maintenance(ctx, maintenance_id).maintenance


def update_of(
    ctx: Ctx, maintenance_id: str, update_id: str
) -> tuple[MaintenanceRecord, MaintenanceUpdate]:
    """An update and the window that it is about. Raises NotFoundError."""
    for window in list_windows(ctx, maintenance_id):
        for update in window.updates:
            if update.id == update_id:
                return window, update
    raise NotFoundError("This maintenance has no such update.", code="update_not_found")


def _incident(page: PageFacts, write: Write, after: StaffIncident) -> tuple[Preview, ...]:
    updates = after.incident.updates
    match write:
        case PutPostmortem():
            account = after.incident.postmortem
            return () if account is None else text_previews(page, account.body)
        case EditUpdate(update=number):
            updates = tuple(each for each in updates if each.id == number)
        case PostUpdate():
            updates = tuple(each for each in updates if each.id == after.newest_update)
        case Publish():
            # A draft is released with all that it says.
            pass
        case _:
            updates = updates[:1]
    return incident_previews(page, replace(after.incident, updates=updates))
