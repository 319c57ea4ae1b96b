"""The form in which a maintenance is planned, and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError, NotFoundError
from app.domain.localized_text import LocalizedText
from app.domain.page.pages import PageFacts
from app.domain.phrases import Text
from app.domain.statuses import MaintenanceStatus
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.maintenances import windows
from app.usecases.maintenances.lifecycle import MaintenanceChanges, NewMaintenance, StaffMaintenance
from app.usecases.text_history import stamp_of
from app.web.console.kit.form_fields import instant, local
from app.web.console.kit.forms import Form
from app.web.console.kit.recurrence_field import chosen, rule_of
from app.web.console.kit.staff_request import StaffRequest
from app.web.console.kit.translations import changed

__all__ = ["Times", "changes_of", "filled", "new_maintenance", "staff_text", "times_of"]


@dataclass(frozen=True, slots=True)
class Times:
    """What the fields for times say."""

    starts_at: datetime
    ends_at: datetime
    recurrence: str | None


def times_of(form: Form, page: PageFacts) -> Times:
    """The times that were typed. Raises InvalidError."""
    starts_at = _needed(form, "starts_at", page)
    ends_at = _needed(form, "ends_at", page)
    return Times(starts_at, ends_at, rule_of(form, starts_at, ZoneInfo(page.time_zone)))


def new_maintenance(request: StaffRequest, form: Form, *, publish: bool) -> NewMaintenance:
    """What is to be planned. Raises InvalidError."""
    title = request.line(form, "title")
    body = request.body(form, "body")
    times = times_of(form, request.chrome.page)
    return NewMaintenance(
        title,
        body,
        form.all("services"),
        times.starts_at,
        times.ends_at,
        times.recurrence,
        publish,
        form.has("notify"),
    )


def changes_of(
    ctx: Ctx, request: StaffRequest, form: Form, staff: StaffMaintenance
) -> MaintenanceChanges:
    """What the form changes. Raises InvalidError."""
    title, body = staff_text(staff.maintenance.title), staff_text(staff.maintenance.body)
    page = request.chrome.page
    wanted, shown = times_of(form, page), _shown(ctx, staff)
    # Seconds are not typed.
    moved = any(
        local(new, page) != local(old, page)
        for new, old in ((wanted.starts_at, shown[0]), (wanted.ends_at, shown[1]))
    )
    ends = wanted.recurrence is None and staff.recurrence is not None
    named = {each.slug for each in staff.maintenance.services}
    return MaintenanceChanges(
        title=changed(request, form, "title", title),
        body=changed(request, form, "body", body),
        services=form.all("services") if set(form.all("services")) != named else None,
        starts_at=wanted.starts_at if moved else None,
        ends_at=wanted.ends_at if moved else None,
        recurrence=wanted.recurrence if wanted.recurrence != staff.recurrence else None,
        ends_recurrence=ends,
    )


def filled(ctx: Ctx, staff: StaffMaintenance, page: PageFacts) -> Form:
    """The form as it begins for what there is."""
    window = staff.maintenance
    starts_at, ends_at = _shown(ctx, staff)
    values: dict[str, str | tuple[str, ...] | Mapping[str, str]] = {
        "title": texts_of(staff_text(window.title)),
        "body": texts_of(staff_text(window.body)),
        "services": tuple(each.slug for each in window.services),
        "starts_at": local(starts_at, page),
        "ends_at": local(ends_at, page),
        "seen": stamp_of(staff.updated_at),
        **chosen(staff.recurrence, starts_at, ZoneInfo(page.time_zone)),
    }
    return Form.filled(values)


def _shown(ctx: Ctx, staff: StaffMaintenance) -> tuple[datetime, datetime]:
    """The window whose times are changed: of what recurs and has begun, the next one."""
    if staff.recurrence is not None and staff.starts_at <= ctx.now:
        for window in windows.list_windows(ctx, staff.id):
            if window.status is MaintenanceStatus.SCHEDULED and window.starts_at > ctx.now:
                return window.starts_at, window.ends_at
    return staff.starts_at, staff.ends_at


def _needed(form: Form, name: str, page: PageFacts) -> datetime:
    at = instant(form, name, page)
    if at is None:
        raise InvalidError("Give a date and a time.", code="invalid_time", field=name)
    return at


def staff_text(text: Text) -> LocalizedText:
    """The text of somebody: people speak of maintenances, automation does not."""
    if isinstance(text, LocalizedText):
        return text
    raise NotFoundError("This was not written by staff.")
