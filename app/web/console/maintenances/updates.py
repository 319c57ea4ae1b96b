"""Console screens that post an update about a window, and edit or remove one."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.maintenances.maintenance import next_statuses
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import N_, Text
from app.i18n.catalogues.terms import MAINTENANCE_STATUS
from app.usecases.context import Ctx
from app.usecases.maintenances.lifecycle import get_maintenance
from app.usecases.maintenances.windows import find_update, find_window
from app.usecases.publication import pending
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenanceUpdate,
    RemoveMaintenanceUpdate,
)
from app.usecases.text_history import version_of
from app.web.console.compose.composer import Composer, path_after
from app.web.console.compose.messages import show_messages
from app.web.console.kit.forms.form_fields import changed_time, format_time_field
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import changed_text, initial_texts, translation_states
from app.web.console.kit.staff_request import Editor, StaffRequest

__all__ = ["MaintenanceUpdateComposer", "MaintenanceUpdateEditComposer", "router"]

router = APIRouter(prefix="/maintenances/{maintenance_id}")

_POSTED = N_("Visitors see your update now.")


@router.get("/update")
def update_page(request: Editor, maintenance_id: str) -> Response:
    """The form of an update."""
    return MaintenanceUpdateComposer(request, Form(), maintenance_id).show()


@router.post("/update")
def post_update(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Post an update, or preview it; its status may begin or end a window."""
    return MaintenanceUpdateComposer(request, form, maintenance_id).handle()


@router.post("/update/preview")
def preview_update(request: Editor, maintenance_id: str, form: SubmittedForm) -> Response:
    """Preview the messages of an update."""
    return show_messages(MaintenanceUpdateComposer(request, form, maintenance_id))


@router.get("/updates/{update_id}")
def edit_page(request: Editor, maintenance_id: str, update_id: str) -> Response:
    """The form of the text and the time of an update."""
    return MaintenanceUpdateEditComposer(request, Form(), maintenance_id, update_id).show()


@router.post("/updates/{update_id}")
def edit_update(
    request: Editor, maintenance_id: str, update_id: str, form: SubmittedForm
) -> Response:
    """Edit the text of an update, or correct its time; the former text is kept."""
    return MaintenanceUpdateEditComposer(request, form, maintenance_id, update_id).handle()


@router.get("/updates/{update_id}/remove")
def remove_page(request: Editor, maintenance_id: str, update_id: str) -> Response:
    """The consequences of removing an update, and the button that does it."""
    return _remove_page(request, Form(), maintenance_id, update_id)


@router.post("/updates/{update_id}/remove")
def remove_update(
    request: Editor, maintenance_id: str, update_id: str, form: SubmittedForm
) -> Response:
    """Remove an update from the page; staff can still read it."""

    def act(ctx: Ctx) -> str:
        removal = RemoveMaintenanceUpdate(maintenance_id, update_id)
        return path_after(pending.submit(ctx, removal, undoable=True))

    return request.write(
        form, act, again=lambda: _remove_page(request, form, maintenance_id, update_id)
    )


def _remove_page(
    request: StaffRequest, form: Form, maintenance_id: str, update_id: str
) -> Response:
    window, update = find_update(request.ctx, maintenance_id, update_id)
    return request.page(
        "remove_maintenance_update",
        form=form,
        back=f"/console/maintenances/{maintenance_id}",
        window=window,
        update=update,
    )


class MaintenanceUpdateComposer(Composer):
    """An update about the window that is going on, or about the next one."""

    template = "maintenance_update"

    def __init__(self, request: StaffRequest, form: Form, maintenance_id: str) -> None:
        super().__init__(request, form)
        self._id = maintenance_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/update"
        self.place = f"maintenance/{maintenance_id}/update"

    def command(self, _ctx: Ctx) -> AnnounceMaintenance:
        form = self.form
        body = self.request.body(form, "body")
        return AnnounceMaintenance(
            _status(form),
            body,
            form.text("occurrence") or None,
            form.has("notify"),
            maintenance=self._id,
        )

    def sentence_statuses(self) -> tuple[MaintenanceStatus, ...]:
        return tuple(MaintenanceStatus)

    def sentence_services(self) -> Sequence[Text]:
        window = get_maintenance(self.request.ctx, self._id).maintenance
        return [each.name for each in window.services]

    def success_message(self) -> str | None:
        published = get_maintenance(self.request.ctx, self._id).published_at is not None
        return self.request.translate(_POSTED) if published else None

    def values(self) -> Mapping[str, object]:
        staff = get_maintenance(self.request.ctx, self._id)
        window = find_window(self.request.ctx, self._id, self.form.text("occurrence"))
        return {
            "staff": staff,
            "window": window,
            "update": None,
            "statuses": [
                (each.value, MAINTENANCE_STATUS[each].translate(self.request.locale.catalogue))
                for each in next_statuses(window.status)
            ],
            "translation_states": translation_states(self.request, self.form, "body"),
        }

    def initial_form(self) -> Form:
        window = get_maintenance(self.request.ctx, self._id).maintenance
        occurrence = "" if window.recurs_at is None else occurrence_id(window.recurs_at)
        return Form.filled(
            {"status": window.status.value, "occurrence": occurrence, "notify": "on"}
        )


class MaintenanceUpdateEditComposer(Composer):
    """The text and the time of an update. It conflicts with an edit made in the meantime."""

    template = "maintenance_update"

    def __init__(
        self, request: StaffRequest, form: Form, maintenance_id: str, update_id: str
    ) -> None:
        super().__init__(request, form)
        self._id, self._update_id = maintenance_id, update_id
        self.back = f"/console/maintenances/{maintenance_id}"
        self.path = f"{self.back}/updates/{update_id}"
        self.place = f"maintenance/{maintenance_id}/updates/{update_id}"

    def command(self, ctx: Ctx) -> EditMaintenanceUpdate | None:
        _, update = find_update(ctx, self._id, self._update_id)
        body = changed_text(self.request, self.form, "body", update.body)
        posted_at = changed_time(self.form, "posted_at", update.posted_at, self.request.chrome.page)
        if body is None and posted_at is None:
            return None
        return EditMaintenanceUpdate(
            self._id, self._update_id, body, self.form.text("seen"), posted_at
        )

    def values(self) -> Mapping[str, object]:
        window, update = find_update(self.request.ctx, self._id, self._update_id)
        return {
            "staff": get_maintenance(self.request.ctx, self._id),
            "window": window,
            "update": update,
            "statuses": (),
            "translation_states": translation_states(self.request, self.form, "body", update.body),
        }

    def former_texts(self) -> Mapping[str, Text]:
        _, update = find_update(self.request.ctx, self._id, self._update_id)
        return {"body": update.body}

    def former_is_public(self) -> bool:
        return get_maintenance(self.request.ctx, self._id).published_at is not None

    def initial_form(self) -> Form:
        _, update = find_update(self.request.ctx, self._id, self._update_id)
        body = initial_texts(self.request, update.body)
        posted_at = format_time_field(update.posted_at, self.request.chrome.page)
        return Form.filled(
            {"body": body, "posted_at": posted_at, "seen": version_of(update.edited_at)}
        )


def _status(form: Form) -> MaintenanceStatus:
    try:
        return MaintenanceStatus(form.text("status"))
    except ValueError:
        raise InvalidError("Choose a status.", code="unknown_choice", field="status") from None
