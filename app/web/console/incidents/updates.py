"""Console screens that open an incident and post an update."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.publication import SubjectKind
from app.domain.records import AffectedService
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Text
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewUpdate, get_incident
from app.usecases.publication.incident_commands import OpenIncident, PostUpdate
from app.usecases.services.groups import list_groups
from app.usecases.services.services import StaffService, list_services
from app.web.console.compose.composer import Composer
from app.web.console.compose.messages import show_messages
from app.web.console.kit.forms.form_fields import integer_field, time_field
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import translation_states
from app.web.console.kit.staff_request import Editor, StaffRequest

__all__ = ["STATUSES", "OpenIncidentComposer", "UpdateComposer", "router"]

router = APIRouter(prefix="/incidents")

STATUSES = tuple(IncidentStatus)
# The statuses that an incident can give a service; a maintenance has screens of its own.
_SERVICE_STATUSES = (
    ServiceStatus.MAJOR_OUTAGE,
    ServiceStatus.PARTIAL_OUTAGE,
    ServiceStatus.DEGRADED_PERFORMANCE,
    ServiceStatus.OPERATIONAL,
)
# The promises of a next update that the form offers, in minutes.
PROMISES = (15, 30, 60)
MemberT = TypeVar("MemberT", bound=StrEnum)


@router.get("/new")
def open_page(request: Editor) -> Response:
    """The form of a new incident."""
    return OpenIncidentComposer(request, Form()).show()


@router.post("/new")
def open_incident(request: Editor, form: SubmittedForm) -> Response:
    """Open an incident, or preview it."""
    return OpenIncidentComposer(request, form).handle()


@router.post("/new/preview")
def preview_new(request: Editor, form: SubmittedForm) -> Response:
    """Preview the messages of a new incident."""
    return show_messages(OpenIncidentComposer(request, form))


@router.post("/{incident_id}/update/preview")
def preview_update(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Preview the messages of an update."""
    return show_messages(UpdateComposer(request, form, incident_id))


@router.get("/{incident_id}/update")
def update_page(request: Editor, incident_id: str, status: str = "") -> Response:
    """The form of an update; `status` is the status selected at first."""
    return UpdateComposer(request, Form(), incident_id, status).show()


@router.post("/{incident_id}/update")
def post_update(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Post an update, or preview it."""
    return UpdateComposer(request, form, incident_id).handle()


class _IncidentComposer(Composer):
    """Base of the two forms: standard sentences about the services that are chosen."""

    def sentence_statuses(self) -> tuple[IncidentStatus, ...]:
        return STATUSES

    def backdated_to(self) -> datetime | None:
        return time_field(self.form, "posted_at", self.request.chrome.page)

    def sentence_services(self) -> Sequence[Text]:
        chosen = self.form.texts("services")
        return [each.name for each in list_services(self.request.ctx) if each.slug in chosen]


class OpenIncidentComposer(_IncidentComposer):
    """A new incident with its first update; the button `draft` saves it unpublished."""

    template = "compose"
    template_kind = SubjectKind.INCIDENT
    place = "incident/new"
    path = "/console/incidents/new"
    back = "/console/"

    def command(self, _ctx: Ctx) -> OpenIncident:
        form, page = self.form, self.request.chrome.page
        title = self.request.line(form, "title")
        first = NewUpdate(
            _member(IncidentStatus, form, "status"),
            self.request.body(form, "body"),
            _service_statuses(form),
            notify=form.has("notify"),
            confirm=tuple(form.all("confirm")),
            next_update_minutes=_promise(form),
        )
        impact = _member(Impact, form, "impact") if form.text("impact") else None
        return OpenIncident(
            title=title,
            first=first,
            impact=impact,
            started_at=time_field(form, "posted_at", page),
            publish=form.text("do") != "draft",
        )

    def values(self) -> Mapping[str, object]:
        return {
            "staff": None,
            "incident": None,
            "statuses": STATUSES,
            "impacts": tuple(Impact),
            "suffered": _SERVICE_STATUSES,
            "promises": PROMISES,
            "groups": list_groups(self.request.ctx),
            "named": (),
            "others": list_services(self.request.ctx),
            "translation_states": translation_states(self.request, self.form, "body"),
        }

    def initial_form(self) -> Form:
        return Form.filled({"status": "investigating", "notify": "on", "seen": ""})


class UpdateComposer(_IncidentComposer):
    """An update of an incident. It conflicts with an update that was posted in the meantime."""

    template = "compose"

    def __init__(
        self, request: StaffRequest, form: Form, incident_id: str, status: str = ""
    ) -> None:
        super().__init__(request, form)
        self._id = incident_id
        self._status = status
        self.place = f"incident/{incident_id}/update"
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/update"

    def sentence_services(self) -> Sequence[Text]:
        affected = get_incident(self.request.ctx, self._id).incident.services
        return super().sentence_services() or [each.name for each in affected]

    def command(self, _ctx: Ctx) -> PostUpdate:
        form = self.form
        new = NewUpdate(
            _member(IncidentStatus, form, "status"),
            self.request.body(form, "body"),
            _service_statuses(form),
            posted_at=time_field(form, "posted_at", self.request.chrome.page),
            notify=form.has("notify"),
            confirm=tuple(form.all("confirm")),
            next_update_minutes=_promise(form),
        )
        return PostUpdate(self._id, new, form.text("seen") or None)

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        named, others = _split_services(staff.incident.services, list_services(self.request.ctx))
        return {
            "staff": staff,
            "incident": staff.incident,
            "statuses": STATUSES,
            "impacts": (),
            "suffered": _SERVICE_STATUSES,
            "promises": PROMISES,
            "groups": list_groups(self.request.ctx),
            "named": named,
            "others": others,
            "translation_states": translation_states(self.request, self.form, "body"),
        }

    def initial_form(self) -> Form:
        staff = get_incident(self.request.ctx, self._id)
        status = self._status if self._status in set(STATUSES) else staff.incident.status.value
        seen = staff.newest_update or ""
        return Form.filled({"status": status, "notify": "on", "seen": seen})


def _split_services(
    affected: tuple[AffectedService, ...], services: tuple[StaffService, ...]
) -> tuple[tuple[AffectedService, ...], tuple[StaffService, ...]]:
    """The services of the page that the incident names, and the others."""
    slugs = {each.slug for each in services}
    named = tuple(each for each in affected if each.slug in slugs)
    affected_slugs = {each.slug for each in named}
    return named, tuple(each for each in services if each.slug not in affected_slugs)


def _service_statuses(form: Form) -> dict[str, ServiceStatus]:
    try:
        return {slug: ServiceStatus(value) for slug, value in form.texts("services").items()}
    except ValueError:
        raise InvalidError(
            "This is no status of a service.", code="unknown_choice", field="services"
        ) from None


def _promise(form: Form) -> int | None:
    return integer_field(form, "next_update_at") if form.text("next_update_at") else None


def _member(kind: type[MemberT], form: Form, name: str) -> MemberT:
    try:
        return kind(form.text(name))
    except ValueError:
        raise InvalidError("Choose one.", code="unknown_choice", field=name) from None
