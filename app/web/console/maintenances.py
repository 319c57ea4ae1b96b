"""Planned maintenances: the list, planning one, and what becomes of it."""

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from app.domain.errors import ConflictError, InvalidError
from app.domain.maintenance import ACTIVE, OVER
from app.domain.pages import MaintenanceRecord
from app.domain.phrases import N_
from app.domain.statuses import MaintenanceStatus
from app.i18n.terms import MAINTENANCE_STATUS
from app.rendering.console_errors import told
from app.usecases import maintenance_conflicts, maintenance_windows, maintenances, service_groups
from app.usecases.context import Ctx
from app.usecases.maintenance_previews import MaintenancePreview, preview_maintenance
from app.usecases.maintenances import StaffMaintenance
from app.usecases.services import list_services
from app.web.console.desk import Desk, Editor, Viewer
from app.web.console.forms import Form, Sent
from app.web.console.instants import local
from app.web.console.maintenance_forms import changes_of, filled, new_maintenance, times_of
from app.web.console.repeating import REPEATS
from app.web.console.revising import stale

__all__ = ["address", "detail", "router"]

router = APIRouter(prefix="/maintenances")

_HERE = "/console/maintenances"
_A_PAGE = 20
_PLANNED = N_("It is planned, and visitors see it.")
_DRAFTED = N_("It is kept as a draft. Visitors do not see it.")
_PUBLISHED = N_("Visitors see it now.")
_SAVED = N_("Saved.")
_CANCELLED = N_("It is called off. Visitors see that.")


def address(maintenance_id: str) -> str:
    """Where one maintenance is."""
    return f"{_HERE}/{maintenance_id}"


@router.get("")
def every_maintenance(desk: Viewer, cursor: str = "") -> Response:
    """Those under way, those to come, and those that were."""
    coming = maintenances.list_waiting(desk.ctx)
    past = maintenances.list_maintenances(desk.ctx, cursor=cursor or None, limit=_A_PAGE)
    return desk.page(
        "maintenances",
        running=[each for each in coming if each.published_at and _status(each) in ACTIVE],
        planned=[each for each in coming if not (each.published_at and _status(each) in ACTIVE)],
        past=[each for each in past.items if _status(each) in OVER],
        more=urlencode({"cursor": past.next}) if past.next else None,
        first=not cursor,
    )


@router.get("/new")
def new_page(desk: Editor) -> Response:
    """The form for another one."""
    default = desk.request.query_params.getlist("services")
    return _form(desk, Form.filled({"services": default}))


@router.post("/new")
def plan(desk: Editor, form: Sent) -> Response:
    """Show what it would be, keep it as a draft, or plan it."""
    if form.text("do") == "preview":
        return _previewed(desk, form, lambda preview: _form(desk, form, preview=preview))
    publish = form.text("do") != "draft"

    def act(ctx: Ctx) -> str:
        new = new_maintenance(desk, form, publish=publish)
        return address(maintenances.plan_maintenance(ctx, new).id)

    said = desk.say(_PLANNED if publish else _DRAFTED)
    return desk.write(form, act, again=lambda: _form(desk, form), said=said)


@router.get("/{maintenance_id}")
def one_maintenance(desk: Viewer, maintenance_id: str) -> Response:
    """One maintenance with its windows, its updates, and what can be done."""
    return detail(desk, Form(), maintenance_id)


@router.get("/{maintenance_id}/edit")
def edit_page(desk: Editor, maintenance_id: str) -> Response:
    """The form for what there is."""
    staff = maintenances.get_maintenance(desk.ctx, maintenance_id)
    return _form(desk, filled(desk.ctx, staff, desk.shell.page), staff)


