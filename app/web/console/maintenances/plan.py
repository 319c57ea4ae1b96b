"""Planning a maintenance, and changing it: when it would be is shown before anything is planned."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.errors import ConflictError, InvalidError
from app.domain.phrases import N_, Text
from app.usecases.context import Ctx
from app.usecases.maintenances import lifecycle
from app.usecases.maintenances.conflicts import MaintenancePreview, preview_maintenance
from app.usecases.maintenances.lifecycle import MaintenanceChanges
from app.usecases.publication.maintenance_commands import EditMaintenance, PlanMaintenance
from app.usecases.services import groups as service_groups
from app.usecases.services.services import StaffService, list_services
from app.web.console.compose.composer import Composer
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.recurrence_field import REPEATS
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.kit.translations import stale, standing
from app.web.console.maintenances.form import changes_of, filled, new_maintenance, times_of

__all__ = ["Changing", "Planning", "router"]

router = APIRouter(prefix="/maintenances")

_PLANNED = N_("It is planned, and visitors see it.")
_DRAFTED = N_("It is kept as a draft. Visitors do not see it.")
_SAVED = N_("Saved.")


@router.get("/new")
def new_page(request: Editor) -> Response:
    """The form for another one."""
    return Planning(request, Form()).opened()


@router.post("/new")
def plan(request: Editor, form: Sent) -> Response:
    """Show what it would be, keep it as a draft, or plan it."""
    return Planning(request, form).sent()


@router.get("/{maintenance_id}/edit")
def edit_page(request: Editor, maintenance_id: str) -> Response:
    """The form for what there is."""
    return Changing(request, Form(), maintenance_id).opened()


@router.post("/{maintenance_id}/edit")
def edit(request: Editor, maintenance_id: str, form: Sent) -> Response:
    """Show what it would be, or change it."""
    return Changing(request, form, maintenance_id).sent()


class _Plan(Composer):
    """What both share. Their button `preview` also shows the dates, and what they clash with."""

    template = "maintenance_form"
    changed: str | None = None

    def form_values(self) -> dict[str, object]:
        """What the form needs: services by group, ways to recur, the dates that were asked for."""
        known = list_services(self.request.ctx)
        groups = service_groups.list_groups(self.request.ctx)
        inside: list[tuple[Text | None, list[StaffService]]] = [
            (group.name, [s for s in known if s.group == group.slug]) for group in groups
        ]
        inside.append((None, [s for s in known if s.group is None]))
        return {
            "inside": [each for each in inside if each[1]],
            "repeats": [(value, self.request.say(name)) for value, name in REPEATS.items()],
            "dates": self._dates() if self.form.text("do") == "preview" else None,
        }

    @property
    def says_nothing(self) -> bool:
        """Whether only dates can be shown so far."""
        empty = not (self.form.texts("title") or self.form.texts("body"))
        return empty and self.form.text("do") == "preview"

    def _dates(self) -> MaintenancePreview | None:
        form = self.form
        try:
            times = times_of(form, self.request.chrome.page)
            return preview_maintenance(
                self.request.ctx,
                starts_at=times.starts_at,
                ends_at=times.ends_at,
                recurrence=times.recurrence,
                services=form.all("services"),
                but=self.changed,
            )
        except (InvalidError, ConflictError) as error:
            self.refuse(error)
            return None


class Planning(_Plan):
    """A new maintenance; the button `draft` keeps it from visitors."""

    place = "maintenance/new"
    path = "/console/maintenances/new"
    back = "/console/maintenances"

    def write(self, _ctx: Ctx) -> PlanMaintenance | None:
        if self.says_nothing:
            return None
        publish = self.form.text("do") != "draft"
        return PlanMaintenance(new_maintenance(self.request, self.form, publish=publish))

    def told(self) -> str:
        return self.request.say(_DRAFTED if self.form.text("do") == "draft" else _PLANNED)

    def values(self) -> Mapping[str, object]:
        return {
            **self.form_values(),
            "staff": None,
            "standing": standing(self.request, self.form, "body"),
        }

    def fresh(self) -> Form:
        chosen = self.request.http.query_params.getlist("services")
        return Form.filled({"services": chosen, "notify": "on"})


class Changing(_Plan):
    """Another plan. Somebody else's change, made meanwhile, is told and shown."""

    def __init__(self, request: StaffRequest, form: Form, maintenance_id: str) -> None:
        super().__init__(request, form)
        self.changed = self._id = maintenance_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/edit"
        self.place = f"maintenance/{maintenance_id}/edit"

    def write(self, ctx: Ctx) -> EditMaintenance | None:
        staff = lifecycle.get_maintenance(ctx, self._id)
        if self.says_nothing:
            return None
        changes = changes_of(ctx, self.request, self.form, staff)
        if changes == MaintenanceChanges():
            return None
        return EditMaintenance(self._id, changes, self.form.text("seen"))

    def told(self) -> str:
        return self.request.say(_SAVED)

    def values(self) -> Mapping[str, object]:
        staff = lifecycle.get_maintenance(self.request.ctx, self._id)
        window = staff.maintenance
        found = standing(self.request, self.form, "body", window.body)
        outdated = {tag: "outdated" for tag in stale(window.title) if tag in found}
        return {**self.form_values(), "staff": staff, "standing": found | outdated}

    def fresh(self) -> Form:
        staff = lifecycle.get_maintenance(self.request.ctx, self._id)
        return filled(self.request.ctx, staff, self.request.chrome.page)
