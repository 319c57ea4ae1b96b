"""Saying better what was said: the text of an update, the title, the postmortem."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.page.records import UpdateRecord
from app.domain.statuses import Impact
from app.usecases.context import Ctx
from app.usecases.incidents.history import history_of
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication.incident_commands import EditIncident, EditUpdate
from app.usecases.text_history import stamp_of
from app.web.console.compose.composer import Composer
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest
from app.web.console.kit.translations import changed, standing, written

__all__ = ["Retitling", "Rewording", "router"]

router = APIRouter(prefix="/incidents/{incident_id}")

_DERIVED = "derived"


@router.get("/updates/{update_id}")
def reword(request: Editor, incident_id: str, update_id: str) -> Response:
    """The text of an update, to be said better."""
    return Rewording(request, Form(), incident_id, update_id).opened()


@router.post("/updates/{update_id}")
def edit_update(request: Editor, incident_id: str, update_id: str, form: Sent) -> Response:
    """Say it better; what it said before is kept."""
    return Rewording(request, form, incident_id, update_id).sent()


@router.get("/edit")
def retitle(request: Editor, incident_id: str) -> Response:
    """Title and impact."""
    return Retitling(request, Form(), incident_id).opened()


@router.post("/edit")
def edit_incident(request: Editor, incident_id: str, form: Sent) -> Response:
    """Change the title or the impact."""
    return Retitling(request, form, incident_id).sent()


def _impact(form: Form) -> Impact | None:
    said = form.text("impact")
    if said == _DERIVED:
        return None
    try:
        return Impact(said)
    except ValueError:
        raise InvalidError("Choose one.", code="unknown_choice", field="impact") from None


class Retitling(Composer):
    """Another title or impact. Both are sent as one: visitors never see one without the other."""

    template = "retitle"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str) -> None:
        super().__init__(request, form)
        self._id = incident_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/edit"
        self.place = f"incident/{incident_id}/edit"

    def write(self, ctx: Ctx) -> EditIncident | None:
        staff = get_incident(ctx, self._id)
        title = changed(self.request, self.form, "title", staff.incident.title)
        impact = _impact(self.form)
        if impact is staff.impact_override:
            return None if title is None else EditIncident(self._id, title)
        return EditIncident(self._id, title, impact, derive_impact=impact is None)

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        return {
            "staff": staff,
            "incident": staff.incident,
            "standing": standing(self.request, self.form, "title", staff.incident.title),
            "former": history_of(self.request.ctx, self._id).former_titles,
            "impacts": tuple(Impact),
        }

    def fresh(self) -> Form:
        staff = get_incident(self.request.ctx, self._id)
        impact = staff.impact_override.value if staff.impact_override else _DERIVED
        title = written(self.request, staff.incident.title)
        return Form.filled({"title": title, "impact": impact, "seen": ""})


class Rewording(Composer):
    """Another wording of an update. Somebody else's, made meanwhile, is told and shown."""

    template = "reword"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str, update_id: str) -> None:
        super().__init__(request, form)
        self._id, self._update = incident_id, update_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/updates/{update_id}"
        self.place = f"incident/{incident_id}/updates/{update_id}"

    def write(self, ctx: Ctx) -> EditUpdate | None:
        update = self._found(get_incident(ctx, self._id))
        body = changed(self.request, self.form, "body", update.body)
        if body is None:
            return None
        return EditUpdate(self._id, self._update, body, self.form.text("seen"))

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        update = self._found(staff)
        former = history_of(self.request.ctx, self._id).former_updates
        return {
            "staff": staff,
            "incident": staff.incident,
            "update": update,
            "former": former.get(self._update, ()),
            "standing": standing(self.request, self.form, "body", update.body),
        }

    def fresh(self) -> Form:
        update = self._found(get_incident(self.request.ctx, self._id))
        body = written(self.request, update.body)
        return Form.filled({"body": body, "seen": stamp_of(update.edited_at)})

    def _found(self, staff: StaffIncident) -> UpdateRecord:
        for each in staff.incident.updates:
            if each.id == self._update:
                return each
        raise NotFoundError("This incident has no such update.", code="update_not_found")
