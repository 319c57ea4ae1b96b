"""A text that was undone, refused or could not leave, back in the form that it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.phrases import Text
from app.usecases.incidents.lifecycle import NewUpdate
from app.usecases.maintenances.lifecycle import MaintenanceChanges, NewMaintenance, get_maintenance
from app.usecases.publication.commands import Write, incident_of, maintenance_of, text_of, title_of
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    IncidentWrite,
    OpenIncident,
    PostUpdate,
    PutPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    MaintenanceWrite,
    PlanMaintenance,
)
from app.web.console.compose.form_drafts import ticked
from app.web.console.kit.form_fields import local
from app.web.console.kit.recurrence_field import chosen
from app.web.console.kit.staff_request import StaffRequest
from app.web.console.kit.translations import written

__all__ = ["Place", "fields_of", "form_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """A form: where its draft is kept, and its address."""

    place: str
    path: str


# Where below the page of an incident or a maintenance each is written.
_ENDS: Mapping[type, str] = {
    PostUpdate: "update",
    EditIncident: "edit",
    PutPostmortem: "postmortem",
    AnnounceMaintenance: "update",
    EditMaintenance: "edit",
}


def form_of(write: Write) -> Place | None:
    """The form that a text came from; what releases a draft comes from none."""
    if isinstance(write, OpenIncident):
        return Place("incident/new", "/console/incidents/new")
    if isinstance(write, PlanMaintenance):
        return Place("maintenance/new", "/console/maintenances/new")
    if isinstance(write, EditUpdate | EditMaintenanceUpdate):
        end: str | None = f"updates/{write.update}"
    else:
        end = _ENDS.get(type(write))
    if end is None:
        return None
    incident, maintenance = incident_of(write), maintenance_of(write)
    about = f"maintenance/{maintenance}" if incident is None else f"incident/{incident}"
    noun, _, public_id = about.partition("/")
    return Place(f"{about}/{end}", f"/console/{noun}s/{public_id}/{end}")


def fields_of(request: StaffRequest, write: Write) -> dict[str, str]:
    """What had been typed, as a draft of the form keeps it."""
    fields = _texts(request, "title", title_of(write))
    if isinstance(write, IncidentWrite):
        if not isinstance(write, EditIncident):
            fields |= _texts(request, "body", text_of(write))
        return fields | _of_incident(request, write)
    return fields | _texts(request, "body", text_of(write)) | _of_maintenance(request, write)


def _of_incident(request: StaffRequest, write: IncidentWrite) -> dict[str, str]:
    match write:
        case OpenIncident(new):
            impact = new.impact.value if new.impact else ""
            return {"impact": impact, **_update(request, new.first, new.started_at)}
        case PostUpdate(new=posted):
            return _update(request, posted, posted.posted_at)
        case EditIncident(impact=impact, derive_impact=derive) if impact or derive:
            return {"impact": impact.value if impact else "derived"}
        case PutPostmortem(notify=notify):
            return {"notify": _box(notify)}
    return {}


def _of_maintenance(request: StaffRequest, write: MaintenanceWrite) -> dict[str, str]:
    match write:
        case PlanMaintenance(plan):
            return _plan(request, plan)
        case EditMaintenance(maintenance=maintenance, changes=changes):
            return _changes(request, maintenance, changes)
        case AnnounceMaintenance(new=told):
            return {
                "status": told.status.value,
                "occurrence": told.occurrence or "",
                "notify": _box(told.notify),
            }
    return {}


def _texts(request: StaffRequest, name: str, text: Text | None) -> dict[str, str]:
    if text is None:
        return {}
    return {f"{name}:{tag}": said for tag, said in written(request, text).items()}


def _box(on: bool) -> str:  # noqa: FBT001  # it is one
    return ticked(("on",) if on else ())


def _update(request: StaffRequest, new: NewUpdate, at: datetime | None) -> dict[str, str]:
    services = {f"services:{slug}": status.value for slug, status in new.services.items()}
    when = "" if at is None else local(at, request.chrome.page)
    return {"status": new.status.value, "posted_at": when, "notify": _box(new.notify), **services}


def _plan(request: StaffRequest, plan: NewMaintenance) -> dict[str, str]:
    page = request.chrome.page
    return {
        "services": ticked(plan.services),
        "starts_at": local(plan.starts_at, page),
        "ends_at": local(plan.ends_at, page),
        "notify": _box(plan.notify),
        **chosen(plan.recurrence, plan.starts_at, ZoneInfo(page.time_zone)),
    }


def _changes(
    request: StaffRequest, maintenance: str, changes: MaintenanceChanges
) -> dict[str, str]:
    page = request.chrome.page
    fields = {}
    if changes.services is not None:
        fields["services"] = ticked(changes.services)
    for name, at in (("starts_at", changes.starts_at), ("ends_at", changes.ends_at)):
        if at is not None:
            fields[name] = local(at, page)
    if changes.recurrence is not None or changes.ends_recurrence:
        begins = changes.starts_at or get_maintenance(request.ctx, maintenance).starts_at
        fields |= chosen(changes.recurrence, begins, ZoneInfo(page.time_zone))
    return fields
