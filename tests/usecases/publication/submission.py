"""Commands of every kind, submitted by staff."""

from datetime import timedelta

from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Actor, Ctx
from app.usecases.incidents.lifecycle import (
    NewIncident,
    NewUpdate,
    get_incident,
    open_incident,
    post_update,
)
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.maintenances.windows import NewMaintenanceUpdate, post_maintenance_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages
from app.usecases.publication import pending
from app.usecases.publication.commands import AnyCommand, Done
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
    RemoveUpdate,
    WithdrawPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
    RemoveMaintenanceUpdate,
)
from app.usecases.publication.pending import PendingText
from tests.cast import BEN, Backend
from tests.factories import english, make_incident, make_maintenance, make_service, update

__all__ = [
    "AHEAD",
    "BOB",
    "IDENTIFIED",
    "WORKER",
    "an_incident",
    "approve",
    "every_command",
    "held",
    "submit",
    "texts",
    "wanting_two",
    "work",
]

BOB = Actor(ActorKind.USER, "bob@example.com", Role.EDITOR)
WORKER = Actor(ActorKind.WORKER, "worker")
IDENTIFIED = NewUpdate(IncidentStatus.IDENTIFIED, english("A root expired."), {})
AHEAD = NewMaintenanceUpdate(MaintenanceStatus.SCHEDULED, english("It stays as planned."))


def an_incident(backend: Backend) -> str:
    with backend.writing() as ctx:
        make_service(ctx)
        down = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        return make_incident(ctx, down).incident.id


def every_command(backend: Backend) -> list[AnyCommand]:
    """One public command of each kind, about incidents and maintenances that exist."""
    incident = an_incident(backend)
    with backend.writing() as ctx:
        first = get_incident(ctx, incident).incident.updates[0].id
        post_update(ctx, incident, IDENTIFIED)
        drafted = NewIncident(english("Draft"), IDENTIFIED, publish=False)
        draft = open_incident(ctx, drafted).incident.id
        over, explained = (
            make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id for _ in range(2)
        )
        put_postmortem(ctx, explained, NewPostmortem(english("Why."), publish=True))
        planned = make_maintenance(ctx, recurrence="FREQ=DAILY")
        announced = post_maintenance_update(ctx, planned.id, AHEAD).maintenance
        unseen = make_maintenance(ctx, publish=False).id
    starts_at = backend.clock.now + timedelta(hours=1)
    return [
        OpenIncident(english("Down"), IDENTIFIED),
        PostUpdate(incident, IDENTIFIED),
        EditUpdate(incident, first, english("Better.")),
        RemoveUpdate(incident, first),
        EditIncident(english("Another title"), incident=incident),
        Publish(draft),
        PutPostmortem(over, english("Why."), publish=True, notify=False),
        WithdrawPostmortem(explained, english("Why.")),
        PlanMaintenance(
            english("New cables"),
            english("Nothing should be felt."),
            ("payments",),
            starts_at,
            starts_at + timedelta(hours=1),
            notify=False,
        ),
        EditMaintenance(
            english("Cables"), ends_at=starts_at + timedelta(days=1), maintenance=planned.id
        ),
        PublishMaintenance(unseen),
        AnnounceMaintenance(
            AHEAD.status,
            AHEAD.body,
            occurrence="20260303T120000Z",
            notify=False,
            maintenance=planned.id,
        ),
        EditMaintenanceUpdate(planned.id, announced.updates[0].id, english("Better.")),
        RemoveMaintenanceUpdate(planned.id, announced.updates[0].id),
    ]


def submit(backend: Backend, command: AnyCommand, actor: Actor = BEN) -> Done | PendingText:
    with backend.writing(actor) as ctx:
        return pending.submit(ctx, command, undoable=True)


def held(backend: Backend, command: AnyCommand, actor: Actor = BEN) -> PendingText:
    waits = submit(backend, command, actor)
    assert isinstance(waits, PendingText)
    return waits


def approve(ctx: Ctx, text_id: str) -> Done:
    """Read a pending text, and approve what was read."""
    seen = pending.version_of(ctx, pending.get_pending(ctx, text_id))
    return pending.approve(ctx, text_id, seen=seen or "")


def texts(backend: Backend) -> list[str]:
    """What visitors read, newest first."""
    with backend.database.reading() as ctx:
        shown = pages.overview(ctx).open_incidents
    return [
        each.body.choose("en", default="en").text
        for incident in shown
        for each in incident.updates
        if isinstance(each.body, LocalizedText)
    ]


def work(backend: Backend) -> None:
    with backend.writing(WORKER) as ctx:
        pending.publish_due(ctx)


def wanting_two(backend: Backend) -> None:
    with backend.writing() as ctx:
        edit_page(ctx, PageChange(four_eyes=True, four_eyes_automation=True))
