"""Planned maintenances: the list, one of them, and what becomes of it."""

from urllib.parse import urlencode

from fastapi import APIRouter, Response

from app.domain.maintenances.maintenance import ACTIVE, OVER
from app.domain.phrases import N_
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances import conflicts, lifecycle
from app.usecases.maintenances import windows as maintenance_windows
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.publication import pending
from app.usecases.publication.maintenance_commands import PublishMaintenance
from app.web.console.compose.composer import leads_to
from app.web.console.kit.form_fields import local
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import waiting

__all__ = ["address", "detail", "router"]

router = APIRouter(prefix="/maintenances")

_HERE = "/console/maintenances"
_A_PAGE = 20
_CANCELLED = N_("It is called off. Visitors see that.")


def address(maintenance_id: str) -> str:
    """Where one maintenance is."""
    return f"{_HERE}/{maintenance_id}"


@router.get("")
def every_maintenance(request: Viewer, cursor: str = "") -> Response:
    """Those under way, those to come, and those that were."""
    coming = lifecycle.list_waiting(request.ctx)
    past = lifecycle.list_maintenances(request.ctx, cursor=cursor or None, limit=_A_PAGE)
    return request.page(
        "maintenances",
        running=[each for each in coming if each.published_at and _status(each) in ACTIVE],
        planned=[each for each in coming if not (each.published_at and _status(each) in ACTIVE)],
        past=[each for each in past.items if _status(each) in OVER],
        more=urlencode({"cursor": past.next}) if past.next else None,
        first=not cursor,
    )


@router.get("/{maintenance_id}")
def one_maintenance(request: Viewer, maintenance_id: str) -> Response:
    """One maintenance with its windows, its updates, and what can be done."""
    return detail(request, Form(), maintenance_id)


@router.post("/{maintenance_id}/publish")
def publish(request: Editor, maintenance_id: str, form: Sent) -> Response:
    """Show a draft to visitors."""

    def act(ctx: Ctx) -> str:
        return leads_to(pending.submit(ctx, PublishMaintenance(maintenance_id), undoable=True))

    return request.write(form, act, again=lambda: detail(request, form, maintenance_id))


@router.post("/{maintenance_id}/cancel")
def cancel(request: Editor, maintenance_id: str, form: Sent) -> Response:
    """Call everything off that is not over."""

    def act(ctx: Ctx) -> str:
        return address(lifecycle.cancel_maintenance(ctx, maintenance_id).id)

    said = request.say(_CANCELLED)
    return request.write(form, act, again=lambda: detail(request, form, maintenance_id), said=said)


def detail(request: StaffRequest, form: Form, maintenance_id: str) -> Response:
    """The page of one maintenance, with what was typed into its forms."""
    staff = lifecycle.get_maintenance(request.ctx, maintenance_id)
    windows = maintenance_windows.list_windows(request.ctx, maintenance_id)
    window, page = staff.maintenance, request.chrome.page
    begins = {"starts_at": local(window.starts_at, page), "ends_at": local(window.ends_at, page)}
    typed = {name for name, _ in form.fields}
    form.fields += tuple(each for each in begins.items() if each[0] not in typed)
    return request.page(
        "maintenance",
        form=form,
        staff=staff,
        window=window,
        waiting=[each for each in waiting(request) if each.maintenance == maintenance_id],
        running=_status(staff) in ACTIVE,
        over=_status(staff) in OVER,
        coming=[each for each in windows if each.status not in OVER],
        earlier=[each for each in reversed(windows) if each.status in OVER],
        conflicts=conflicts.conflicts_of(request.ctx, maintenance_id),
    )


def _status(staff: StaffMaintenance) -> MaintenanceStatus:
    return staff.maintenance.status
