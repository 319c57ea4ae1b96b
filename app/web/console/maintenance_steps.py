"""What is done with one window of a maintenance: speak of it, extend it, end it, call it off."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.localized import LocalizedText
from app.domain.occurrences import stamp_of
from app.domain.pages import MaintenanceRecord, MaintenanceUpdate
from app.domain.phrases import N_
from app.domain.statuses import MaintenanceStatus
from app.rendering.console import texts_of
from app.usecases import maintenance_windows
from app.usecases.context import Ctx
from app.usecases.maintenance_windows import NewMaintenanceUpdate
from app.web.console.desk import Desk, Editor
from app.web.console.forms import Form, Sent
from app.web.console.instants import instant
from app.web.console.maintenance_forms import staff_text
from app.web.console.maintenances import address, detail
from app.web.console.revising import new_body, stale

__all__ = ["router"]

router = APIRouter(prefix="/maintenances/{maintenance_id}")

_POSTED = N_("Visitors see your update now.")
_FINISHED = N_("It is finished. Its services are as they were before.")
_MOVED = N_("The window has its new times.")
_CANCELLED = N_("This date is called off; the others stay.")
_LONGEST_EXTENSION = 7 * 24 * 60


@router.post("/updates")
def post_update(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Say something about a window; the status may begin it, end it or call it off."""

    def act(ctx: Ctx) -> str:
        new = NewMaintenanceUpdate(
            _status(form), desk.body(form, "body"), _occurrence(form), form.has("notify")
        )
        return address(maintenance_windows.post_maintenance_update(ctx, maintenance_id, new).id)

    again = desk.say(_POSTED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=again)


@router.get("/updates/{update_id}")
def reword_page(desk: Editor, maintenance_id: str, update_id: str) -> Response:
    """The form for wording an update better."""
    update = _update(desk.ctx, maintenance_id, update_id)
    return _reword(desk, Form.filled({"body": texts_of(_written(update))}), maintenance_id, update)


@router.post("/updates/{update_id}")
def reword(desk: Editor, maintenance_id: str, update_id: str, form: Sent) -> Response:
    """Word an update better. The former text is kept."""

    def act(ctx: Ctx) -> str:
        former = _written(_update(ctx, maintenance_id, update_id))
        body = new_body(desk, form, "body", former)
        if body is not None:
            maintenance_windows.edit_maintenance_update(ctx, maintenance_id, update_id, body=body)
        return address(maintenance_id)

    def again() -> Response:
        return _reword(desk, form, maintenance_id, _update(desk.ctx, maintenance_id, update_id))

    return desk.write(form, act, again=again)


@router.post("/finish")
def finish(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Finish a window before its end."""

    def act(ctx: Ctx) -> str:
        done = maintenance_windows.complete_maintenance(ctx, maintenance_id, _occurrence(form))
        return address(done.id)

    said = desk.say(_FINISHED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=said)


@router.post("/move")
def move(desk: Editor, maintenance_id: str, form: Sent) -> Response:
    """Give a window other times: by so many minutes more, or as typed."""

    def act(ctx: Ctx) -> str:
        page = desk.shell.page
        ends_at = _extended(ctx, maintenance_id, form) or instant(form, "ends_at", page)
        starts_at = instant(form, "starts_at", page)
        if starts_at is None and ends_at is None:
            raise InvalidError("Give a date and a time.", code="invalid_time", field="ends_at")
        moved = maintenance_windows.move_window(
            ctx, maintenance_id, _occurrence(form), starts_at=starts_at, ends_at=ends_at
        )
        return address(moved.id)

    said = desk.say(_MOVED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=said)


@router.post("/windows/{occurrence}/cancel")
def cancel_window(desk: Editor, maintenance_id: str, occurrence: str, form: Sent) -> Response:
    """Call one window off; the others stay."""

    def act(ctx: Ctx) -> str:
        return address(maintenance_windows.cancel_window(ctx, maintenance_id, occurrence).id)

    said = desk.say(_CANCELLED)
    return desk.write(form, act, again=lambda: detail(desk, form, maintenance_id), said=said)


def _extended(ctx: Ctx, maintenance_id: str, form: Form) -> datetime | None:
    """The end of the window after so many minutes more, when a button asks for that."""
    minutes = form.text("minutes")
    if not minutes:
        return None
    if not minutes.isdecimal() or not 0 < int(minutes[:6]) <= _LONGEST_EXTENSION:
        raise InvalidError("Give a number of minutes.", code="invalid_time", field="ends_at")
    name = form.text("occurrence")
    for window in maintenance_windows.list_windows(ctx, maintenance_id):
        if _name(window) == name:
            return window.ends_at + timedelta(minutes=int(minutes))
    raise NotFoundError(
        "This maintenance has no window that begins then.", code="occurrence_not_found"
    )


def _name(window: MaintenanceRecord) -> str:
    return "" if window.recurs_at is None else stamp_of(window.recurs_at)


def _occurrence(form: Form) -> str | None:
    return form.text("occurrence") or None


def _status(form: Form) -> MaintenanceStatus:
    try:
        return MaintenanceStatus(form.text("status"))
    except ValueError:
        raise InvalidError("Choose a status.", code="unknown_choice", field="status") from None


def _update(ctx: Ctx, maintenance_id: str, update_id: str) -> MaintenanceUpdate:
    for window in maintenance_windows.list_windows(ctx, maintenance_id):
        for update in window.updates:
            if update.id == update_id:
                return update
    raise NotFoundError("This maintenance has no such update.", code="update_not_found")


def _written(update: MaintenanceUpdate) -> LocalizedText:
    return staff_text(update.body)


def _reword(desk: Desk, form: Form, maintenance_id: str, update: MaintenanceUpdate) -> Response:
    return desk.page(
        "maintenance_update",
        form=form,
        update=update,
        back=address(maintenance_id),
        stale_body=stale(_written(update)),
    )
