"""Screens of routes: list, add, edit, delete, and dry runs before saving."""

import re
from dataclasses import fields as fields_of
from dataclasses import replace

from fastapi import APIRouter, Response

from app.domain.alerts.routing import RouteAction
from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.texts.phrases import N_
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.services import services
from app.usecases.sources import dry_runs, routes, sources
from app.usecases.sources.dry_runs import DryRun, DryRunRequest
from app.usecases.sources.routes import NewRoute, RouteChanges, StaffRoute
from app.web.console.kit.forms.form_fields import (
    integer_field,
    list_field,
    publish_fields,
    publish_mode,
)
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/routes")

_LIST = "/console/routes"
_ADDED = N_("The route is active.")
_EDITED = N_("The change is saved.")
_DELETED = N_("The route is deleted.")
_MATCHER = re.compile(r"\s*([^\s=!~]+)\s*(=~|!~|!=|=)\s*(.*)")
_NUMBERS = (
    "group_wait_seconds",
    "resolve_after_seconds",
    "reopen_within_seconds",
    "min_alerts",
    "min_sources",
)
_MAX_SOURCES = 100
_MAX_EVENTS = 500
_LAST_POSITION = 1_000_001


@router.get("")
def list_routes(request: Viewer) -> Response:
    """List all routes in matching order."""
    return request.page("routes", routes=routes.list_routes(request.ctx), names=_names(request))


@router.get("/new")
def new_route(request: Admin) -> Response:
    """Show the form for a new route, with matchers from an alert or an event if given."""
    parameters = request.http.query_params
    query = QueryFilters(request.http, "source", "event")
    lines = parameters.getlist("matcher")
    if query.text("source") and query.text("event"):
        lines = _suggest_matchers(request, query.text("source") or "", query.text("event") or "")
    form = _filled(NewRoute(source=query.text("source")), "\n".join(lines)[:5000])
    return _page(request, form)


@router.post("")
def add_route(request: Admin, form: SubmittedForm) -> Response:
    """Add a route, or show a dry run with it."""
    if form.has("dry"):
        return _dry_run(request, form)

    def act(ctx: Ctx) -> str:
        routes.add_route(ctx, _route(form))
        return _LIST

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_ADDED)
    )


@router.get("/{route_id}")
def route(request: Admin, route_id: str) -> Response:
    """Show the form with the stored values."""
    found = routes.get_route(request.ctx, route_id)
    names = {each.name for each in fields_of(NewRoute)} & {each.name for each in fields_of(found)}
    saved = NewRoute(**{name: getattr(found, name) for name in names})
    matchers = "\n".join(" ".join(each) for each in found.matchers)
    return _page(request, _filled(saved, matchers), found)


@router.post("/{route_id}")
def edit_route(request: Admin, route_id: str, form: SubmittedForm) -> Response:
    """Save a route, or show a dry run with it."""
    found = routes.get_route(request.ctx, route_id)
    if form.has("dry"):
        return _dry_run(request, form, found)

    def act(ctx: Ctx) -> str:
        new = _route(form)
        names = {each.name for each in fields_of(RouteChanges)} - {"clear"}
        gone = {name for name in ("source", "service_label", "publish") if not getattr(new, name)}
        changes = RouteChanges(
            **{name: getattr(new, name) for name in names}, clear=frozenset(gone)
        )
        routes.edit_route(ctx, route_id, changes)
        return _LIST

    again = lambda: _page(request, form, found)  # noqa: E731
    return request.write(form, act, again=again, notice=request.translate(_EDITED))


@router.post("/{route_id}/delete")
def delete_route(request: Admin, route_id: str, form: SubmittedForm) -> Response:
    """Delete a route."""

    def act(ctx: Ctx) -> str:
        routes.delete_route(ctx, route_id)
        return _LIST

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_DELETED)
    )


