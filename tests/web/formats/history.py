"""Histories of a page, made of random actions of staff."""

from datetime import datetime, timedelta
from random import Random

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
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
from tests.cast import Installation
from tests.factories import english

SERVICES = ("api", "web", "mail", "payments", "search")

_INCIDENT_STATUSES = list(IncidentStatus)
_SERVICE_STATUSES = [each for each in ServiceStatus if each.value != "under_maintenance"]


def both(text: str, swedish: str) -> LocalizedText:
    """A text in English and in Swedish."""
    return LocalizedText.from_mapping({"en": text, "sv": swedish}, default="en")


class Chance:
    """Random actions of staff; each is one that the present state allows."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self.installation = installation
        self.random = Random(seed)
        self.incidents: dict[str, IncidentStatus] = {}
        self.ends: dict[str, datetime] = {}  # of maintenances that are not cancelled
        self.services = list(SERVICES[: self.random.randint(0, len(SERVICES))])
        with installation.writing() as ctx:
            for slug in self.services:
                grouped = self.random.random() < 0.5
                add_service(
                    ctx,
                    slug,
                    both(slug.title(), f"{slug.title()}tjänst"),
                    group=english("Core") if grouped else None,
                )

    def step(self) -> None:
        """Carry out one random action."""
        self.installation.clock.forward(minutes=self.random.randint(1, 90))
        actions = [self._open]
        if self.services:
            actions.append(self._plan)
        if self.incidents:
            actions += [self._update, self._update]
        if self._resolved():
            actions.append(self._postmortem)
        if self.ends:
            actions.append(self._change)
        if self._cancellable():
            actions.append(self._cancel)
        if len(self.services) > 1 and self.random.random() < 0.1:
            actions.append(self._archive)
        with self.installation.writing() as ctx:
            self.random.choice(actions)(ctx)

    def _resolved(self) -> list[str]:
        resolved = IncidentStatus.RESOLVED
        return [incident for incident, status in self.incidents.items() if status is resolved]

    def _cancellable(self) -> list[str]:
        now = self.installation.clock.now
        return [maintenance for maintenance, ends_at in self.ends.items() if ends_at > now]

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
        self.incidents[made.incident.id] = made.incident.status

    def _update(self, ctx: Ctx) -> None:
        incident = self.random.choice(list(self.incidents))
        self.incidents[incident] = post_update(ctx, incident, self._message()).incident.status

    def _postmortem(self, ctx: Ctx) -> None:
        put_postmortem(
            ctx,
            self.random.choice(self._resolved()),
            NewPostmortem(english("What we learned."), publish=self.random.random() < 0.7),
        )

    def _plan(self, ctx: Ctx) -> None:
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
        self.ends[made.id] = made.maintenance.ends_at

    def _change(self, ctx: Ctx) -> None:
        changes = MaintenanceChanges(title=english(f"Upgrade {self.random.randint(0, 9)}"))
        edit_maintenance(ctx, self.random.choice(list(self.ends)), changes)

    def _cancel(self, ctx: Ctx) -> None:
        maintenance = self.random.choice(self._cancellable())
        cancel_maintenance(ctx, maintenance)
        del self.ends[maintenance]

    def _archive(self, ctx: Ctx) -> None:
        archive_service(ctx, self.services.pop())
