"""First screen: active incidents, drafts, pending texts, unmapped alerts and forecasts."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from app.domain.alerts.alert_filter import AlertFilter
from app.domain.certificates.forecast import Forecast
from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.domain.incidents.incidents import needs_update
from app.domain.permissions import Action, may
from app.trust.errors import ProfileError
from app.usecases.backups.nightly import BackupState, backup_state
from app.usecases.incidents.listing import list_incidents
from app.usecases.incidents.records import StaffIncident
from app.usecases.maintenances.listing import list_waiting
from app.usecases.page import settings
from app.usecases.page.setup_checklist import setup_steps
from app.usecases.public.headline import current_headline
from app.usecases.publication import form_drafts
from app.usecases.publication.form_drafts import FormDraft
from app.usecases.sources.events import list_alerts
from app.usecases.sources.quota import near_limits
from app.usecases.targets import forecasts
from app.usecases.targets.forecasts import ForecastFilter
from app.usecases.targets.own_host import SharedFailure, shared_failure
from app.usecases.targets.profiles import load_profiles
from app.usecases.users.security_events import unseen_events
from app.web.console.kit.staff_request import StaffRequest, Viewer
from app.web.console.pending_view import list_pending, list_refused
from app.web.dependencies import hook_quota

__all__ = ["router"]

router = APIRouter()

# The screen of incidents lists all of them.
_MAX_INCIDENTS = 50
_OPEN = IncidentFilter(state=IncidentState.OPEN)
_DRAFTS = IncidentFilter(state=IncidentState.DRAFT)
_FORECAST_WITHIN = timedelta(days=90)
_MAX_FORECASTS = 5
_MAX_UNMAPPED = 10
_EXCERPT = 80


@dataclass(frozen=True, slots=True)
class OpenIncidentView:
    """An open incident: its age, and the time since its latest update.

    `nags` is true when an update is due: at the promised time, else by the page's settings.
    `due_seconds` is the time until the promised update, negative when it is late.
    """

    staff: StaffIncident
    age_seconds: int
    quiet_seconds: int
    nags: bool
    due_seconds: int | None


@dataclass(frozen=True, slots=True)
class FormDraftView:
    """A form draft of the user: the path of its form, and the beginning of its text."""

    path: str
    excerpt: str
    saved_at: datetime


@router.get("/")
def now(request: Viewer) -> Response:
    """The first screen."""
    # Services and planned maintenances come first: the headline finds what they have read.
    waiting = list_waiting(request.ctx)
    found = list_incidents(request.ctx, _OPEN, cursor=None, limit=_MAX_INCIDENTS).items
    drafts = list_incidents(request.ctx, _DRAFTS, cursor=None, limit=_MAX_INCIDENTS).items
    reminder_minutes = settings.page_settings(request.ctx).reminder_minutes
    role, base_url = request.me.user.role, request.app.settings.base_url
    return request.page(
        "now",
        headline=current_headline(request.ctx),
        going_on=[_open(request, e, reminder_minutes) for e in found if e.published_at is not None],
        drafts=drafts,
        maintenance_drafts=[each for each in waiting if each.published_at is None],
        form_drafts=[_form_draft(each) for each in form_drafts.list_drafts(request.ctx)],
        setup=setup_steps(request.ctx, base_url) if may(role, Action.CONFIGURE) else (),
        waiting=list_pending(request),
        refused=list_refused(request),
        unmapped=list_alerts(
            request.ctx,
            AlertFilter(only_open=True, action="unmapped"),
            cursor=None,
            limit=_MAX_UNMAPPED,
        ).items,
        ahead=_ahead(request),
        shared_failure=_shared_failure(request),
        failing_backups=_failing_backups(request),
        near_limits=near_limits(request.ctx, hook_quota(request.app.settings)),
        security_events=unseen_events(request.ctx, request.me.user.id),
    )


def _failing_backups(request: StaffRequest) -> BackupState | None:
    """The state of the nightly backups while they fail, for those who can mend it."""
    is_on = bool(request.app.settings.backup_dir)
    if not is_on or not may(request.me.user.role, Action.CONFIGURE):
        return None
    state = backup_state(request.ctx)
    return state if state.is_failing(request.ctx.now) else None


def _form_draft(draft: FormDraft) -> FormDraftView:
    noun, _, rest = draft.place.partition("/")
    texts = [
        value.strip()
        for name in ("title:", "body:")
        for field, value in sorted(draft.fields.items())
        if field.startswith(name) and value.strip()
    ]
    excerpt = texts[0].splitlines()[0][:_EXCERPT] if texts else ""
    return FormDraftView(f"/console/{noun}s/{rest}", excerpt, draft.saved_at)


def _open(request: StaffRequest, staff: StaffIncident, reminder_minutes: int) -> OpenIncidentView:
    incident, at = staff.incident, request.ctx.now
    latest_at = incident.updates[0].posted_at
    quiet = (at - latest_at).total_seconds()
    return OpenIncidentView(
        staff,
        max(0, round((at - incident.started_at).total_seconds())),
        max(0, round(quiet)),
        nags=needs_update(
            latest_at, at, timedelta(minutes=reminder_minutes), promised_at=incident.next_update_at
        ),
        due_seconds=_seconds_until(incident.next_update_at, at),
    )


def _seconds_until(promised_at: datetime | None, now: datetime) -> int | None:
    return None if promised_at is None else round((promised_at - now).total_seconds())


def _shared_failure(request: StaffRequest) -> SharedFailure | None:
    settings = request.app.settings
    # A broken file of a client profile has its message on the screens of targets.
    with suppress(ProfileError):
        profiles = load_profiles(settings.data_dir / "profiles")
        return shared_failure(request.ctx, settings.base_url, profiles)
    return None


def _ahead(request: StaffRequest) -> tuple[Forecast, ...]:
    found = forecasts.list_forecasts(
        request.ctx, ForecastFilter(within=_FORECAST_WITHIN), limit=_MAX_FORECASTS
    )
    return found.items
