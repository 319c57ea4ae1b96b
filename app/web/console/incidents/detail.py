"""Console screens of incidents: the list, one incident, publishing, ownership, deleting."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.domain.ownership import Owner
from app.domain.page.pages import ChainPage
from app.domain.records import UpdateRecord
from app.domain.statuses import IncidentStatus
from app.domain.texts.names import fold_name
from app.domain.texts.phrases import N_
from app.domain.translation_overview import incident_translations
from app.i18n.localization import localize
from app.rendering.filters.incident_chain import HEADERS, picture
from app.usecases.context import Ctx
from app.usecases.incidents import lifecycle
from app.usecases.incidents.history import (
    FormerText,
    IncidentHistory,
    RemovedUpdate,
    StepTaken,
    history_of,
)
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.listing import list_incidents
from app.usecases.incidents.notes import list_notes
from app.usecases.incidents.postmortems import postmortem_facts
from app.usecases.incidents.records import StaffIncident
from app.usecases.outbox.progress import progress_by_update
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import Publish
from app.usecases.text_history import version_of
from app.web.console.compose.composer import path_after
from app.web.console.compose.publication_question import publication_question
from app.web.console.kit.confirmation import Question, plain_text, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.list_filters import ListFilters
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import list_about

__all__ = ["incident_page", "router"]

router = APIRouter(prefix="/incidents")

_PAGE_SIZE = 50
# The state of the tab that lists all incidents.
_ANY = "all"
_STATES = (_ANY, *IncidentState)
_TAKEN = N_("You have taken over the incident. Automation only adds its observations.")
_HANDED = N_("Automation updates the incident again.")
_DELETED = N_(
    "The incident is deleted from the page and the console. The audit log still names it."
)
_DISMISSED = N_("The draft is dismissed. Visitors did not see it.")


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One entry of the timeline: an update with its former texts, or another step."""

    at: datetime
    update: UpdateRecord | None
    step: StepTaken | None
    former: tuple[FormerText, ...] = ()
    removed: RemovedUpdate | None = None


@router.get("")
def list_page(request: Viewer) -> Response:
    """The incidents that match the filters, latest start first; the open ones without a filter."""
    filters = ListFilters.of(request, _STATES)
    show = filters.state or ("open" if filters.query.is_empty else _ANY)
    wanted = IncidentFilter(
        filters.words,
        None if show == _ANY else IncidentState(show),
        filters.service,
        filters.since,
        filters.until,
    )
    found = list_incidents(request.ctx, wanted, cursor=filters.query.cursor, limit=_PAGE_SIZE)
    return request.page(
        "incidents",
        found=found.items,
        show=show,
        is_search=filters.is_search,
        statuses=list(IncidentStatus),
        **filters.values(found.next),
    )


@router.get("/{incident_id}")
def show(request: Viewer, incident_id: str) -> Response:
    """One incident with its timeline and its actions."""
    return incident_page(request, Form(), incident_id)


@router.get("/{incident_id}/chain-{phase}.svg")
def chain_picture(request: Viewer, incident_id: str, phase: str) -> Response:
    """The picture of a certificate chain of the incident, whether or not visitors see it."""
    known = postmortem_facts(request.ctx, incident_id)
    for chain in known.chains:
        if chain.phase == phase:
            record = ChainPage(request.chrome.page, known.incident, chain)
            drawn = picture(record, request.chrome.language)
            return Response(drawn, headers=dict(HEADERS), media_type="image/svg+xml")
    raise NotFoundError("There is no such picture.", code="picture_not_found")


