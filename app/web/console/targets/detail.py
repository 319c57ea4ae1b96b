"""Console screens of targets: the list, one target with its chain, and the actions on it."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Response

from app.domain.certificates.target_filter import TargetFilter, TargetState
from app.domain.errors import ConflictError
from app.domain.permissions import Action, may
from app.domain.texts.phrases import N_
from app.rendering.filters.console.console_certificates import drawing
from app.rendering.filters.incident_chain import HEADERS
from app.trust.clients.profiles import Profile
from app.trust.errors import ProfileError
from app.usecases.chains import served
from app.usecases.context import Ctx
from app.usecases.services import services
from app.usecases.targets import forecasts, own_host, status, targets
from app.usecases.targets.forecasts import ForecastFilter
from app.usecases.targets.profiles import load_profiles
from app.usecases.targets.status import TargetStatus
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Admin, Editor, StaffRequest, Viewer

__all__ = ["profiles_at", "router"]

router = APIRouter(prefix="/certificates")

_HERE = "/console/certificates"
_PAUSED = N_("The target is not probed until you resume it.")
_RESUMED = N_("The target is probed again, starting now.")
_DELETED = N_("The target is deleted. Staff own the incidents that it opened.")
_PROBED = N_("The host is being checked.")
_SHOWN = 50
_CHAINS = 10


@router.get("")
def list_targets(request: Viewer) -> Response:
    """List the targets that match the filters with state and next break, the worst first."""
    base_url = request.app.settings.base_url
    query = QueryFilters(request.http, "q", "state", "service")
    known = services.list_services(request.ctx)
    state = query.choice("state", list(TargetState))
    wanted = TargetFilter(
        query.text("q"),
        None if state is None else TargetState(state),
        query.choice("service", [each.slug for each in known]),
    )
    found = targets.list_worst_targets(request.ctx, wanted, cursor=query.cursor, limit=_SHOWN)
    return request.page(
        "certificates",
        targets=found.items,
        forecasts=forecasts.next_forecasts(request.ctx, [each.id for each in found.items]),
        own=[each.id for each in found.items if own_host.is_own(base_url, each.host, each.port)],
        form=query.form,
        filtered=not query.is_empty,
        states=list(TargetState),
        names={each.slug: each.name for each in known},
        more=query.query_string(found.next) if found.next else None,
        newest=query.query_string() if query.cursor else None,
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


@router.get("/{target_id}")
def target(request: Viewer, target_id: str) -> Response:
    """Show one target: picture of the chain, horizons, findings, history."""
    return _page(request, target_id, Form())


@router.get("/{target_id}/chain.svg")
def picture(request: Viewer, target_id: str) -> Response:
    """Draw the chain as SVG."""
    current = status.target_status(request.ctx, target_id, profiles_at(request))
    drawn = drawing(current.chain, current.clients, current.at, current.host, request.locale)
    return Response(drawn.svg, media_type="image/svg+xml", headers=dict(HEADERS))


@router.post("/{target_id}/probe")
def probe(request: Editor, target_id: str, form: SubmittedForm) -> Response:
    """Probe the target now."""
    return _done(request, target_id, form, status.probe_now, _PROBED)


@router.post("/{target_id}/pause")
def pause(request: Admin, target_id: str, form: SubmittedForm) -> Response:
    """Pause probing."""
    return _done(request, target_id, form, targets.pause_target, _PAUSED)


@router.post("/{target_id}/resume")
def resume(request: Admin, target_id: str, form: SubmittedForm) -> Response:
    """Resume probing."""
    return _done(request, target_id, form, targets.resume_target, _RESUMED)


@router.post("/{target_id}/delete")
def delete(request: Admin, target_id: str, form: SubmittedForm) -> Response:
    """Delete the target."""

    def act(ctx: Ctx) -> str:
        own_host.check_deletable(ctx, request.app.settings.base_url, target_id)
        targets.delete_target(ctx, target_id)
        return _HERE

    again = lambda: _page(request, target_id, form)  # noqa: E731
    return request.write(form, act, again=again, notice=request.translate(_DELETED))


def profiles_at(request: StaffRequest) -> Mapping[str, Profile]:
    """Return all client profiles. Raises ConflictError when a file of them is invalid."""
    try:
        return load_profiles(request.app.settings.data_dir / "profiles")
    except ProfileError as error:
        raise ConflictError(error.message, code="broken_profile") from error


def _done(
    request: StaffRequest, target_id: str, form: Form, do: Callable[[Ctx, str], object], notice: str
) -> Response:
    def act(ctx: Ctx) -> str:
        do(ctx, target_id)
        return f"{_HERE}/{target_id}"

    again = lambda: _page(request, target_id, form)  # noqa: E731
    return request.write(form, act, again=again, notice=request.translate(notice))


def _page(request: StaffRequest, target_id: str, form: Form) -> Response:
    found = targets.get_target(request.ctx, target_id)
    current = status.target_status(request.ctx, target_id, profiles_at(request))
    upcoming = forecasts.list_forecasts(
        request.ctx, ForecastFilter(target=target_id), limit=_CHAINS
    ).items
    query = QueryFilters(request.http)
    chains = served.list_chains(request.ctx, target_id, cursor=query.cursor, limit=_CHAINS)
    role = request.me.user.role
    return request.page(
        "certificate",
        form=form,
        target=found,
        current=current,
        picture=_drawing(request, current),
        forecasts=upcoming,
        chains=chains.items,
        more=query.query_string(chains.next) if chains.next else None,
        is_own=own_host.is_own(request.app.settings.base_url, found.host, found.port),
        names={each.slug: each.name for each in services.list_services(request.ctx)},
        may_edit=may(role, Action.EDIT),
        may_configure=may(role, Action.CONFIGURE),
    )


def _drawing(request: StaffRequest, current: TargetStatus) -> object:
    if not current.chain:
        return None
    return drawing(current.chain, current.clients, current.at, current.host, request.locale)
