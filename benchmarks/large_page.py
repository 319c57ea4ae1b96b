"""Large installation to look at: 60 services in 6 groups, 69 incidents in a year, 8 of them open.

`python -m benchmarks.large_page FOLDER` creates the database in FOLDER. `FYR_DATA_DIR=FOLDER fyr
serve` then shows the page.
"""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import SHELL, Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.services.services import add_service
from benchmarks.data import open_data

__all__ = ["INCIDENTS", "OPEN", "SERVICES", "fill_large"]

SERVICES, INCIDENTS, OPEN = 60, 69, 8
_GROUPS = ("Payments", "Website and apps", "Data centres", "Partner interfaces", "Mail", "Office")
_NOUNS = (
    "Card payments", "Sign-in", "Search", "Reports", "Storage",
    "Betalningsförmedlingsgränssnitt", "Webhooks", "Exports", "Images", "Queue",
)  # fmt: skip
_STATUSES = (
    ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE,
)  # fmt: skip
_CONFIRM = ("moves_start_back", "started_long_ago", "stays_open")


def fill_large(ctx: Ctx) -> None:
    """Add the services, known for 400 days, and the incidents, the open ones last."""
    slugs = [f"service-{number}" for number in range(SERVICES)]
    for number, slug in enumerate(slugs):
        add_service(
            ctx,
            slug,
            _text(f"{_NOUNS[number % 10]} {number // 10 + 1}"),
            group=_text(_GROUPS[number // 10]),
            known_since=ctx.now - timedelta(days=400),
        )
    for number in range(INCIDENTS):
        # The open ones affect the first groups alone: the other groups are healthy.
        is_open = number >= INCIDENTS - OPEN
        slug = slugs[(number * 7) % (20 if is_open else SERVICES)]
        ago = (
            timedelta(minutes=25 * (INCIDENTS - number))
            if is_open
            else timedelta(days=365 - 5 * number)
        )
        _add_incident(ctx, slug, _STATUSES[number % 3], ctx.now - ago, resolved=not is_open)


def _add_incident(
    ctx: Ctx, slug: str, status: ServiceStatus, at: datetime, *, resolved: bool
) -> None:
    first = _update(
        IncidentStatus.INVESTIGATING,
        "Some requests fail. We are looking for the cause.",
        at,
        {slug: status},
    )
    title = _text(f"Requests to {slug} fail in one region")
    incident = open_incident(ctx, NewIncident(title, first)).incident
    known = _update(
        IncidentStatus.IDENTIFIED,
        "The cause is known; we are working on a fix.",
        at + timedelta(minutes=10),
    )
    post_update(ctx, incident.id, known)
    if resolved:
        over = _update(
            IncidentStatus.RESOLVED, "The incident is over.", at + timedelta(minutes=127)
        )
        post_update(ctx, incident.id, over)


def _update(
    status: IncidentStatus,
    body: str,
    at: datetime,
    services: Mapping[str, ServiceStatus] | None = None,
) -> NewUpdate:
    return NewUpdate(status, _text(body), services or {}, posted_at=at, confirm=_CONFIRM)


def _text(text: str) -> LocalizedText:
    return LocalizedText.of(text, "en")


def main(folder: Path) -> None:
    """Create the installation in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_data(folder) as database, database.writing(SHELL) as ctx:
        fill_large(ctx)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
