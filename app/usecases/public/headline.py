"""Headline of the page by itself, for screens that show nothing else of the overview."""

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.domain.page.headline import Headline, HeadlineKind, headline_of, worst_first
from app.domain.records import AffectedService
from app.usecases.context import Ctx
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import waiting_windows
from app.usecases.public.current_status import CurrentStatuses

__all__ = ["current_headline"]

# Only these become another headline when a maintenance is under way.
_CALM = frozenset({HeadlineKind.OPERATIONAL, HeadlineKind.NO_SERVICES})


def current_headline(ctx: Ctx) -> Headline:
    """The headline of the overview, read without the days and the uptime of its services."""
    rows = services.in_order_of_page(ctx.session)
    current = CurrentStatuses.read(ctx)
    shown = [AffectedService(row.slug, row.name, current.of(row.id or 0)) for row in rows]
    visible = incidents.visible_open_incidents(ctx.session, ctx.now)
    still_open = worst_first(incident_records(ctx, visible))
    headline = headline_of(shown, still_open)
    if headline.kind in _CALM:
        return headline_of(shown, still_open, waiting_windows(ctx))
    return headline
