"""Forms to add and edit a source, with fields for the options of its adapter."""

from fastapi import APIRouter, Response

from app.domain.alerts.sources import AUTH_KINDS
from app.domain.errors import NotFoundError
from app.domain.texts.phrases import N_
from app.monitors import ADAPTERS
from app.usecases.context import Ctx
from app.usecases.sources import sources
from app.usecases.sources.records import CreatedSource, NewSource, SourceChanges, StaffSource
from app.web.console.kit.forms.form_fields import integer_field, publish_fields, publish_mode
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest
from app.web.console.sources.adapter_fields import (
    auth_option_names,
    auth_options_of,
    options_of,
    shown_auth_options,
    shown_options,
)
from app.web.console.sources.detail import fresh_page
from app.web.console.sources.option_fields import auth_option_fields, option_fields

__all__ = ["router"]

router = APIRouter(prefix="/sources")

_LIST = "/console/sources"
_EDITED = N_("The change is saved.")


@router.get("/new")
def choose_kind(request: Admin) -> Response:
    """Choose the kind of monitor."""
    return request.page("source_kinds", adapters=ADAPTERS)


@router.get("/new/{kind}")
def new_source(request: Admin, kind: str) -> Response:
    """Show the form for a new source of a kind."""
    form = Form.filled({"name": "", "auth": "token", "secrets": "", **publish_fields("draft")})
    return _page(request, form, kind)


@router.post("/new/{kind}")
def add_source(request: Admin, kind: str, form: SubmittedForm) -> Response:
    """Add a source; the answer shows its URL and secret."""
    state = request.app

    def act(ctx: Ctx) -> CreatedSource:
        own = form.text("secrets").strip()
        stale = form.text("stale_after_seconds").strip()
        new = NewSource(
            kind=kind,
            name=form.text("name"),
            auth=form.text("auth"),
            auth_options=auth_options_of(form),
            secrets=(own,) if own else (),
            options=options_of(form, ADAPTERS[kind]) if kind in ADAPTERS else {},
            publish=publish_mode(form),
            stale_after_seconds=integer_field(form, "stale_after_seconds") if stale else None,
            rate_limit=state.settings.hook_rate,
            accept_untested=form.has("accept_untested"),
        )
        return sources.add_source(ctx, state.secret_box, new, ADAPTERS)

    again = lambda: _page(request, form, kind)  # noqa: E731
    return request.write_and_reveal(
        form, act, again=again, show=lambda made: fresh_page(request, made)
    )


@router.get("/{source_id}/edit")
def edit_form(request: Admin, source_id: str) -> Response:
    """Show the form with the stored values."""
    found = sources.get_source(request.ctx, source_id)
    form = Form.filled(
        {
            "name": found.name,
            "auth": found.auth,
            "stale_after_seconds": str(found.stale_after_seconds or 0),
            **shown_options(found.options),
            **shown_auth_options(found.auth_options),
            **publish_fields(found.publish),
        }
    )
    return _page(request, form, found.kind, found)


@router.post("/{source_id}/edit")
def edit_source(request: Admin, source_id: str, form: SubmittedForm) -> Response:
    """Save the changes to a source."""
    found = sources.get_source(request.ctx, source_id)
    secret_box = request.app.secret_box

    def act(ctx: Ctx) -> str:
        own = form.text("secrets").strip()
        changes = SourceChanges(
            name=form.text("name"),
            auth=form.text("auth"),
            auth_options=auth_options_of(form, found.auth_options),
            secrets=(own,) if own else None,
            options=options_of(form, ADAPTERS[found.kind], found.options),
            publish=publish_mode(form),
            stale_after_seconds=integer_field(form, "stale_after_seconds"),
            accept_untested=form.has("accept_untested"),
        )
        sources.edit_source(ctx, secret_box, source_id, changes, ADAPTERS)
        return f"{_LIST}/{source_id}"

    again = lambda: _page(request, form, found.kind, found)  # noqa: E731
    return request.write(form, act, again=again, notice=request.translate(_EDITED))


def _page(
    request: StaffRequest, form: Form, kind: str, source: StaffSource | None = None
) -> Response:
    if kind not in ADAPTERS:
        raise NotFoundError("There is no such kind of source.", code="unknown_kind")
    return request.page(
        "source_form",
        form=form,
        source=source,
        adapter=ADAPTERS[kind],
        auths=[(each, each) for each in AUTH_KINDS],
        auth_options=auth_option_fields(auth_option_names()),
        options=option_fields(ADAPTERS[kind]),
    )
