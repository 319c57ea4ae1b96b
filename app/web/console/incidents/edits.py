"""Console screens that edit the text of an update, or the title and the impact."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.records import UpdateRecord
from app.domain.statuses import Impact
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents.history import history_of
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import EditIncident, EditUpdate, RemoveUpdate
from app.usecases.text_history import version_of
from app.web.console.compose.composer import Composer, path_after
from app.web.console.kit.forms.form_fields import changed_time, format_time_field
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import changed_text, initial_texts, translation_states
from app.web.console.kit.staff_request import Editor, StaffRequest

__all__ = ["IncidentEditComposer", "UpdateEditComposer", "router"]

router = APIRouter(prefix="/incidents/{incident_id}")

_DERIVED = "derived"


@router.get("/updates/{update_id}")
def update_page(request: Editor, incident_id: str, update_id: str) -> Response:
    """The form of the text of an update."""
    return UpdateEditComposer(request, Form(), incident_id, update_id).show()


@router.post("/updates/{update_id}")
def edit_update(request: Editor, incident_id: str, update_id: str, form: SubmittedForm) -> Response:
    """Edit the text of an update; the former text is kept."""
    return UpdateEditComposer(request, form, incident_id, update_id).handle()


@router.get("/edit")
def edit_page(request: Editor, incident_id: str) -> Response:
    """The form of the title and the impact."""
    return IncidentEditComposer(request, Form(), incident_id).show()


@router.post("/edit")
def edit_incident(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Edit the title or the impact."""
    return IncidentEditComposer(request, form, incident_id).handle()


@router.get("/updates/{update_id}/remove")
def remove_page(request: Editor, incident_id: str, update_id: str) -> Response:
    """The consequences of removing an update, and the button that does it."""
    return _remove_page(request, Form(), incident_id, update_id)


@router.post("/updates/{update_id}/remove")
def remove_update(
    request: Editor, incident_id: str, update_id: str, form: SubmittedForm
) -> Response:
    """Remove an update from the page; the history keeps it."""

    def act(ctx: Ctx) -> str:
        return path_after(pending.submit(ctx, RemoveUpdate(incident_id, update_id), undoable=True))

    return request.write(
        form, act, again=lambda: _remove_page(request, form, incident_id, update_id)
    )


def _remove_page(request: StaffRequest, form: Form, incident_id: str, update_id: str) -> Response:
    staff = get_incident(request.ctx, incident_id)
    update = _find_update(staff, update_id)
    after = None
    if len(staff.incident.updates) > 1:
        after = pending.dry_run(request.ctx, RemoveUpdate(incident_id, update_id)).incident
    return request.page(
        "remove_update", form=form, incident=staff.incident, update=update, after=after
    )


def _find_update(staff: StaffIncident, update_id: str) -> UpdateRecord:
    for each in staff.incident.updates:
        if each.id == update_id:
            return each
    raise NotFoundError("This incident has no such update.", code="update_not_found")


def _impact(form: Form) -> Impact | None:
    value = form.text("impact")
    if value == _DERIVED:
        return None
    try:
        return Impact(value)
    except ValueError:
        raise InvalidError("Choose one.", code="unknown_choice", field="impact") from None


class IncidentEditComposer(Composer):
    """The title and the impact. Visitors see changes of the two at one time."""

    template = "retitle"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str) -> None:
        super().__init__(request, form)
        self._id = incident_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/edit"
        self.place = f"incident/{incident_id}/edit"

    def command(self, ctx: Ctx) -> EditIncident | None:
        staff = get_incident(ctx, self._id)
        title = changed_text(self.request, self.form, "title", staff.incident.title, one_line=True)
        impact = _impact(self.form)
        page = self.request.chrome.page
        started_at = changed_time(self.form, "started_at", staff.incident.started_at, page)
        confirm = tuple(self.form.all("confirm"))
        if impact is not staff.impact_override:
            return EditIncident(
                title,
                impact,
                incident=self._id,
                derive_impact=impact is None,
                started_at=started_at,
                confirm=confirm,
            )
        if title is None and started_at is None:
            return None
        return EditIncident(title, started_at=started_at, confirm=confirm, incident=self._id)

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        return {
            "staff": staff,
            "incident": staff.incident,
            "translation_states": translation_states(
                self.request, self.form, "title", staff.incident.title
            ),
            "former": history_of(self.request.ctx, self._id).former_titles,
            "impacts": tuple(Impact),
        }

    def former_texts(self) -> Mapping[str, Text]:
        return {"title": get_incident(self.request.ctx, self._id).incident.title}

    def former_is_public(self) -> bool:
        return get_incident(self.request.ctx, self._id).published_at is not None

    def initial_form(self) -> Form:
        staff = get_incident(self.request.ctx, self._id)
        impact = staff.impact_override.value if staff.impact_override else _DERIVED
        title = initial_texts(self.request, staff.incident.title)
        started_at = format_time_field(staff.incident.started_at, self.request.chrome.page)
        return Form.filled({"title": title, "impact": impact, "started_at": started_at, "seen": ""})


class UpdateEditComposer(Composer):
    """The text of an update. It conflicts with an edit that was made in the meantime."""

    template = "reword"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str, update_id: str) -> None:
        super().__init__(request, form)
        self._id, self._update_id = incident_id, update_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/updates/{update_id}"
        self.place = f"incident/{incident_id}/updates/{update_id}"

    def command(self, ctx: Ctx) -> EditUpdate | None:
        update = _find_update(get_incident(ctx, self._id), self._update_id)
        body = changed_text(self.request, self.form, "body", update.body)
        posted_at = changed_time(self.form, "posted_at", update.posted_at, self.request.chrome.page)
        if body is None and posted_at is None:
            return None
        return EditUpdate(
            self._id,
            self._update_id,
            body,
            self.form.text("seen"),
            posted_at=posted_at,
            confirm=tuple(self.form.all("confirm")),
        )

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        update = _find_update(staff, self._update_id)
        former = history_of(self.request.ctx, self._id).former_updates
        return {
            "staff": staff,
            "incident": staff.incident,
            "update": update,
            "former": former.get(self._update_id, ()),
            "translation_states": translation_states(self.request, self.form, "body", update.body),
        }

    def former_texts(self) -> Mapping[str, Text]:
        update = _find_update(get_incident(self.request.ctx, self._id), self._update_id)
        return {"body": update.body}

    def former_is_public(self) -> bool:
        return get_incident(self.request.ctx, self._id).published_at is not None

    def initial_form(self) -> Form:
        update = _find_update(get_incident(self.request.ctx, self._id), self._update_id)
        body = initial_texts(self.request, update.body)
        posted_at = format_time_field(update.posted_at, self.request.chrome.page)
        return Form.filled(
            {"body": body, "posted_at": posted_at, "seen": version_of(update.edited_at)}
        )