@router.post("/{maintenance_id}/edit")
def edit(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Show what it would be, or change it."""

    def again(preview: MaintenancePreview | None = None) -> Response:
        staff = maintenances.get_maintenance(desk.ctx, maintenance_id)
        return _form(desk, form, staff, preview=preview)

    if form.text("do") == "preview":
        return _previewed(desk, form, again, but=maintenance_id)

    def act(ctx: Ctx) -> str:
        staff = maintenances.get_maintenance(ctx, maintenance_id)
        changes = changes_of(ctx, desk, form, staff)
        maintenances.edit_maintenance(ctx, maintenance_id, changes)
        return address(maintenance_id)

    return desk.write(form, act, again=again, said=desk.say(_SAVED))


@router.post("/{maintenance_id}/publish")
def publish(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Show a draft to visitors."""

    def act(ctx: Ctx) -> str:
        return address(maintenances.publish_maintenance(ctx, maintenance_id).id)

    again = desk.say(_PUBLISHED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=again)


@router.post("/{maintenance_id}/cancel")
def cancel(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Call everything off that is not over."""

    def act(ctx: Ctx) -> str:
        return address(maintenances.cancel_maintenance(ctx, maintenance_id).id)

    said = desk.say(_CANCELLED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=said)


def detail(desk: Desk, form: Form, maintenance_id: str) -> Response:
    """The page of one maintenance, with what was typed into its forms."""
    staff = maintenances.get_maintenance(desk.ctx, maintenance_id)
    windows = maintenance_windows.list_windows(desk.ctx, maintenance_id)
    window, page = staff.maintenance, desk.shell.page
    begins = {"starts_at": local(window.starts_at, page), "ends_at": local(window.ends_at, page)}
    typed = {name for name, _ in form.fields}
    form.fields += tuple(each for each in begins.items() if each[0] not in typed)
    word = desk.voice.catalogue.gettext
    return desk.page(
        "maintenance",
        speaking="body" in {name.partition(":")[0] for name in typed},
        form=form,
        staff=staff,
        window=window,
        statuses=[(each.value, word(MAINTENANCE_STATUS[each])) for each in _may_follow(window)],
        running=_status(staff) in ACTIVE,
        over=_status(staff) in OVER,
        coming=[each for each in windows if each.status not in OVER],
        earlier=[each for each in reversed(windows) if each.status in OVER],
        conflicts=maintenance_conflicts.conflicts_of(desk.ctx, maintenance_id),
    )


def _may_follow(window: MaintenanceRecord) -> list[MaintenanceStatus]:
    """The statuses that an update may set, the standing one first."""
    ways = {
        MaintenanceStatus.SCHEDULED: [MaintenanceStatus.IN_PROGRESS],
        MaintenanceStatus.IN_PROGRESS: [MaintenanceStatus.VERIFYING, MaintenanceStatus.COMPLETED],
        MaintenanceStatus.VERIFYING: [MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED],
    }
    return [window.status, *ways.get(window.status, [])]


def _status(staff: StaffMaintenance) -> MaintenanceStatus:
    return staff.maintenance.status


def _previewed(
    desk: Desk,
    form: Form,
    shown: Callable[[MaintenancePreview | None], Response],
    *,
    but: str | None = None,
) -> Response:
    try:
        times = times_of(form, desk.shell.page)
        preview = preview_maintenance(
            desk.ctx,
            starts_at=times.starts_at,
            ends_at=times.ends_at,
            recurrence=times.recurrence,
            services=form.all("services"),
            but=but,
        )
    except (InvalidError, ConflictError) as error:
        form.refuse(told(error, desk.voice), at=error.field)
        return shown(None)
    return shown(preview)


def _form(
    desk: Desk,
    form: Form,
    staff: StaffMaintenance | None = None,
    *,
    preview: MaintenancePreview | None = None,
) -> Response:
    if form.status == 409 and staff is not None:
        # What is there now has been shown; sending again means it.
        kept = tuple(each for each in form.fields if each[0] != "seen")
        form.fields = (*kept, ("seen", staff.updated_at.isoformat()))
    known = list_services(desk.ctx)
    groups = service_groups.list_groups(desk.ctx)
    inside = [(group.name, [s for s in known if s.group == group.slug]) for group in groups]
    inside.append((None, [s for s in known if s.group is None]))  # type: ignore[arg-type]
    return desk.page(
        "maintenance_form",
        form=form,
        staff=staff,
        inside=[each for each in inside if each[1]],
        repeats=[(value, desk.say(name)) for value, name in REPEATS.items()],
        preview=preview,
        stale_title=stale(staff.maintenance.title) if staff else [],
        stale_body=stale(staff.maintenance.body) if staff else [],
    )
