"""Histories to read: one with everything in it, and ones made by chance."""

from contextlib import suppress
from datetime import timedelta
from random import Random

from app.domain.errors import ConflictError, InvalidError
from app.domain.localized_text import LocalizedText
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    NewMaintenance,
    cancel_maintenance,
    edit_maintenance,
    plan_maintenance,
)
from app.usecases.services.services import add_service, archive_service
from tests.cast import House
from tests.factories import english

SERVICES = ("api", "web", "mail", "payments", "search")

_INCIDENT_STATUSES = list(IncidentStatus)
_SERVICE_STATUSES = [each for each in ServiceStatus if each.value != "under_maintenance"]


def both(text: str, swedish: str) -> LocalizedText:
    """A text in English and in Swedish."""
    return LocalizedText.from_mapping({"en": text, "sv": swedish}, default="en")


class Chance:
    """Does to a house what staff do, by chance, one thing at a time."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = Random(seed)
        self.incidents: list[str] = []
        self.maintenances: list[str] = []
        self.services = list(SERVICES[: self.random.randint(0, len(SERVICES))])
        with house.writing() as ctx:
            for slug in self.services:
                grouped = self.random.random() < 0.5
                add_service(
                    ctx,
                    slug,
                    both(slug.title(), f"{slug.title()}tjänst"),
                    group=english("Core") if grouped else None,
                )

    def step(self) -> None:
        """Do one thing."""
        self.house.clock.forward(minutes=self.random.randint(1, 90))
        doings = [self._open, self._plan]
        if self.incidents:
            doings += [self._update, self._update, self._account]
        if self.maintenances:
            doings += [self._change, self._cancel]
        if len(self.services) > 1 and self.random.random() < 0.1:
            doings.append(self._archive)
        # What is over cannot be cancelled, and what is not has no account yet.
        with suppress(ConflictError, InvalidError), self.house.writing() as ctx:
            self.random.choice(doings)(ctx)

    def _words(self) -> dict[str, ServiceStatus]:
        chosen = self.random.sample(self.services, self.random.randint(0, len(self.services)))
        return {slug: self.random.choice(_SERVICE_STATUSES) for slug in chosen}

    def _message(self) -> NewUpdate:
        status = self.random.choice(_INCIDENT_STATUSES)
        return NewUpdate(status, both("It goes on.", "Det fortgår."), self._words())

    def _open(self, ctx: Ctx) -> None:
        since = ctx.now - timedelta(minutes=self.random.randint(0, 500))
        made = open_incident(
            ctx,
            NewIncident(
                both("Some fail", "Några misslyckas"),
                self._message(),
                started_at=self.random.choice([None, since]),
                publish=self.random.random() < 0.8,
            ),
        )
        self.incidents.append(made.incident.id)

    def _update(self, ctx: Ctx) -> None:
        post_update(ctx, self.random.choice(self.incidents), self._message())

    def _account(self, ctx: Ctx) -> None:
        put_postmortem(
            ctx,
            self.random.choice(self.incidents),
            NewPostmortem(english("What we learned."), publish=self.random.random() < 0.7),
        )

    def _plan(self, ctx: Ctx) -> None:
        if not self.services:
            return
        starts_at = ctx.now + timedelta(minutes=self.random.randint(-60, 600))
        made = plan_maintenance(
            ctx,
            NewMaintenance(
                both("Upgrade", "Uppgradering"),
                english("It may be slow."),
                tuple(self.random.sample(self.services, 1)),
                starts_at,
                starts_at + timedelta(minutes=self.random.randint(30, 300)),
            ),
        )
        self.maintenances.append(made.maintenance.id)

    def _change(self, ctx: Ctx) -> None:
        changes = MaintenanceChanges(title=english(f"Upgrade {self.random.randint(0, 9)}"))
        edit_maintenance(ctx, self.random.choice(self.maintenances), changes)

    def _cancel(self, ctx: Ctx) -> None:
        cancel_maintenance(ctx, self.maintenances.pop())

    def _archive(self, ctx: Ctx) -> None:
        archive_service(ctx, self.services.pop())
