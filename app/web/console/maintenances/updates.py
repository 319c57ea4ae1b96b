"""Speaking of a maintenance: an update about one of its windows, and wording one better."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.maintenances.occurrences import stamp_of as name_of
from app.domain.phrases import N_
from app.domain.statuses import MaintenanceStatus as _Status
from app.i18n.terms import MAINTENANCE_STATUS
from app.usecases.context import Ctx
from app.usecases.maintenances.lifecycle import get_maintenance
from app.usecases.maintenances.windows import NewMaintenanceUpdate
from app.usecases.publication.maintenance_commands import AnnounceMaintenance, EditMaintenanceUpdate
from app.usecases.text_history import stamp_of
from app.web.console.compose.composer import Composer
from app.web.console.compose.previews import update_of, window_named
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.kit.translations import changed, standing, written

__all__ = ["Announcing", "Wording", "router"]

router = APIRouter(prefix="/maintenances/{maintenance_id}")

_POSTED = N_("Visitors see your update now.")
# What an update may say next; the status that stands can always be said again.
_NEXT: Mapping[_Status, tuple[_Status, ...]] = {
    _Status.SCHEDULED: (_Status.IN_PROGRESS, _Status.CANCELLED),
    _Status.IN_PROGRESS: (_Status.VERIFYING, _Status.COMPLETED, _Status.CANCELLED),
    _Status.VERIFYING: (_Status.IN_PROGRESS, _Status.COMPLETED, _Status.CANCELLED),
}


@router.get("/update")
def announcing(request: Editor, maintenance_id: str) -> Response:
    """The form for an update."""
    return Announcing(request, Form(), maintenance_id).opened()


@router.post("/update")
def announce(request: Editor, maintenance_id: str, form: Sent) -> Response:
    """Post an update, or show how it will look; its status may begin a window or end it."""
    return Announcing(request, form, maintenance_id).sent()


@router.get("/updates/{update_id}")
def wording(request: Editor, maintenance_id: str, update_id: str) -> Response:
    """The form for wording an update better."""
    return Wording(request, Form(), maintenance_id, update_id).opened()


@router.post("/updates/{update_id}")
def word_better(request: Editor, maintenance_id: str, update_id: str, form: Sent) -> Response:
    """Word an update better. The former text is kept."""
    return Wording(request, form, maintenance_id, update_id).sent()


class Announcing(Composer):
    """An update about the window that is going on, or the next one."""

    template = "maintenance_update"

    def __init__(self, request: StaffRequest, form: Form, maintenance_id: str) -> None:
        super().__init__(request, form)
        self._id = maintenance_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/update"
        self.place = f"maintenance/{maintenance_id}/update"

    def write(self, _ctx: Ctx) -> AnnounceMaintenance:
        form = self.form
        body = self.request.body(form, "body")
        about = form.text("occurrence") or None
        new = NewMaintenanceUpdate(_status(form), body, about, form.has("notify"))
        return AnnounceMaintenance(self._id, new)

    def told(self) -> str | None:
        published = get_maintenance(self.request.ctx, self._id).published_at is not None
        return self.request.say(_POSTED) if published else None

    def values(self) -> Mapping[str, object]:
        staff = get_maintenance(self.request.ctx, self._id)
        window = window_named(self.request.ctx, self._id, self.form.text("occurrence"))
        may_follow = (window.status, *_NEXT.get(window.status, ()))
        return {
            "staff": staff,
            "window": window,
            "update": None,
            "statuses": [
                (each.value, self.request.say(MAINTENANCE_STATUS[each])) for each in may_follow
            ],
            "standing": standing(self.request, self.form, "body"),
        }

    def fresh(self) -> Form:
        window = get_maintenance(self.request.ctx, self._id).maintenance
        about = "" if window.recurs_at is None else name_of(window.recurs_at)
        return Form.filled({"status": window.status.value, "occurrence": about, "notify": "on"})


class Wording(Composer):
    """Another wording of an update. Somebody else's, made meanwhile, is told and shown."""

    template = "maintenance_update"

    def __init__(
        self, request: StaffRequest, form: Form, maintenance_id: str, update_id: str
    ) -> None:
        super().__init__(request, form)
        self._id, self._update = maintenance_id, update_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/updates/{update_id}"
        self.place = f"maintenance/{maintenance_id}/updates/{update_id}"

    def write(self, ctx: Ctx) -> EditMaintenanceUpdate | None:
        _, update = update_of(ctx, self._id, self._update)
        body = changed(self.request, self.form, "body", update.body)
        if body is None:
            return None
        return EditMaintenanceUpdate(self._id, self._update, body, self.form.text("seen"))

    def values(self) -> Mapping[str, object]:
        window, update = update_of(self.request.ctx, self._id, self._update)
        return {
            "staff": get_maintenance(self.request.ctx, self._id),
            "window": window,
            "update": update,
            "statuses": (),
            "standing": standing(self.request, self.form, "body", update.body),
        }

    def fresh(self) -> Form:
        _, update = update_of(self.request.ctx, self._id, self._update)
        body = written(self.request, update.body)
        return Form.filled({"body": body, "seen": stamp_of(update.edited_at)})


def _status(form: Form) -> _Status:
    try:
        return _Status(form.text("status"))
    except ValueError:
        raise InvalidError("Choose a status.", code="unknown_choice", field="status") from None
