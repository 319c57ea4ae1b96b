"""Console forms to add and to edit a target."""

from fastapi import APIRouter, Response

from app.domain.certificates.probe_results import STARTTLS_PORTS
from app.domain.texts.phrases import N_
from app.trust.clients.profiles import DEFAULT_PROFILES
from app.usecases.chains.client_json import client_of
from app.usecases.context import Ctx
from app.usecases.services import services
from app.usecases.targets import targets
from app.usecases.targets.targets import NewTarget, StaffTarget, TargetChanges
from app.web.console.kit.forms.form_fields import integer_field, publish_fields, publish_mode
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest
from app.web.console.targets.detail import profiles_at

__all__ = ["router"]

router = APIRouter(prefix="/certificates")

_HERE = "/console/certificates"
_ADDED = N_("The target is added.")
_EDITED = N_("The change is saved, and the target is being probed.")
_NUMBERS = ("interval_seconds", "fail_after", "recover_after", "warn_days")


@router.get("/new")
def new_target(request: Admin) -> Response:
    """Show the form for a new target."""
    usual = NewTarget("")
    return _page(
        request,
        Form.filled(
            {
                "host": "",
                "port": str(usual.port),
                "starttls": "",
                "services": (),
                "profiles": DEFAULT_PROFILES,
                **{name: str(getattr(usual, name)) for name in _NUMBERS},
                **publish_fields(usual.publish),
            }
        ),
    )


@router.post("")
def add_target(request: Admin, form: SubmittedForm) -> Response:
    """Add a target."""
    known = profiles_at(request)

    def act(ctx: Ctx) -> str:
        chosen = form.all("profiles")
        numbers = {name: integer_field(form, name) for name in _NUMBERS}
        new = NewTarget(
            host=form.text("host"),
            port=integer_field(form, "port"),
            starttls=form.text("starttls") or None,
            services=form.all("services"),
            publish=publish_mode(form),
            profiles=None if set(chosen) == set(DEFAULT_PROFILES) else chosen,
            **numbers,
        )
        return f"{_HERE}/{targets.add_target(ctx, new, known).id}"

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_ADDED)
    )


@router.get("/{target_id}/edit")
def edit_form(request: Admin, target_id: str) -> Response:
    """Show the form with the current values."""
    found = targets.get_target(request.ctx, target_id)
    form = Form.filled(
        {
            "services": found.services,
            "profiles": found.profiles or DEFAULT_PROFILES,
            **{name: str(getattr(found, name)) for name in _NUMBERS},
            **publish_fields(found.publish),
        }
    )
    return _page(request, form, found)


@router.post("/{target_id}/edit")
def edit_target(request: Admin, target_id: str, form: SubmittedForm) -> Response:
    """Save the changes of a target."""
    known = profiles_at(request)

    def act(ctx: Ctx) -> str:
        chosen = form.all("profiles")
        had = targets.get_target(ctx, target_id).profiles or DEFAULT_PROFILES
        numbers = {name: integer_field(form, name) for name in _NUMBERS}
        changes = TargetChanges(
            services=form.all("services"),
            publish=publish_mode(form),
            profiles=None if set(chosen) == set(had) else chosen,
            **numbers,
        )
        targets.edit_target(ctx, target_id, changes, known)
        return f"{_HERE}/{target_id}"

    def again() -> Response:
        return _page(request, form, targets.get_target(request.ctx, target_id))

    return request.write(form, act, again=again, notice=request.translate(_EDITED))


def _page(request: StaffRequest, form: Form, target: StaffTarget | None = None) -> Response:
    return request.page(
        "target",
        form=form,
        target=target,
        services=services.list_services(request.ctx),
        profiles=[client_of(profile) for profile in profiles_at(request).values()],
        starttls=[(each, f"STARTTLS ({each})") for each in sorted(STARTTLS_PORTS)],
    )