@router.post("/{incident_id}/publish")
def publish(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Publish a draft; without an undo window, once the user has confirmed it."""

    command = Publish(incident_id, form.text("seen") or None)

    def act(ctx: Ctx) -> str:
        return path_after(pending.submit(ctx, command, undoable=True))

    def ask(ctx: Ctx) -> Question | None:
        if pending.is_deferred(ctx, command):
            return None
        pending.dry_run(ctx, command)
        title = get_incident(ctx, incident_id).incident.title
        return publication_question(request, title, f"/console/incidents/{incident_id}")

    return write_confirmed(
        request, form, act, ask, again=lambda: incident_page(request, form, incident_id)
    )


@router.post("/{incident_id}/take-over")
def take_over(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Make staff the owner."""

    def act(ctx: Ctx) -> str:
        return path_after(lifecycle.take_over(ctx, incident_id))

    notice = request.translate(_TAKEN)
    return request.write(
        form, act, again=lambda: incident_page(request, form, incident_id), notice=notice
    )


@router.post("/{incident_id}/hand-back")
def hand_back(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Make automation the owner again."""

    def act(ctx: Ctx) -> str:
        return path_after(lifecycle.hand_back(ctx, incident_id))

    notice = request.translate(_HANDED)
    return request.write(
        form, act, again=lambda: incident_page(request, form, incident_id), notice=notice
    )


@router.post("/{incident_id}/dismiss")
def dismiss(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Delete a draft, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        lifecycle.dismiss_draft(ctx, incident_id)
        return "/console/"

    def ask(ctx: Ctx) -> Question | None:
        staff = get_incident(ctx, incident_id)
        if staff.published_at is not None:
            # `act` refuses it.
            return None
        return Question(
            request.translate(N_("Dismiss the draft?")),
            request.translate(
                N_("“%(title)s” is deleted. Visitors never saw it. This cannot be undone."),
                title=plain_text(request, staff.incident.title),
            ),
            request.translate(N_("Dismiss")),
            f"/console/incidents/{incident_id}",
        )

    notice = request.translate(_DISMISSED)
    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: incident_page(request, form, incident_id),
        notice=notice,
    )


@router.get("/{incident_id}/delete")
def delete_page(request: Editor, incident_id: str) -> Response:
    """The form that asks for the title, so that nobody deletes another incident by mistake."""
    return _delete_page(request, Form(), incident_id)


@router.post("/{incident_id}/delete")
def delete(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Delete an incident, once its title was typed."""

    def act(ctx: Ctx) -> str:
        title = localize(get_incident(ctx, incident_id).incident.title, request.locale).text
        typed, wanted = (" ".join(each.split()) for each in (form.text("title"), title))
        if fold_name(typed) != fold_name(wanted):
            raise InvalidError("This is not its title.", code="other_title", field="title")
        lifecycle.delete_incident(ctx, incident_id)
        return "/console/incidents"

    notice = request.translate(_DELETED)
    return request.write(
        form, act, again=lambda: _delete_page(request, form, incident_id), notice=notice
    )


def _delete_page(request: StaffRequest, form: Form, incident_id: str) -> Response:
    staff = get_incident(request.ctx, incident_id)
    return request.page("delete", form=form, staff=staff, incident=staff.incident)


def incident_page(request: StaffRequest, form: Form, incident_id: str) -> Response:
    """The page of one incident, with the values that were typed into its forms."""
    staff = get_incident(request.ctx, incident_id)
    history = history_of(request.ctx, incident_id)
    return request.page(
        "incident",
        form=form,
        staff=staff,
        incident=staff.incident,
        seen=version_of(staff.incident.updated_at),
        moments=_timeline(staff, history),
        authors={step.update: step for step in history.steps if _posts_update(step)},
        waiting=list_about(request, staff.subject),
        in_staffs_hands=staff.owner is Owner.STAFF,
        resolved=staff.incident.status is IncidentStatus.RESOLVED,
        notes=list_notes(request.ctx, incident_id),
        chains=postmortem_facts(request.ctx, incident_id).chains,
        notices=progress_by_update(request.ctx, staff.subject),
        texts=incident_translations(staff.incident, request.chrome.page.languages),
    )


def _timeline(staff: StaffIncident, history: IncidentHistory) -> list[TimelineItem]:
    """Updates and steps, newest first. The author of an update is shown with the update."""
    entries = [
        TimelineItem(each.posted_at, each, None, history.former_updates.get(each.id, ()))
        for each in staff.incident.updates
    ]
    entries += [
        TimelineItem(step.at, None, step, removed=_removed(step, history))
        for step in history.steps
        if not _posts_update(step)
    ]
    return sorted(entries, key=lambda each: each.at, reverse=True)


def _removed(step: StepTaken, history: IncidentHistory) -> RemovedUpdate | None:
    if step.action != "update.remove":
        return None
    return history.removed_updates.get(step.update or "")


def _posts_update(step: StepTaken) -> bool:
    return step.action in {"incident.open", "incident.update"}
