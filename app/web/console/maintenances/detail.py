"""Console screens of maintenances: the list, one maintenance, publishing, cancelling."""

from fastapi import APIRouter, Response

from app.domain.errors import ConflictError
from app.domain.maintenances.maintenance import ACTIVE, OVER
from app.domain.maintenances.maintenance_filter import MaintenanceFilter, MaintenanceState
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import N_
from app.domain.translation_overview import maintenance_translations
from app.usecases.context import Ctx
from app.usecases.maintenances import conflicts, lifecycle, listing
from app.usecases.maintenances import windows as maintenance_windows
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.outbox.progress import progress_by_update
from app.usecases.publication import pending
from app.usecases.publication.maintenance_commands import PublishMaintenance
from app.usecases.text_history import version_of
from app.web.console.compose.composer import path_after
from app.web.console.compose.publication_question import publication_question
from app.web.console.kit.confirmation import Question, plain_text, write_confirmed
from app.web.console.kit.forms.form_fields import format_time_field
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.list_filters import ListFilters
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import list_about

__all__ = ["address", "detail", "router"]

router = APIRouter(prefix="/maintenances")

_PATH = "/console/maintenances"
_PAGE_SIZE = 50
# The state of the tab that lists all maintenances.
_ANY = "all"
_STATES = (_ANY, *MaintenanceState)
_CANCELLED = N_("The maintenance is cancelled. You can reinstate it.")
_REINSTATED = N_("The maintenance is reinstated.")


def address(maintenance_id: str) -> str:
    """The path of the page of one maintenance."""
    return f"{_PATH}/{maintenance_id}"


@router.get("")
def list_page(request: Viewer) -> Response:
    """Maintenances under way and to come; with filters, those that match, latest start first."""
    filters = ListFilters.of(request, _STATES)
    if filters.query.is_empty:
        return _waiting_page(request, filters)
    state = None if filters.state in {None, _ANY} else MaintenanceState(filters.state or "")
    wanted = MaintenanceFilter(filters.words, state, filters.service, filters.since, filters.until)
    found = listing.list_maintenances(
        request.ctx, wanted, cursor=filters.query.cursor, limit=_PAGE_SIZE
    )
    return request.page(
        "maintenances",
        found=found.items,
        show=filters.state or _ANY,
        is_search=filters.is_search,
        statuses=list(MaintenanceStatus),
        **filters.values(found.next),
    )


def _waiting_page(request: StaffRequest, filters: ListFilters) -> Response:
    coming = listing.list_waiting(request.ctx)
    running = [each for each in coming if each.published_at and _status(each) in ACTIVE]
    planned = [each for each in coming if each not in running]
    return request.page(
        "maintenances",
        running=running,
        planned=planned[:_PAGE_SIZE],
        found=None,
        show="",
        is_search=False,
        statuses=list(MaintenanceStatus),
        # All later ones are in the list of scheduled maintenances.
        is_cut=len(planned) > _PAGE_SIZE,
        **filters.values(None),
    )


@router.get("/{maintenance_id}")
def show(request: Viewer, maintenance_id: str) -> Response:
    """One maintenance with its windows, updates and actions."""
    return detail(request, Form(), maintenance_id)


@router.post("/{maintenance_id}/publish")
def publish(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Publish a draft; without an undo window, once the user has confirmed it."""

    command = PublishMaintenance(maintenance_id, form.text("seen") or None)

    def act(ctx: Ctx) -> str:
        return path_after(pending.submit(ctx, command, undoable=True))

    def ask(ctx: Ctx) -> Question | None:
        if pending.is_deferred(ctx, command):
            return None
        staff = lifecycle.preview_publication(ctx, maintenance_id)
        return publication_question(request, staff.maintenance.title, address(maintenance_id))

    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id)
    )


@router.post("/{maintenance_id}/cancel")
def cancel(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Cancel all windows that are not over, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        return address(lifecycle.cancel_maintenance(ctx, maintenance_id).id)

    def ask(ctx: Ctx) -> Question:
        staff = lifecycle.get_maintenance(ctx, maintenance_id)
        if _status(staff) in OVER:
            raise ConflictError("This maintenance is over.", code="maintenance_over")
        return _cancel_question(request, staff)

    notice = request.translate(_CANCELLED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/{maintenance_id}/reinstate")
def reinstate(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Take back the cancellation of a maintenance, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        return address(lifecycle.reinstate_maintenance(ctx, maintenance_id).id)

    def ask(ctx: Ctx) -> Question:
        lifecycle.check_reinstatement(ctx, maintenance_id)
        staff = lifecycle.get_maintenance(ctx, maintenance_id)
        title = plain_text(request, staff.maintenance.title)
        return Question(
            request.translate(N_("Reinstate the maintenance?")),
            request.translate(
                N_("Visitors see that “%(title)s” takes place after all."), title=title
            ),
            request.translate(N_("Reinstate")),
            address(maintenance_id),
            window=None if staff.recurrence else staff.maintenance,
            is_danger=False,
        )

    notice = request.translate(_REINSTATED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


def detail(request: StaffRequest, form: Form, maintenance_id: str) -> Response:
    """The page of one maintenance, with the values that were typed into its forms."""
    staff = lifecycle.get_maintenance(request.ctx, maintenance_id)
    windows = maintenance_windows.list_windows(request.ctx, maintenance_id)
    window, page = staff.maintenance, request.chrome.page
    initial = {
        "starts_at": format_time_field(window.starts_at, page),
        "ends_at": format_time_field(window.ends_at, page),
    }
    typed = {name for name, _ in form.fields}
    form.fields += tuple(each for each in initial.items() if each[0] not in typed)
    return request.page(
        "maintenance",
        form=form,
        staff=staff,
        seen=version_of(staff.updated_at),
        window=window,
        waiting=list_about(request, staff.subject),
        running=_status(staff) in ACTIVE,
        over=_status(staff) in OVER,
        may_reinstate=lifecycle.may_reinstate(request.ctx, maintenance_id),
        reinstatable={
            each.recurs_at
            for each in windows
            if each.status is MaintenanceStatus.CANCELLED
            and staff.cancelled_at is None
            and each.ends_at > request.ctx.now
        },
        coming=[each for each in windows if each.status not in OVER],
        earlier=[each for each in reversed(windows) if each.status in OVER],
        removed=maintenance_windows.list_removed_updates(request.ctx, maintenance_id),
        conflicts=conflicts.conflicts_of(request.ctx, maintenance_id),
        notices=progress_by_update(request.ctx, staff.subject),
        texts=maintenance_translations(window, page.languages),
    )


def _cancel_question(request: StaffRequest, staff: StaffMaintenance) -> Question:
    title, back = plain_text(request, staff.maintenance.title), address(staff.id)
    if staff.recurrence is None:
        return Question(
            request.translate(N_("Cancel the maintenance?")),
            request.translate(
                N_(
                    "Visitors see that “%(title)s” is cancelled. You can reinstate it until its "
                    "planned end."
                ),
                title=title,
            ),
            request.translate(N_("Cancel the maintenance")),
            back,
            staff.maintenance,
        )
    return Question(
        request.translate(N_("Cancel all dates?")),
        request.translate(
            N_(
                "Every date of “%(title)s” that is not over is cancelled, and visitors see that. "
                "You can reinstate the maintenance until its last date is over."
            ),
            title=title,
        ),
        request.translate(N_("Cancel all dates")),
        back,
    )


def _status(staff: StaffMaintenance) -> MaintenanceStatus:
    return staff.maintenance.status
