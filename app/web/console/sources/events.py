"""Screens of inbound events: list, detail, replay, and trying other options."""

from fastapi import APIRouter, Response

from app.domain.alerts.event_filter import EventFilter
from app.domain.alerts.sources import EventVerdict
from app.domain.permissions import Action, may
from app.domain.texts.phrases import N_
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.sources import dry_runs, events, sources
from app.usecases.sources.dry_runs import DryRun, DryRunRequest
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.list_filters import NO_DAY
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer
from app.web.console.sources.adapter_fields import options_of, shown_options
from app.web.console.sources.option_fields import option_fields
from app.web.intake.sns_signatures import subscribe_url

__all__ = ["router"]

router = APIRouter(prefix="/sources/{source_id}/events")

_REPLAYED = N_("The event is processed again, as this copy.")
_PAGE_SIZE = 50


@router.get("")
def list_events(request: Viewer, source_id: str) -> Response:
    """List the stored events of a source, newest first."""
    query = QueryFilters(request.http, "verdict", "since", "until")
    wanted = query.choice("verdict", list(EventVerdict))
    since, until = query.span(request.chrome.page.time_zone, request.translate(NO_DAY))
    found = events.list_events(
        request.ctx,
        source_id,
        EventFilter(EventVerdict(wanted) if wanted else None, since, until),
        cursor=query.cursor,
        limit=_PAGE_SIZE,
    )
    return request.page(
        "source_events",
        form=query.form,
        source=sources.get_source(request.ctx, source_id),
        events=found.items,
        verdicts=list(EventVerdict),
        more=query.query_string(found.next) if found.next else None,
        newest=query.query_string() if query.cursor else None,
        filtered=not query.is_empty,
    )


@router.get("/{event_id}")
def event(request: Viewer, source_id: str, event_id: str) -> Response:
    """Show an event and its alerts with the stored options."""
    source = sources.get_source(request.ctx, source_id)
    form = Form.filled(shown_options(source.options))
    return _page(request, source_id, event_id, form, DryRunRequest(event=event_id))


@router.post("/{event_id}/replay")
def replay(request: Admin, source_id: str, event_id: str, form: SubmittedForm) -> Response:
    """Replay an event."""

    def act(ctx: Ctx) -> str:
        again = events.replay(ctx, source_id, event_id)
        return f"/console/sources/{source_id}/events/{again.id}"

    def shown() -> Response:
        return _page(request, source_id, event_id, form, DryRunRequest(event=event_id))

    answer = request.write(form, act, again=shown, notice=request.translate(_REPLAYED))
    request.app.receiver.process_now()
    return answer


@router.post("/{event_id}/try")
def try_options(request: Admin, source_id: str, event_id: str, form: SubmittedForm) -> Response:
    """Show the alerts of an event with other options. Changes nothing."""
    source = sources.get_source(request.ctx, source_id)

    def act(ctx: Ctx) -> DryRun:
        dry_run_request = DryRunRequest(
            event=event_id, options=options_of(form, ADAPTERS[source.kind], source.options)
        )
        return dry_runs.dry_run(ctx, source_id, ADAPTERS, dry_run_request)

    def show(run: DryRun) -> Response:
        return _page(request, source_id, event_id, form, None, run)

    return request.write_and_reveal(
        form,
        act,
        again=lambda: _page(request, source_id, event_id, form, DryRunRequest(event=event_id)),
        show=show,
    )


def _page(
    request: StaffRequest,
    source_id: str,
    event_id: str,
    form: Form,
    dry_run_request: DryRunRequest | None,
    run: DryRun | None = None,
) -> Response:
    source = sources.get_source(request.ctx, source_id)
    found = events.get_event(request.ctx, source_id, event_id)
    may_configure = may(request.me.user.role, Action.CONFIGURE)
    if dry_run_request is not None and may_configure:
        run = dry_runs.dry_run(request.ctx, source_id, ADAPTERS, dry_run_request)
    return request.page(
        "source_event",
        form=form,
        source=source,
        event=found,
        run=run,
        tried=dry_run_request is None,
        options=option_fields(ADAPTERS[source.kind]) if source.kind in ADAPTERS else (),
        subscribe=subscribe_url(found.body.encode(), source.auth_options.get("topics")),
        may_configure=may_configure,
    )
