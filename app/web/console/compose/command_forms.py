"""Forms of publication commands: their addresses, and the fields with which they are filled again.

A text that its author withdraws, or that was refused or failed, goes back into the form in which
it was written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts
from app.domain.publication import Subject
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import N_, Text
from app.usecases.incidents.lifecycle import NewUpdate
from app.usecases.maintenances.lifecycle import get_maintenance
from app.usecases.publication.commands import AnyCommand
from app.usecases.publication.incident_commands import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
    RemoveUpdate,
    WithdrawPostmortem,
)
from app.usecases.publication.maintenance_commands import (
    AnnounceMaintenance,
    EditMaintenance,
    EditMaintenanceUpdate,
    PlanMaintenance,
    PublishMaintenance,
    RemoveMaintenanceUpdate,
)
from app.web.console.compose.form_drafts import ticked
from app.web.console.kit.forms.form_fields import format_time_field
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.recurrence_field import rule_fields
from app.web.console.kit.forms.text_origins import READ, origin_fields
from app.web.console.kit.forms.translations import initial_texts
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["COMMAND_FORMS", "CommandForm", "FormAddress", "address_of", "fields_of", "subject_path"]


@dataclass(frozen=True, slots=True)
class FormAddress:
    """A form: the place of its draft, and its path."""

    place: str
    path: str


@dataclass(frozen=True, slots=True)
class CommandForm:
    """The form of one kind of command.

    `action` says what the command does. `place` gives the place of the form's draft, None for a
    command without a form; `fields` gives the fields besides title and text.
    """

    action: str
    place: Callable[[Any], str] | None
    fields: Callable[[StaffRequest, Any], dict[str, str]]
    has_body: bool = True


def subject_path(subject: Subject) -> str:
    """The path of the page of an incident or a maintenance."""
    return f"/console/{subject.kind.value}s/{subject.id}"


def address_of(command: AnyCommand) -> FormAddress | None:
    """The form in which a command was written; None for a command without a form."""
    place = COMMAND_FORMS[command.kind].place
    if place is None:
        return None
    noun, _, rest = place(command).partition("/")
    return FormAddress(f"{noun}/{rest}", f"/console/{noun}s/{rest}")


def fields_of(request: StaffRequest, command: AnyCommand) -> dict[str, str]:
    """The fields as they were typed, in the form in which drafts store them."""
    form = COMMAND_FORMS[command.kind]
    texts = {"title": command.new_title()}
    if form.has_body:
        texts["body"] = command.new_text()
    fields: dict[str, str] = {}
    read: tuple[str, ...] = ()
    for name, text in texts.items():
        filled = _text_fields(request, name, text)
        read += filled.all(READ)
        fields |= {each: value for each, value in filled.fields if each != READ}
    return fields | {READ: ticked(read)} | form.fields(request, command)


def _text_fields(request: StaffRequest, name: str, text: Text | None) -> Form:
    """The fields of a text in its languages, with the marks of texts that no person typed."""
    if text is None:
        return Form()
    texts = initial_texts(request, text)
    origins = text.origins if isinstance(text, LocalizedText) else {}
    marks = origin_fields(name, texts, origins)
    return Form((*Form.filled({name: texts}).fields, *marks.fields))


def _box(on: bool) -> str:  # noqa: FBT001  # the state of the box
    return ticked(("on",) if on else ())


def _time(at: datetime, typed: datetime | None, page: PageFacts) -> str:
    return format_time_field(at, page) if typed is None else typed.strftime("%Y-%m-%dT%H:%M")


def _no_fields(_request: StaffRequest, _command: AnyCommand) -> dict[str, str]:
    return {}


def _update_fields(request: StaffRequest, new: NewUpdate, at: datetime | None) -> dict[str, str]:
    services = {f"services:{slug}": status.value for slug, status in new.services.items()}
    posted_at = "" if at is None else format_time_field(at, request.chrome.page)
    return {
        "status": new.status.value,
        "posted_at": posted_at,
        "notify": _box(new.notify),
        "next_update_at": str(new.next_update_minutes or ""),
        **services,
    }


def _open_incident(request: StaffRequest, command: OpenIncident) -> dict[str, str]:
    impact = command.impact.value if command.impact else ""
    return {"impact": impact, **_update_fields(request, command.first, command.started_at)}


def _post_update(request: StaffRequest, command: PostUpdate) -> dict[str, str]:
    return _update_fields(request, command.new, command.new.posted_at)


def _edit_incident(request: StaffRequest, command: EditIncident) -> dict[str, str]:
    fields = {}
    if command.impact is not None or command.derive_impact:
        fields["impact"] = command.impact.value if command.impact else "derived"
    if command.started_at is not None:
        fields["started_at"] = format_time_field(command.started_at, request.chrome.page)
    return fields


def _edit_update(
    request: StaffRequest, command: EditUpdate | EditMaintenanceUpdate
) -> dict[str, str]:
    if command.posted_at is None:
        return {}
    return {"posted_at": format_time_field(command.posted_at, request.chrome.page)}


def _put_postmortem(_request: StaffRequest, command: PutPostmortem) -> dict[str, str]:
    return {"notify": _box(command.notify)}


def _plan_maintenance(request: StaffRequest, command: PlanMaintenance) -> dict[str, str]:
    page = request.chrome.page
    return {
        "services": ticked(command.services),
        "starts_at": _time(command.starts_at, command.typed.start, page),
        "ends_at": _time(command.ends_at, command.typed.end, page),
        "notify": _box(command.notify),
        **rule_fields(command.recurrence, command.starts_at, ZoneInfo(page.time_zone)),
    }


def _edit_maintenance(request: StaffRequest, command: EditMaintenance) -> dict[str, str]:
    page = request.chrome.page
    fields = {}
    if command.services is not None:
        fields["services"] = ticked(command.services)
    if command.starts_at is not None:
        fields["starts_at"] = _time(command.starts_at, command.typed.start, page)
    if command.ends_at is not None:
        fields["ends_at"] = _time(command.ends_at, command.typed.end, page)
    if command.recurrence is not None or command.ends_recurrence:
        first = command.starts_at or get_maintenance(request.ctx, command.maintenance).starts_at
        fields |= rule_fields(command.recurrence, first, ZoneInfo(page.time_zone))
    return fields


def _announce_maintenance(_request: StaffRequest, command: AnnounceMaintenance) -> dict[str, str]:
    return {
        "status": command.status.value,
        "occurrence": command.occurrence or "",
        "notify": _box(command.notify),
    }


# The form of every command, by the command's kind.
COMMAND_FORMS: Mapping[str, CommandForm] = {
    OpenIncident.kind: CommandForm(
        N_("Opens an incident"), lambda _: "incident/new", _open_incident
    ),
    PostUpdate.kind: CommandForm(
        N_("Posts an update"), lambda it: f"incident/{it.incident}/update", _post_update
    ),
    EditUpdate.kind: CommandForm(
        N_("Edits an update"),
        lambda it: f"incident/{it.incident}/updates/{it.update}",
        _edit_update,
    ),
    RemoveUpdate.kind: CommandForm(N_("Removes an update"), None, _no_fields),
    EditIncident.kind: CommandForm(
        N_("Changes the title"),
        lambda it: f"incident/{it.incident}/edit",
        _edit_incident,
        has_body=False,
    ),
    Publish.kind: CommandForm(N_("Publishes a draft"), None, _no_fields),
    PutPostmortem.kind: CommandForm(
        N_("Publishes the postmortem"),
        lambda it: f"incident/{it.incident}/postmortem",
        _put_postmortem,
    ),
    WithdrawPostmortem.kind: CommandForm(N_("Withdraws the postmortem"), None, _no_fields),
    PlanMaintenance.kind: CommandForm(
        N_("Plans a maintenance"), lambda _: "maintenance/new", _plan_maintenance
    ),
    EditMaintenance.kind: CommandForm(
        N_("Changes a maintenance"),
        lambda it: f"maintenance/{it.maintenance}/edit",
        _edit_maintenance,
    ),
    PublishMaintenance.kind: CommandForm(N_("Publishes a planned maintenance"), None, _no_fields),
    AnnounceMaintenance.kind: CommandForm(
        N_("Posts an update about a maintenance"),
        lambda it: f"maintenance/{it.maintenance}/update",
        _announce_maintenance,
    ),
    EditMaintenanceUpdate.kind: CommandForm(
        N_("Edits an update about a maintenance"),
        lambda it: f"maintenance/{it.maintenance}/updates/{it.update}",
        _edit_update,
    ),
    RemoveMaintenanceUpdate.kind: CommandForm(
        N_("Removes an update about a maintenance"), None, _no_fields
    ),
}
