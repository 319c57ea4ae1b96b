"""The preview counts whom the fan-out notifies, for every command and any subscribers."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from sqlmodel import col, func, select

from app.db.queries.services import find_services
from app.db.tables import DeliveryRow, IncidentRow, NoticeRow, SubscriberRow
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.states import SubscriberState
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident
from app.usecases.publication import pending
from app.usecases.publication.commands import AnyCommand
from app.usecases.publication.incident_commands import OpenIncident, PostUpdate, PutPostmortem
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    PlanMaintenance,
)
from tests.cast import Backend, open_backend
from tests.factories import english, make_incident, make_maintenance, make_service, make_subscriber
from tests.usecases.outbox.channels import CHANNELS
from tests.usecases.outbox.ledger import fan_out_all
from tests.usecases.publication.submission import every_command

LANGUAGES, CHANNEL_KINDS = ("en", "sv", "ar"), ("email", "webhook")
LEVELS = list(ServiceStatus)


@pytest.fixture
def backend(database_url: str) -> Iterator[Backend]:
    """A database and a clock, once on each kind of database."""
    with open_backend(database_url) as opened:
        yield opened


def add_subscribers(ctx: Ctx, chance: Random, number: int) -> None:
    """Subscribers with any levels, languages and choices, some of them not active."""
    services = find_services(ctx.session, ["payments", "login"]).values()
    incidents = ctx.session.exec(select(IncidentRow.id)).all()
    things = [("service", row.id or 0) for row in services]
    things += [("incident", each or 0) for each in incidents]
    for each in range(number):
        make_subscriber(
            ctx,
            f"{chance.random()}.{each}@example.net",
            channel=chance.choice(CHANNEL_KINDS),
            language=chance.choice(LANGUAGES),
            state=chance.choice([*SubscriberState, SubscriberState.ACTIVE, SubscriberState.ACTIVE]),
            incidents=chance.choice(list(IncidentLevel)),
            maintenances=chance.choice(list(MaintenanceLevel)),
            minimum=chance.choice(list(Impact)),
            follows=chance.sample(things, chance.randrange(min(3, len(things)) + 1)),
        )


def further_commands(backend: Backend, chance: Random) -> list[AnyCommand]:
    """Commands whose event or audience depends on what was there before."""
    with backend.writing() as ctx:
        make_service(ctx, "login")
        first = NewUpdate(
            IncidentStatus.INVESTIGATING,
            english("Down."),
            {"login": chance.choice(LEVELS)},
            notify=False,
        )
        known = open_incident(ctx, NewIncident(english("Login"), first)).incident.id
        draft = open_incident(ctx, NewIncident(english("Draft"), first, publish=False)).incident.id
        over = make_incident(
            ctx, NewUpdate(IncidentStatus.RESOLVED, english("Over."), {})
        ).incident.id
        soon = make_maintenance(ctx).id
        begun = make_maintenance(ctx, starts_in=timedelta(minutes=-5)).id
    resolved = NewUpdate(IncidentStatus.RESOLVED, english("Over."), {})
    worse = NewUpdate(
        IncidentStatus.IDENTIFIED, english("Worse."), {"payments": chance.choice(LEVELS)}
    )
    now = backend.clock.now
    return [
        PostUpdate(known, worse),
        PostUpdate(known, resolved),
        PostUpdate(known, worse),
        PostUpdate(draft, worse),
        PutPostmortem(over, english("Why."), publish=True),
        PutPostmortem(over, english("Why, again."), publish=True),
        OpenIncident(english("Draft"), worse, publish=False),
        EditMaintenance(services=("login",), maintenance=soon),
        EditMaintenance(title=english("Other title"), maintenance=soon),
        EditMaintenance(ends_at=now + timedelta(days=3), maintenance=soon),
        AnnounceMaintenance(MaintenanceStatus.SCHEDULED, english("Soon."), maintenance=soon),
        AnnounceMaintenance(MaintenanceStatus.IN_PROGRESS, english("Now."), maintenance=soon),
        AnnounceMaintenance(MaintenanceStatus.IN_PROGRESS, english("Now."), maintenance=begun),
        AnnounceMaintenance(MaintenanceStatus.COMPLETED, english("Over."), maintenance=begun),
        PlanMaintenance(
            english("Done"),
            english("It is over."),
            ("login",),
            now - timedelta(hours=2),
            now - timedelta(hours=1),
        ),
    ]


def previewed(backend: Backend, command: AnyCommand) -> dict[tuple[str, str], int]:
    with backend.reading() as ctx:
        content = pending.dry_run(ctx, command)
        counts = pending.count_notified(ctx, command, content, CHANNELS).by_channel
    return {(kind, tag): n for kind, each in counts.items() for tag, n in each.items()}


def notified_since(backend: Backend, newest: int) -> dict[tuple[str, str], int]:
    with backend.reading() as ctx:
        found = ctx.session.exec(
            select(SubscriberRow.channel, SubscriberRow.language, func.count())
            .join(DeliveryRow, col(DeliveryRow.subscriber_id) == col(SubscriberRow.id))
            .where(col(DeliveryRow.notice_id) > newest)
            .group_by(col(SubscriberRow.channel), col(SubscriberRow.language))
        ).all()
    return {(channel, language): number for channel, language, number in found}


@pytest.mark.parametrize("seed", range(3))
def test_the_preview_counts_whom_the_fan_out_tells(backend: Backend, seed: int) -> None:
    chance = Random(seed)  # no secret
    commands = [*every_command(backend), *further_commands(backend, chance)]
    with backend.writing() as ctx:
        add_subscribers(ctx, chance, 60)
    fan_out_all(backend)
    seen = 0
    for command in commands:
        with backend.reading() as ctx:
            newest = ctx.session.exec(select(func.max(NoticeRow.id))).one() or 0
        expected = previewed(backend, command)
        with backend.writing() as ctx:
            command.execute(ctx)
        fan_out_all(backend)
        assert notified_since(backend, newest) == expected, command
        seen += sum(expected.values())
        backend.clock.forward(minutes=1)
    assert seen > 0
