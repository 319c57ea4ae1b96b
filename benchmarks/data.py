"""Data of the measured page: 30 services, 10 incidents with updates."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx
from app.usecases.database import Database
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.services.services import add_service

__all__ = ["fill", "open_data", "publish"]

SERVICES, INCIDENTS = 30, 10


def _in_each(languages: Sequence[str], text: str) -> LocalizedText:
    return LocalizedText.from_mapping(dict.fromkeys(languages, text), default="en")


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


def fill(ctx: Ctx, languages: Sequence[str] = ("en",)) -> None:
    """Add the services and incidents, with one text in each language; two incidents are open."""
    slugs = [f"service-{number}" for number in range(SERVICES)]
    for slug in slugs:
        add_service(ctx, slug, _in_each(languages, slug.title()))
    for number in range(INCIDENTS):
        publish(ctx, slugs[number], resolved=number > 1, languages=languages)


def publish(
    ctx: Ctx, slug: str, *, resolved: bool = True, languages: Sequence[str] = ("en",)
) -> str:
    """Publish an incident of this service with three updates, or two; returns its id."""
    first = NewUpdate(
        IncidentStatus.INVESTIGATING,
        _in_each(languages, f"Some clients cannot reach {slug}. We are looking into it."),
        {slug: ServiceStatus.PARTIAL_OUTAGE},
    )
    incident = open_incident(
        ctx, NewIncident(_in_each(languages, f"Trouble with {slug}"), first)
    ).incident
    found = _in_each(languages, "The cause is known and a fix is on its way.")
    post_update(ctx, incident.id, NewUpdate(IncidentStatus.IDENTIFIED, found, {}))
    if resolved:
        over = _in_each(languages, "All clients connect again.")
        post_update(ctx, incident.id, NewUpdate(IncidentStatus.RESOLVED, over, {}))
    return incident.id
