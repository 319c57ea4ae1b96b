"""Texts that are sent, and wait."""

from app.domain.localized_text import LocalizedText
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.usecases.context import Actor
from app.usecases.incidents.lifecycle import NewUpdate
from app.usecases.maintenances.windows import NewMaintenanceUpdate
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.public import pages
from app.usecases.publication import pending
from app.usecases.publication.commands import Done, Write
from app.usecases.publication.pending import PendingText
from tests.cast import BEN, Stage
from tests.factories import english, make_incident, make_service, update

__all__ = [
    "AHEAD",
    "BOB",
    "IDENTIFIED",
    "WORKER",
    "an_incident",
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


def an_incident(stage: Stage) -> str:
    with stage.writing() as ctx:
        make_service(ctx)
        down = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        return make_incident(ctx, down).incident.id


def submit(stage: Stage, write: Write, actor: Actor = BEN) -> Done | PendingText:
    with stage.writing(actor) as ctx:
        return pending.submit(ctx, write, undoable=True)


def held(stage: Stage, write: Write, actor: Actor = BEN) -> PendingText:
    waits = submit(stage, write, actor)
    assert isinstance(waits, PendingText)
    return waits


def texts(stage: Stage) -> list[str]:
    """What visitors read, newest first."""
    with stage.database.reading() as ctx:
        shown = pages.overview(ctx).open_incidents
    return [
        each.body.choose("en", default="en").text
        for incident in shown
        for each in incident.updates
        if isinstance(each.body, LocalizedText)
    ]


def work(stage: Stage) -> None:
    with stage.writing(WORKER) as ctx:
        pending.send_due(ctx)


def wanting_two(stage: Stage) -> None:
    with stage.writing() as ctx:
        edit_page(ctx, PageChange(four_eyes=True, four_eyes_automation=True))
