"""Console actions on one window of a maintenance: finish, move, extend, cancel."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.phrases import N_
from app.domain.records import MaintenanceRecord
from app.usecases.context import Ctx
from app.usecases.maintenances import windows
from app.web.console.kit.form_fields import time_field
from app.web.console.kit.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Editor
from app.web.console.maintenances.detail import address, detail

__all__ = ["router"]

router = APIRouter(prefix="/maintenances/{maintenance_id}")

_FINISHED = N_("The maintenance is completed. Its services have their earlier status again.")
_MOVED = N_("The times of the window are changed.")
_CANCELLED = N_("This date is cancelled; the others stay.")
_EXTENSION_LIMIT = 7 * 24 * 60


@router.post("/finish")
def finish(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Finish a window before its end."""

    def act(ctx: Ctx) -> str:
        done = windows.complete_maintenance(ctx, maintenance_id, _occurrence(form))
        return address(done.id)

    notice = request.translate(_FINISHED)
    return request.write(
        form, act, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/move")
def move(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Move a window to the typed times, or extend it by a number of minutes."""

    def act(ctx: Ctx) -> str:
        page = request.chrome.page
        shown = windows.find_window(ctx, maintenance_id, _occurrence(form))
        starts_at = time_field(form, "starts_at", page, shown=shown.starts_at)
        ends_at = _extended(ctx, maintenance_id, form) or time_field(
            form, "ends_at", page, shown=shown.ends_at, after=starts_at or shown.starts_at
        )
        if starts_at is None and ends_at is None:
            raise InvalidError("Give a date and a time.", code="invalid_time", field="ends_at")
        moved = windows.move_window(
            ctx, maintenance_id, _occurrence(form), starts_at=starts_at, ends_at=ends_at
        )
        return address(moved.id)

    notice = request.translate(_MOVED)
    return request.write(
        form, act, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/windows/{occurrence}/cancel")
def cancel_window(
    request: Editor, maintenance_id: str, occurrence: str, form: SubmittedForm
) -> Response:
    """Cancel one window; the others stay."""

    def act(ctx: Ctx) -> str:
        return address(windows.cancel_window(ctx, maintenance_id, occurrence).id)

    notice = request.translate(_CANCELLED)
    return request.write(
        form, act, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


def _extended(ctx: Ctx, maintenance_id: str, form: Form) -> datetime | None:
    """The end of the extended window; None when the form does not extend it."""
    minutes = form.text("minutes")
    if not minutes:
        return None
    if not minutes.isdecimal() or not 0 < int(minutes[:6]) <= _EXTENSION_LIMIT:
        raise InvalidError("Give a number of minutes.", code="invalid_time", field="ends_at")
    wanted = form.text("occurrence")
    for window in windows.list_windows(ctx, maintenance_id):
        if _id_of(window) == wanted:
            return window.ends_at + timedelta(minutes=int(minutes))
    raise NotFoundError(
        "This maintenance has no window that begins then.", code="occurrence_not_found"
    )


def _id_of(window: MaintenanceRecord) -> str:
    return "" if window.recurs_at is None else occurrence_id(window.recurs_at)


def _occurrence(form: Form) -> str | None:
    return form.text("occurrence") or None
