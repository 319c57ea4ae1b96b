"""First screen: active incidents, drafts, pending texts, unmapped alerts and forecasts."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Response

from app.domain.certificates.forecast import Forecast
from app.domain.incidents.incidents import needs_update
from app.rendering.forecast_sentences import forecast_text
from app.usecases.incidents.lifecycle import list_incidents
from app.usecases.incidents.records import StaffIncident
from app.usecases.page import settings
from app.usecases.public import pages
from app.usecases.sources.events import list_alerts
from app.usecases.targets import forecasts
from app.usecases.targets.forecasts import ForecastFilter
from app.usecases.users.security_events import unseen_events
from app.web.console.kit.staff_request import StaffRequest, Viewer
from app.web.console.pending_view import list_pending, list_refused

__all__ = ["router"]

router = APIRouter()

# The screen of incidents lists all of them.
_MAX_INCIDENTS = 50
_FORECAST_WITHIN = timedelta(days=90)
_MAX_FORECASTS = 5
_MAX_UNMAPPED = 10


@dataclass(frozen=True, slots=True)
class OpenIncidentView:
    """An open incident: its age, and the time since its latest update.

    `nags` is true when the page settings ask for an update by now.
    """

    staff: StaffIncident
    age_seconds: int
    quiet_seconds: int
    nags: bool


@dataclass(frozen=True, slots=True)
class ForecastView:
    """The forecast of a target, and its sentence for people."""

    forecast: Forecast
    sentence: str


@router.get("/")
def now(request: Viewer) -> Response:
    """The first screen."""
    found = list_incidents(request.ctx, cursor=None, limit=_MAX_INCIDENTS, only_open=True).items
    drafts = list_incidents(request.ctx, cursor=None, limit=_MAX_INCIDENTS, only_drafts=True).items
    reminder_minutes = settings.page_settings(request.ctx).reminder_minutes
    return request.page(
        "now",
        record=pages.overview(request.ctx, request.chrome.page.base_url),
        going_on=[_open(request, e, reminder_minutes) for e in found if e.published_at is not None],
        drafts=drafts,
        waiting=list_pending(request),
        refused=list_refused(request),
        unmapped=list_alerts(
            request.ctx, cursor=None, limit=_MAX_UNMAPPED, only_open=True, action="unmapped"
        ).items,
        ahead=_ahead(request),
        security_events=unseen_events(request.ctx, request.me.user.id),
    )


def _open(request: StaffRequest, staff: StaffIncident, reminder_minutes: int) -> OpenIncidentView:
    incident, at = staff.incident, request.ctx.now
    latest_at = incident.updates[0].posted_at
    quiet = (at - latest_at).total_seconds()
    return OpenIncidentView(
        staff,
        max(0, round((at - incident.started_at).total_seconds())),
        max(0, round(quiet)),
        nags=needs_update(latest_at, at, timedelta(minutes=reminder_minutes)),
    )


def _ahead(request: StaffRequest) -> list[ForecastView]:
    found = forecasts.list_forecasts(
        request.ctx, ForecastFilter(within=_FORECAST_WITHIN), limit=_MAX_FORECASTS
    )
    return [
        ForecastView(each, forecast_text(each, request.locale, now=request.ctx.now))
        for each in found.items
    ]
