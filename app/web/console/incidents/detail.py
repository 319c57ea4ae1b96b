"""The incidents, and one of them with all that was done about it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError, NotFoundError
from app.domain.ownership import Owner
from app.domain.page.pages import ChainPage
from app.domain.page.records import UpdateRecord
from app.domain.phrases import N_
from app.domain.statuses import IncidentStatus
from app.i18n.localization import localize
from app.rendering.filters.incident_chain import HEADERS, picture
from app.usecases.context import Ctx
from app.usecases.incidents import lifecycle
from app.usecases.incidents.history import FormerText, IncidentHistory, StepTaken, history_of
from app.usecases.incidents.lifecycle import get_incident, list_incidents
from app.usecases.incidents.postmortems import skeleton
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import Publish
from app.web.console.compose.composer import leads_to
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import waiting

__all__ = ["router"]

router = APIRouter(prefix="/incidents")

_A_PAGE = 20
_TAKEN = N_("It is in your hands now. Automation only adds what it sees.")
_HANDED = N_("Automation goes on with it.")
_DELETED = N_("The incident is gone from the page and from here. The audit log keeps that it was.")
_DISMISSED = N_("The draft is dismissed. Visitors never saw it.")
_RELEASED = N_("Visitors see it now.")


@dataclass(frozen=True, slots=True)
class Moment:
    """One place of the timeline: an update, or something else that was done."""

    at: datetime
    update: UpdateRecord | None
    step: StepTaken | None
    former: tuple[FormerText, ...] = ()


@router.get("")
def every_incident(request: Viewer, show: str = "open", cursor: str = "") -> Response:
    """The incidents, newest first: open ones, drafts, or all."""
    show = show if show in {"open", "drafts", "all"} else "open"
    found = list_incidents(
        request.ctx,
        cursor=cursor or None,
        limit=_A_PAGE,
        only_open=show == "open",
        only_drafts=show == "drafts",
    )
    more = urlencode({"show": show, "cursor": found.next}) if found.next else None
    return request.page("incidents", found=found.items, show=show, more=more, first=not cursor)


@router.get("/{incident_id}")
def one_incident(request: Viewer, incident_id: str) -> Response:
    """One incident: its timeline with every step, and what can be done."""
    return _page(request, Form(), incident_id)


@router.get("/{incident_id}/chain-{phase}.svg")
def chain_picture(request: Viewer, incident_id: str, phase: str) -> Response:
    """The picture of a chain that the incident is about, whatever the page says of it."""
    known = skeleton(request.ctx, incident_id)
    for chain in known.chains:
        if chain.phase == phase:
            record = ChainPage(request.chrome.page, known.incident, chain)
            drawn = picture(record, request.chrome.language)
            return Response(drawn, headers=dict(HEADERS), media_type="image/svg+xml")
    raise NotFoundError("There is no such picture.", code="picture_not_found")


@router.post("/{incident_id}/publish")
def publish(request: Editor, incident_id: str, form: Sent) -> Response:
    """Release a draft."""

    def act(ctx: Ctx) -> str:
        return leads_to(pending.submit(ctx, Publish(incident_id), undoable=True))

    return request.write(form, act, again=lambda: _page(request, form, incident_id))


@router.post("/{incident_id}/take-over")
def take_over(request: Editor, incident_id: str, form: Sent) -> Response:
    """Put it into staff's hands."""

    def act(ctx: Ctx) -> str:
        return leads_to(lifecycle.take_over(ctx, incident_id))

    again = request.say(_TAKEN)
    return request.write(form, act, again=lambda: _page(request, form, incident_id), said=again)


@router.post("/{incident_id}/hand-back")
def hand_back(request: Editor, incident_id: str, form: Sent) -> Response:
    """Let automation go on with it."""

    def act(ctx: Ctx) -> str:
        return leads_to(lifecycle.hand_back(ctx, incident_id))

    said = request.say(_HANDED)
    return request.write(form, act, again=lambda: _page(request, form, incident_id), said=said)


@router.post("/{incident_id}/dismiss")
def dismiss(request: Editor, incident_id: str, form: Sent) -> Response:
    """Throw a draft away that visitors have not seen."""

    def act(ctx: Ctx) -> str:
        if get_incident(ctx, incident_id).published_at is not None:
            raise InvalidError("Visitors see this already.", code="already_published")
        lifecycle.delete_incident(ctx, incident_id)
        return "/console/"

    said = request.say(_DISMISSED)
    return request.write(form, act, again=lambda: _page(request, form, incident_id), said=said)


@router.get("/{incident_id}/delete")
def deleting(request: Editor, incident_id: str) -> Response:
    """Asks for the title, so that nobody deletes the wrong one."""
    return _deleting(request, Form(), incident_id)


@router.post("/{incident_id}/delete")
def delete(request: Editor, incident_id: str, form: Sent) -> Response:
    """Delete it, once its title was typed."""

    def act(ctx: Ctx) -> str:
        title = localize(get_incident(ctx, incident_id).incident.title, request.locale).text
        if " ".join(form.text("title").split()).casefold() != " ".join(title.split()).casefold():
            raise InvalidError("This is not its title.", code="other_title", field="title")
        lifecycle.delete_incident(ctx, incident_id)
        return "/console/incidents"

    said = request.say(_DELETED)
    return request.write(form, act, again=lambda: _deleting(request, form, incident_id), said=said)


def _deleting(request: StaffRequest, form: Form, incident_id: str) -> Response:
    staff = get_incident(request.ctx, incident_id)
    return request.page("delete", form=form, staff=staff, incident=staff.incident)


def _page(request: StaffRequest, form: Form, incident_id: str) -> Response:
    staff = get_incident(request.ctx, incident_id)
    history = history_of(request.ctx, incident_id)
    return request.page(
        "incident",
        form=form,
        staff=staff,
        incident=staff.incident,
        moments=_moments(staff, history),
        authors={step.update: step for step in history.steps if _is_written(step)},
        waiting=[each for each in waiting(request) if each.incident == incident_id],
        in_staffs_hands=staff.owner is Owner.STAFF,
        resolved=staff.incident.status is IncidentStatus.RESOLVED,
        chains=skeleton(request.ctx, incident_id).chains,
    )


def _moments(staff: StaffIncident, history: IncidentHistory) -> list[Moment]:
    """Updates and steps, newest first. Who wrote an update stands at the update itself."""
    moments = [
        Moment(each.posted_at, each, None, history.former_updates.get(each.id, ()))
        for each in staff.incident.updates
    ]
    moments += [Moment(step.at, None, step) for step in history.steps if not _is_written(step)]
    return sorted(moments, key=lambda each: each.at, reverse=True)


def _is_written(step: StepTaken) -> bool:
    return step.action in {"incident.open", "incident.update"}
