"""Console actions on one window of a maintenance: finish, move, extend, cancel, reinstate."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.records import MaintenanceRecord
from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.maintenances import windows
from app.usecases.maintenances.lifecycle import get_maintenance
from app.web.console.kit.confirmation import Question, plain_text, write_confirmed
from app.web.console.kit.forms.form_fields import time_field
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.maintenances.detail import address, detail

__all__ = ["router"]

router = APIRouter(prefix="/maintenances/{maintenance_id}")

_FINISHED = N_("The maintenance is completed. Its services have their earlier status again.")
_MOVED = N_("The times of the window are changed.")
_CANCELLED = N_("This date is cancelled; the others stay. You can reinstate it.")
_REINSTATED = N_("This date is reinstated.")
_EXTENSION_LIMIT = 7 * 24 * 60


@router.post("/finish")
def finish(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Finish a window before its end, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        done = windows.complete_maintenance(ctx, maintenance_id, _occurrence(form))
        return address(done.id)

    def ask(ctx: Ctx) -> Question | None:
        if not _is_public(ctx, maintenance_id):
            return None
        window = windows.preview_move(ctx, maintenance_id, _occurrence(form))
        return Question(
            request.translate(N_("Finish the maintenance now?")),
            request.translate(
                N_("Visitors see that “%(title)s” is completed. This cannot be undone."),
                title=plain_text(request, window.title),
            ),
            request.translate(N_("Finish now")),
            address(maintenance_id),
            window,
            is_danger=False,
        )

    notice = request.translate(_FINISHED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/move")
def move(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Move a window to the typed times, or extend it by a number of minutes.

    The user confirms it first, unless visitors do not see the maintenance.
    """

    def act(ctx: Ctx) -> str:
        starts_at, ends_at = _new_times(request, ctx, form, maintenance_id)
        moved = windows.move_window(
            ctx, maintenance_id, _occurrence(form), starts_at=starts_at, ends_at=ends_at
        )
        return address(moved.id)

    def ask(ctx: Ctx) -> Question | None:
        if not _is_public(ctx, maintenance_id):
            return None
        present = windows.preview_move(ctx, maintenance_id, _occurrence(form))
        starts_at, ends_at = _new_times(request, ctx, form, maintenance_id)
        moved = windows.preview_move(
            ctx, maintenance_id, _occurrence(form), starts_at=starts_at, ends_at=ends_at
        )
        return Question(
            request.translate(N_("Reschedule the maintenance?")),
            request.translate(
                N_("Visitors see the new times of “%(title)s”."),
                title=plain_text(request, moved.title),
            ),
            request.translate(N_("Reschedule")),
            address(maintenance_id),
            moved,
            moved_from=present,
            is_danger=False,
        )

    notice = request.translate(_MOVED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/windows/{occurrence}/cancel")
def cancel_window(
    request: Editor, maintenance_id: str, occurrence: str, form: SubmittedForm
) -> Response:
    """Cancel one window, once the user has confirmed it; the others stay."""

    def act(ctx: Ctx) -> str:
        return address(windows.cancel_window(ctx, maintenance_id, occurrence).id)

    def ask(ctx: Ctx) -> Question:
        window = windows.preview_move(ctx, maintenance_id, occurrence)
        return Question(
            request.translate(N_("Cancel this date?")),
            request.translate(
                N_(
                    "Visitors see that this date of “%(title)s” is cancelled; the others stay. "
                    "You can reinstate it until its planned end."
                ),
                title=plain_text(request, window.title),
            ),
            request.translate(N_("Cancel this date")),
            address(maintenance_id),
            window,
        )

    notice = request.translate(_CANCELLED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


@router.post("/windows/{occurrence}/reinstate")
def reinstate_window(
    request: Editor, maintenance_id: str, occurrence: str, form: SubmittedForm
) -> Response:
    """Take back the cancellation of one window, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        return address(windows.reinstate_window(ctx, maintenance_id, occurrence).id)

    def ask(ctx: Ctx) -> Question:
        window = windows.preview_reinstatement(ctx, maintenance_id, occurrence)
        return Question(
            request.translate(N_("Reinstate this date?")),
            request.translate(
                N_("Visitors see that this date of “%(title)s” takes place after all."),
                title=plain_text(request, window.title),
            ),
            request.translate(N_("Reinstate")),
            address(maintenance_id),
            window,
            is_danger=False,
        )

    notice = request.translate(_REINSTATED)
    return write_confirmed(
        request, form, act, ask, again=lambda: detail(request, form, maintenance_id), notice=notice
    )


def _is_public(ctx: Ctx, maintenance_id: str) -> bool:
    return get_maintenance(ctx, maintenance_id).published_at is not None


def _new_times(
    request: StaffRequest, ctx: Ctx, form: Form, maintenance_id: str
) -> tuple[datetime | None, datetime | None]:
    """The new start and end of a window; None keeps one. Raises InvalidError without either."""
    page = request.chrome.page
    shown = windows.find_window(ctx, maintenance_id, _occurrence(form))
    starts_at = time_field(form, "starts_at", page, shown=shown.starts_at)
    ends_at = _extended(ctx, maintenance_id, form) or time_field(
        form, "ends_at", page, shown=shown.ends_at, after=starts_at or shown.starts_at
    )
    if starts_at is None and ends_at is None:
        raise InvalidError("Give a date and a time.", code="invalid_time", field="ends_at")
    return starts_at, ends_at


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
