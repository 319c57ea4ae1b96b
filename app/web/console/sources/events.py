"""What a monitor sent: as it came, what became of it, and what it would become otherwise."""

from fastapi import APIRouter, Response

from app.domain.alerts.sources import EventVerdict
from app.domain.permissions import Action, may
from app.domain.phrases import N_
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.sources import dry_runs, events, sources
from app.usecases.sources.dry_runs import DryRun, DryRunRequest
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.query import Asked
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer
from app.web.console.sources.adapter_fields import options_of, shown_options
from app.web.intake.sns_signatures import subscribe_url

__all__ = ["router"]

router = APIRouter(prefix="/sources/{source_id}/events")

_REPLAYED = N_("It came in once more, now.")
_SHOWN = 50


@router.get("")
def list_events(request: Viewer, source_id: str) -> Response:
    """What it sent and is kept, newest first."""
    asked = Asked(request.http, "verdict")
    wanted = asked.text("verdict")
    verdict = EventVerdict(wanted) if wanted in set(EventVerdict) else None
    found = events.list_events(
        request.ctx, source_id, cursor=asked.cursor, limit=_SHOWN, verdict=verdict
    )
    return request.page(
        "source_events",
        form=asked.form,
        source=sources.get_source(request.ctx, source_id),
        events=found.items,
        verdicts=list(EventVerdict),
        more=asked.again(found.next) if found.next else None,
    )


@router.get("/{event_id}")
def event(request: Viewer, source_id: str, event_id: str) -> Response:
    """One delivery, and what it becomes with the options in force."""
    source = sources.get_source(request.ctx, source_id)
    form = Form.filled(shown_options(source.options))
    return _page(request, source_id, event_id, form, DryRunRequest(event=event_id))


@router.post("/{event_id}/replay")
def replay(request: Admin, source_id: str, event_id: str, form: Sent) -> Response:
    """Let it come in once more, now."""

    def act(ctx: Ctx) -> str:
        again = events.replay(ctx, source_id, event_id)
        return f"/console/sources/{source_id}/events/{again.id}"

    def shown() -> Response:
        return _page(request, source_id, event_id, form, DryRunRequest(event=event_id))

    answer = request.write(form, act, again=shown, said=request.say(_REPLAYED))
    request.app.receiver.process_now()
    return answer


@router.post("/{event_id}/try")
def try_options(request: Viewer, source_id: str, event_id: str, form: Sent) -> Response:
    """What it would become with other options. Changes nothing."""
    source = sources.get_source(request.ctx, source_id)

    def act(ctx: Ctx) -> DryRun:
        trial = DryRunRequest(event=event_id, options=options_of(form, ADAPTERS[source.kind]))
        return dry_runs.dry_run(ctx, source_id, ADAPTERS, trial)

    def show(run: DryRun) -> Response:
        return _page(request, source_id, event_id, form, None, run)

    return request.make(
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
    trial: DryRunRequest | None,
    run: DryRun | None = None,
) -> Response:
    source = sources.get_source(request.ctx, source_id)
    found = events.get_event(request.ctx, source_id, event_id)
    if trial is not None:
        run = dry_runs.dry_run(request.ctx, source_id, ADAPTERS, trial)
    return request.page(
        "source_event",
        form=form,
        source=source,
        event=found,
        run=run,
        tried=trial is None,
        adapter=ADAPTERS.get(source.kind),
        subscribe=subscribe_url(found.body.encode(), source.auth_options.get("topics")),
        may_configure=may(request.me.member.role, Action.CONFIGURE),
    )