def _dry_run(request: StaffRequest, form: Form, edited: StaffRoute | None = None) -> Response:
    """Show a dry run of the newest events with the edited route among the others."""

    def act(ctx: Ctx) -> DryRun:
        new = _route(form)
        others = [each for each in routes.list_routes(ctx) if edited is None or each != edited]
        names = {each.name for each in fields_of(NewRoute)} & {
            each.name for each in fields_of(StaffRoute)
        }
        saved = [NewRoute(**{name: getattr(each, name) for name in names}) for each in others]
        # A dry run publishes nothing, so untested sources are accepted.
        ordered = sorted((*saved, new), key=_position_of)
        rules = tuple(replace(each, accept_untested=True) for each in ordered)
        about = new.source or form.text("try_source")
        if not about:
            raise InvalidError("Choose one.", code="no_source", field="try_source")
        dry_run_request = DryRunRequest(
            last=min(integer_field(form, "last") or 1, _MAX_EVENTS), routes=rules
        )
        return dry_runs.dry_run(ctx, about, ADAPTERS, dry_run_request)

    return request.write_and_reveal(
        form,
        act,
        again=lambda: _page(request, form, edited),
        show=lambda run: _page(request, form, edited, run),
    )


def _route(form: Form) -> NewRoute:
    position = form.text("position").strip()
    lines = replace_unstorable(form.text("matchers")).splitlines()
    return NewRoute(
        matchers=tuple(_matcher(line) for line in lines if line.strip()),
        source=form.text("source") or None,
        action=form.text("action"),
        services=form.all("services"),
        service_label=form.text("service_label").strip() or None,
        statuses=dict(_pair(each) for each in list_field(form, "statuses")),
        group_by=list_field(form, "group_by"),
        publish=publish_mode(form) or None,
        position=integer_field(form, "position") if position else None,
        enabled=form.has("enabled"),
        accept_untested=form.has("accept_untested"),
        **{name: integer_field(form, name) for name in _NUMBERS},
    )


def _position_of(route: NewRoute) -> int:
    return _LAST_POSITION if route.position is None else route.position


def _matcher(line: str) -> tuple[str, str, str]:
    found = _MATCHER.fullmatch(line)
    if found is None:
        raise InvalidError(
            "A matcher is label, operator and value.", code="invalid_matcher", field="matchers"
        )
    return found[1], found[2], found[3].strip()


def _pair(line: str) -> tuple[str, str]:
    severity, _, status = line.partition("=")
    return severity.strip(), status.strip()


def _suggest_matchers(request: StaffRequest, source: str, event: str) -> list[str]:
    """Suggest matchers from the labels of an event's first alert."""
    run = dry_runs.dry_run(request.ctx, source, ADAPTERS, DryRunRequest(event=event))
    candidates = ("alertname", "service", "component", "app", "job", "name", "monitor")
    for alert in (alert for each in run.events for alert in each.alerts):
        named = [f"{name} = {alert.labels[name]}" for name in candidates if alert.labels.get(name)]
        return named[:2] or [f"title = {alert.title}"]
    return []


def _filled(route: NewRoute, matchers: str) -> Form:
    return Form.filled(
        {
            "matchers": matchers,
            "source": route.source or "",
            "action": route.action,
            "services": route.services,
            "service_label": route.service_label or "",
            "statuses": "\n".join(f"{each} = {status}" for each, status in route.statuses.items()),
            "group_by": ", ".join(route.group_by),
            "position": "" if route.position is None else str(route.position),
            "enabled": "on" if route.enabled else (),
            "last": "100",
            **{name: str(getattr(route, name)) for name in _NUMBERS},
            **publish_fields(route.publish or ""),
        }
    )


def _names(request: StaffRequest) -> dict[str, str]:
    found = sources.list_sources(request.ctx, cursor=None, limit=_MAX_SOURCES)
    return {each.id: each.name for each in found.items}


def _page(
    request: StaffRequest, form: Form, route: StaffRoute | None = None, run: DryRun | None = None
) -> Response:
    return request.page(
        "route",
        form=form,
        route=route,
        run=run,
        sources=list(_names(request).items()),
        services=services.list_services(request.ctx),
        actions=[each.value for each in RouteAction if each is not RouteAction.UNMAPPED],
    )
