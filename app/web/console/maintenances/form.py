"""Form fields of a maintenance: its times, and the commands that a form describes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError, NotFoundError
from app.domain.maintenances.local_times import NOT_SKIPPED, TypedTimes, local_time
from app.domain.page.pages import PageFacts
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.maintenances import windows
from app.usecases.maintenances.lifecycle import StaffMaintenance
from app.usecases.publication.maintenance_commands import EditMaintenance, PlanMaintenance
from app.usecases.text_history import version_of
from app.web.console.kit.forms.form_fields import format_time_field, local_field, time_field
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.recurrence_field import rule_fields, rule_of
from app.web.console.kit.forms.translations import changed_text
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["FormTimes", "edit_of", "form_of", "plan_of", "shown_times", "times_of"]


@dataclass(frozen=True, slots=True)
class FormTimes:
    """The times and the recurrence rule in a form; `typed` are local times that clocks skip."""

    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    typed: TypedTimes


def times_of(
    form: Form, page: PageFacts, shown: tuple[datetime, datetime] | None = None
) -> FormTimes:
    """The times in a form that was filled with `shown`. Raises InvalidError."""
    shown_start, shown_end = shown or (None, None)
    starts_at = time_field(form, "starts_at", page, shown=shown_start)
    if starts_at is None:
        raise _no_time("starts_at")
    ends_at = time_field(form, "ends_at", page, shown=shown_end, after=starts_at)
    if ends_at is None:
        raise _no_time("ends_at")
    start, typed_end = _skipped(form, "starts_at", page), local_field(form, "ends_at")
    typed = TypedTimes(start, _skipped(form, "ends_at", page))
    if start is not None:
        typed = TypedTimes(start, typed_end)
        length = typed_end - start
        if ends_at <= starts_at and length > timedelta():
            ends_at = starts_at + length  # as `rule_window` does
    return FormTimes(starts_at, ends_at, rule_of(form, starts_at, ZoneInfo(page.time_zone)), typed)


def _skipped(form: Form, name: str, page: PageFacts) -> datetime | None:
    """The local time in a field that has a time, where clocks skip it; None elsewhere."""
    typed, zone = local_field(form, name), ZoneInfo(page.time_zone)
    shown = local_time(typed.replace(tzinfo=zone).astimezone(UTC), zone)
    return None if shown == typed else typed


def plan_of(request: StaffRequest, form: Form, *, publish: bool) -> PlanMaintenance:
    """The plan that the form describes. Raises InvalidError."""
    title = request.line(form, "title")
    body = request.body(form, "body")
    times = times_of(form, request.chrome.page)
    return PlanMaintenance(
        title,
        body,
        form.all("services"),
        times.starts_at,
        times.ends_at,
        times.recurrence,
        publish,
        form.has("notify"),
        times.typed,
    )


def edit_of(
    ctx: Ctx, request: StaffRequest, form: Form, staff: StaffMaintenance
) -> EditMaintenance:
    """The changes of a maintenance that the form describes. Raises InvalidError."""
    title, body = _localized(staff.maintenance.title), _localized(staff.maintenance.body)
    page = request.chrome.page
    shown = shown_times(ctx, staff)
    times = times_of(form, page, shown)
    is_moved = (times.starts_at, times.ends_at) != shown
    services = {each.slug for each in staff.maintenance.services}
    return EditMaintenance(
        maintenance=staff.id,
        title=changed_text(request, form, "title", title, one_line=True),
        body=changed_text(request, form, "body", body),
        services=form.all("services") if set(form.all("services")) != services else None,
        starts_at=times.starts_at if is_moved else None,
        ends_at=times.ends_at if is_moved else None,
        recurrence=times.recurrence if times.recurrence != staff.recurrence else None,
        ends_recurrence=times.recurrence is None and staff.recurrence is not None,
        typed=times.typed if is_moved else NOT_SKIPPED,
        seen=form.text("seen"),
    )


def form_of(ctx: Ctx, staff: StaffMaintenance, page: PageFacts) -> Form:
    """The form filled with the present values of a maintenance."""
    window = staff.maintenance
    starts_at, ends_at = shown_times(ctx, staff)
    values: dict[str, str | tuple[str, ...] | Mapping[str, str]] = {
        "title": texts_of(_localized(window.title)),
        "body": texts_of(_localized(window.body)),
        "services": tuple(each.slug for each in window.services),
        "starts_at": format_time_field(starts_at, page),
        "ends_at": format_time_field(ends_at, page),
        "seen": version_of(staff.updated_at),
        **rule_fields(staff.recurrence, starts_at, ZoneInfo(page.time_zone)),
    }
    return Form.filled(values)


def shown_times(ctx: Ctx, staff: StaffMaintenance) -> tuple[datetime, datetime]:
    """The times that the form shows: of the first window, or of the next one once it has begun."""
    if staff.recurrence is not None and staff.starts_at <= ctx.now:
        for window in windows.list_windows(ctx, staff.id):
            if window.status is MaintenanceStatus.SCHEDULED and window.starts_at > ctx.now:
                return window.starts_at, window.ends_at
    return staff.starts_at, staff.ends_at


def _no_time(name: str) -> InvalidError:
    return InvalidError("Give a date and a time.", code="invalid_time", field=name)


def _localized(text: Text) -> LocalizedText:
    # Automation writes no maintenances, so their texts are localized, never phrased.
    if isinstance(text, LocalizedText):
        return text
    raise NotFoundError("The text was not written by staff.")
