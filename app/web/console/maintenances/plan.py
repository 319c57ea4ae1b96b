"""Console screens that plan and edit a maintenance, with a preview of its dates and conflicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, Response

from app.domain.errors import ConflictError, InvalidError
from app.domain.publication import SubjectKind
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import N_, Text
from app.usecases.context import Ctx
from app.usecases.maintenances import lifecycle
from app.usecases.maintenances.conflicts import MaintenancePreview, preview_maintenance
from app.usecases.publication.maintenance_commands import EditMaintenance, PlanMaintenance
from app.usecases.services import groups as service_groups
from app.usecases.services.services import StaffService, list_services
from app.web.console.compose.composer import Composer
from app.web.console.compose.messages import show_messages
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.recurrence_field import REPEAT_CHOICES
from app.web.console.kit.forms.translations import outdated, translation_states
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.maintenances.form import edit_of, form_of, plan_of, shown_times, times_of

__all__ = ["MaintenanceEditComposer", "PlanComposer", "router"]

router = APIRouter(prefix="/maintenances")

_PLANNED = N_("The maintenance is planned. Visitors see it.")
_DRAFTED = N_("Saved as a draft. Visitors do not see it.")
_SAVED = N_("Saved.")


@router.get("/new")
def new_page(request: Editor) -> Response:
    """The form of a new maintenance."""
    return PlanComposer(request, Form()).show()


@router.post("/new")
def plan(request: Editor, form: SubmittedForm) -> Response:
    """Plan a maintenance, save it unpublished, or preview it."""
    return PlanComposer(request, form).handle()


@router.post("/new/preview")
def preview_new(request: Editor, form: SubmittedForm) -> Response:
    """Preview the messages of a new maintenance."""
    return show_messages(PlanComposer(request, form))


@router.post("/{maintenance_id}/edit/preview")
def preview_edit(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Preview the messages of a changed maintenance."""
    return show_messages(MaintenanceEditComposer(request, form, maintenance_id))


@router.get("/{maintenance_id}/edit")
def edit_page(request: Editor, maintenance_id: str) -> Response:
    """The form of a maintenance that exists."""
    return MaintenanceEditComposer(request, Form(), maintenance_id).show()


@router.post("/{maintenance_id}/edit")
def edit(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Change a maintenance, or preview the changes."""
    return MaintenanceEditComposer(request, form, maintenance_id).handle()


class _ScheduleComposer(Composer):
    """Base of the two forms. The button `preview` also shows the dates and their conflicts."""

    template = "maintenance_form"
    edited: str | None = None

    def sentence_statuses(self) -> tuple[MaintenanceStatus, ...]:
        return (MaintenanceStatus.SCHEDULED,)

    def sentence_services(self) -> Sequence[Text]:
        chosen = self.form.all("services")
        return [each.name for each in list_services(self.request.ctx) if each.slug in chosen]

    def form_values(self) -> dict[str, object]:
        """The values of the two templates: services by group, recurrences, previewed dates."""
        known = list_services(self.request.ctx)
        groups = service_groups.list_groups(self.request.ctx)
        groups_with_services: list[tuple[Text | None, list[StaffService]]] = [
            (group.name, [s for s in known if s.group == group.slug]) for group in groups
        ]
        groups_with_services.append((None, [s for s in known if s.group is None]))
        return {
            "inside": [each for each in groups_with_services if each[1]],
            "repeats": [
                (value, self.request.translate(name)) for value, name in REPEAT_CHOICES.items()
            ],
            "dates": self._dates() if self.form.text("do") == "preview" else None,
        }

    @property
    def has_only_dates(self) -> bool:
        """Whether a preview is requested before any text was typed."""
        is_empty = not (self.form.texts("title") or self.form.texts("body"))
        return is_empty and self.form.text("do") == "preview"

    def shown_times(self) -> tuple[datetime, datetime] | None:
        """The times with which the form was filled."""
        return None

    def _dates(self) -> MaintenancePreview | None:
        form = self.form
        try:
            times = times_of(form, self.request.chrome.page, self.shown_times())
            return preview_maintenance(
                self.request.ctx,
                starts_at=times.starts_at,
                ends_at=times.ends_at,
                recurrence=times.recurrence,
                services=form.all("services"),
                but=self.edited,
                typed=times.typed,
            )
        except (InvalidError, ConflictError) as error:
            self.add_error(error)
            return None


class PlanComposer(_ScheduleComposer):
    """A new maintenance; the button `draft` saves it unpublished."""

    template_kind = SubjectKind.MAINTENANCE
    place = "maintenance/new"
    path = "/console/maintenances/new"
    back = "/console/maintenances"

    def command(self, _ctx: Ctx) -> PlanMaintenance | None:
        if self.has_only_dates:
            return None
        publish = self.form.text("do") != "draft"
        return plan_of(self.request, self.form, publish=publish)

    def success_message(self) -> str:
        return self.request.translate(_DRAFTED if self.form.text("do") == "draft" else _PLANNED)

    def values(self) -> Mapping[str, object]:
        return {
            **self.form_values(),
            "staff": None,
            "translation_states": translation_states(self.request, self.form, "body"),
        }

    def initial_form(self) -> Form:
        chosen = self.request.http.query_params.getlist("services")
        return Form.filled({"services": chosen, "notify": "on"})


class MaintenanceEditComposer(_ScheduleComposer):
    """Changes of a maintenance. They conflict with changes that were made in the meantime."""

    def __init__(self, request: StaffRequest, form: Form, maintenance_id: str) -> None:
        super().__init__(request, form)
        self.edited = self._id = maintenance_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/edit"
        self.place = f"maintenance/{maintenance_id}/edit"

    def command(self, ctx: Ctx) -> EditMaintenance | None:
        staff = lifecycle.get_maintenance(ctx, self._id)
        if self.has_only_dates:
            return None
        edit = edit_of(ctx, self.request, self.form, staff)
        return None if edit.is_empty else edit

    def shown_times(self) -> tuple[datetime, datetime]:
        ctx = self.request.ctx
        return shown_times(ctx, lifecycle.get_maintenance(ctx, self._id))

    def success_message(self) -> str:
        return self.request.translate(_SAVED)

    def values(self) -> Mapping[str, object]:
        staff = lifecycle.get_maintenance(self.request.ctx, self._id)
        window = staff.maintenance
        states = translation_states(self.request, self.form, "body", window.body)
        states |= {tag: "outdated" for tag in outdated(window.title) if tag in states}
        return {**self.form_values(), "staff": staff, "translation_states": states}

    def former_texts(self) -> Mapping[str, Text]:
        staff = lifecycle.get_maintenance(self.request.ctx, self._id)
        return {"title": staff.maintenance.title, "body": staff.maintenance.body}

    def former_is_public(self) -> bool:
        return lifecycle.get_maintenance(self.request.ctx, self._id).published_at is not None

    def initial_form(self) -> Form:
        staff = lifecycle.get_maintenance(self.request.ctx, self._id)
        return form_of(self.request.ctx, staff, self.request.chrome.page)
