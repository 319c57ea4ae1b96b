"""Data of the measured page: 30 services, 10 incidents with updates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.localized_text import LocalizedText
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.database import Database
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.services.services import add_service

__all__ = ["fill", "open_data", "publish"]

SERVICES, INCIDENTS = 30, 10


def _english(text: str) -> LocalizedText:
    return LocalizedText.of(text, "en")


@contextmanager
def open_data(folder: Path) -> Iterator[Database]:
    """The database in `folder`, created and migrated where that is needed."""
    url = f"sqlite:///{folder / 'fyr.db'}"
    upgrade(url)
    database = Database(make_engine(url))
    try:
        yield database
    finally:
        database.close()


def fill(ctx: Ctx) -> None:
    """Add the services and incidents; two of the incidents are open."""
    slugs = [f"service-{number}" for number in range(SERVICES)]
    for slug in slugs:
        add_service(ctx, slug, _english(slug.title()))
    for number in range(INCIDENTS):
        publish(ctx, slugs[number], resolved=number > 1)


def publish(ctx: Ctx, slug: str, *, resolved: bool = True) -> str:
    """Publish an incident of this service with three updates, or two; returns its id."""
    first = NewUpdate(
        IncidentStatus.INVESTIGATING,
        _english(f"Some clients cannot reach {slug}. We are looking into it."),
        {slug: ServiceStatus.PARTIAL_OUTAGE},
    )
    incident = open_incident(ctx, NewIncident(_english(f"Trouble with {slug}"), first)).incident
    found = _english("The cause is known and a fix is on its way.")
    post_update(ctx, incident.id, NewUpdate(IncidentStatus.IDENTIFIED, found, {}))
    if resolved:
        over = _english("All clients connect again.")
        post_update(ctx, incident.id, NewUpdate(IncidentStatus.RESOLVED, over, {}))
    return incident.id
