"""Screen to try a sample request with options, and to send it as a test."""

from fastapi import APIRouter, Response

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.texts.phrases import N_
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.sources import dry_runs, samples, sources
from app.usecases.sources.dry_runs import DryRun, DryRunRequest
from app.usecases.sources.samples import SampleRequest
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest
from app.web.console.sources.adapter_fields import options_of, shown_options
from app.web.console.sources.option_fields import option_fields

__all__ = ["router"]

router = APIRouter(prefix="/sources/{source_id}/try")

_METHODS = ("POST", "GET", "PUT")
_SENT = N_("The test has arrived. This is its event.")


@router.get("")
def show_form(request: Admin, source_id: str) -> Response:
    """Show the form with the options of the source and a test of its kind."""
    source = sources.get_source(request.ctx, source_id)
    adapter = ADAPTERS.get(source.kind)
    body = "" if adapter is None else adapter.test_body
    return _page(
        request,
        source_id,
        Form.filled({"method": "POST", "body": body, **shown_options(source.options)}),
    )


@router.post("")
def try_request(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Show what the request would become; with the button `send`, store it and show its event."""
    source = sources.get_source(request.ctx, source_id)

    def send(ctx: Ctx) -> str:
        event_id = samples.send_sample(
            ctx, request.app.secret_box, source_id, _sample(form), ADAPTERS
        )
        return f"/console/sources/{source_id}/events/{event_id}"

    def act(ctx: Ctx) -> DryRun:
        options = options_of(form, ADAPTERS[source.kind], source.options)
        dry_run_request = DryRunRequest(options=options, sample=_sample(form))
        return dry_runs.dry_run(ctx, source_id, ADAPTERS, dry_run_request)

    again = lambda: _page(request, source_id, form)  # noqa: E731
    if form.text("do") == "send":
        answer = request.write(form, send, again=again, notice=request.translate(_SENT))
        request.app.receiver.process_now()
        return answer
    return request.write_and_reveal(
        form, act, again=again, show=lambda run: _page(request, source_id, form, run)
    )


def _sample(form: Form) -> SampleRequest:
    """Read the pasted request. Raises InvalidError."""
    method = form.text("method")
    return SampleRequest(
        method=method if method in _METHODS else "POST",
        query=replace_unstorable(form.text("query")).strip(),
        headers=dict(map(_header, _lines(form.text("headers")))),
        body=form.text("body").replace("\r\n", "\n"),
    )


def _lines(text: str) -> list[str]:
    return [line for line in replace_unstorable(text).splitlines() if line.strip()]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise InvalidError(
            "A header is a name, a colon and a value.", code="invalid_header", field="headers"
        )
    return name, value


def _page(request: StaffRequest, source_id: str, form: Form, run: DryRun | None = None) -> Response:
    source = sources.get_source(request.ctx, source_id)
    adapter = ADAPTERS.get(source.kind)
    return request.page(
        "source_try",
        form=form,
        source=source,
        run=run,
        methods=[(each, each) for each in _METHODS],
        options=() if adapter is None else option_fields(adapter),
    )
