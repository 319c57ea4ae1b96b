"""Texts that wait before they leave, and those that somebody refused, as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import NotFoundError
from app.domain.incidents.pending import Outcome, Reason
from app.domain.permissions import Action, may
from app.domain.phrases import N_, Text
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.maintenances.lifecycle import get_maintenance
from app.usecases.publication import pending
from app.usecases.publication.commands import Write, incident_of, maintenance_of, title_of
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
)
from app.usecases.publication.pending import PendingText
from app.web.console.compose.prefill import form_of
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["Waiting", "one_waiting", "refused", "waiting"]

# What a text does, by what it is; the words are in the catalogue of the console.
_DOES: Mapping[type, str] = {
    OpenIncident: N_("Opens an incident"),
    PostUpdate: N_("Posts an update"),
    EditUpdate: N_("Words an update anew"),
    EditIncident: N_("Changes the title"),
    Publish: N_("Shows a draft to visitors"),
    PutPostmortem: N_("Puts the postmortem on the page"),
    PlanMaintenance: N_("Plans a maintenance"),
    EditMaintenance: N_("Changes a maintenance"),
    PublishMaintenance: N_("Shows a planned maintenance to visitors"),
    AnnounceMaintenance: N_("Posts an update about a maintenance"),
    EditMaintenanceUpdate: N_("Words an update about a maintenance anew"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held text as a page shows it. `seconds` are left until it leaves by itself.

    `back` is the page of what it is about, None while there is none.
    """

    id: str
    does: str
    title: Text | None
    status: IncidentStatus | MaintenanceStatus | None
    author: str
    own: bool
    for_second_person: bool
    may_approve: bool
    seconds: int | None
    held_at: datetime
    outcome: Outcome | None
    failure: str | None
    incident: str | None
    maintenance: str | None
    back: str | None
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None
    dismissed: bool
    rewritable: bool


def waiting(request: StaffRequest) -> list[Waiting]:
    """What waits or could not leave, oldest first."""
    return [one_waiting(request, each) for each in pending.list_held(request.ctx)]


def refused(request: StaffRequest) -> list[Waiting]:
    """What whoever looks wrote and somebody refused, until they have read that."""
    return [one_waiting(request, each) for each in pending.list_refused(request.ctx)]


def one_waiting(request: StaffRequest, held: PendingText) -> Waiting:
    """One of them."""
    write = held.write
    own = held.author == request.me.actor.name
    second = held.reason is Reason.SECOND_PERSON
    may_edit = may(request.me.member.role, Action.EDIT)
    left = None if held.due_at is None else (held.due_at - request.ctx.now).total_seconds()
    standing, back = _about(request, held)
    return Waiting(
        id=held.id,
        does=request.say(_DOES[type(write)]),
        title=standing or title_of(write),
        status=_status_of(write),
        author=held.author,
        own=own,
        for_second_person=second,
        may_approve=may_edit and not (own and second),
        seconds=None if left is None else max(0, round(left)),
        held_at=held.held_at,
        outcome=held.outcome,
        failure=held.failure,
        incident=held.incident,
        maintenance=held.maintenance,
        back=back,
        decided_by=held.decided_by,
        decided_at=held.decided_at,
        remark=held.remark,
        dismissed=held.dismissed_at is not None,
        rewritable=may_edit and form_of(write) is not None,
    )


def _about(request: StaffRequest, held: PendingText) -> tuple[Text | None, str | None]:
    """The title of what it is about, as that stands, and its page; what is gone has neither."""
    incident, maintenance = incident_of(held.write), maintenance_of(held.write)
    try:
        if incident is not None:
            title = get_incident(request.ctx, incident).incident.title
            return title, f"/console/incidents/{incident}"
        if maintenance is not None:
            title = get_maintenance(request.ctx, maintenance).maintenance.title
            return title, f"/console/maintenances/{maintenance}"
    except NotFoundError:
        return None, None
    return None, None


def _status_of(write: Write) -> IncidentStatus | MaintenanceStatus | None:
    match write:
        case OpenIncident(new):
            return new.first.status
        case PostUpdate(new=posted):
            return posted.status
        case AnnounceMaintenance(new=told):
            return told.status
    return None
