"""Screens of rooms and channels: list, forms made of a channel's fields, test message, switches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Response

from app.channels import CHANNELS
from app.domain.errors import InvalidError, NotFoundError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.permissions import Action, may
from app.domain.statuses import Impact
from app.domain.texts.phrases import N_
from app.ports.channel import Channel, can_be_room
from app.usecases.context import Ctx
from app.usecases.services.services import list_services
from app.usecases.subscribers import channel_settings, rooms
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.channel_settings import ChannelChange
from app.usecases.subscribers.rooms import CreatedRoom, NewRoom, Room, RoomChanges
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Admin, Editor, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/rooms")

_LIST = "/console/rooms"
_PREFIX = "values."
_SAVED = N_("Saved.")
_ADDED = N_("The room is set up. Send a test message.")
_TESTED = N_("The test message is on the way.")
_STOPPED = N_("Nothing is sent to the room any more.")
_STARTED = N_("The room is notified again, from now on.")
_DELETED = N_("The room is deleted.")


@router.get("")
def list_rooms(request: Editor) -> Response:
    """The rooms, and the channels with their trouble."""
    return _list(request, Form())


@router.post("/channels/{kind}")
def edit_channel(request: Admin, kind: str, form: SubmittedForm) -> Response:
    """Switch a channel on or off, offer it to visitors or not, or set the address for replies."""

    def switch(name: str) -> bool | None:
        return form.text(name) == "on" if form.has(name) else None

    def act(ctx: Ctx) -> str:
        reply_to = form.text("reply_to") if form.has("reply_to") else None
        change = ChannelChange(switch("is_enabled"), switch("is_public"), reply_to)
        channel_settings.edit_channel(ctx, request.app.secret_box, kind, change, CHANNELS)
        return _LIST

    return request.write(
        form, act, again=lambda: _list(request, form), notice=request.translate(_SAVED)
    )


@router.get("/new/{kind}")
def new_room(request: Admin, kind: str) -> Response:
    """The form of a new room."""
    form = Form.filled(
        {
            "language": request.chrome.page.default_language,
            "incidents": "all",
            "maintenances": "all",
            "minimum": "none",
        }
    )
    return _form_page(request, form, _channel(kind), None)


@router.post("/new/{kind}")
def add_room(request: Admin, kind: str, form: SubmittedForm) -> Response:
    """Set up a room. The secret of a webhook is shown once."""
    channel = _channel(kind)

    def act(ctx: Ctx) -> CreatedRoom:
        new = NewRoom(kind, form.text("name"), _values(form, channel), _choices(form))
        with _errors_at_fields(channel):
            return rooms.add_room(ctx, request.app.secret_box, new, CHANNELS)

    def show(created: CreatedRoom) -> Response:
        if created.secret is not None:
            return _secret_page(request, created)
        return request.redirect(f"{_LIST}/{created.room.id}", request.translate(_ADDED))

    return request.write_and_reveal(
        form, act, again=lambda: _form_page(request, form, channel, None), show=show
    )


@router.get("/{room_id}")
def room(request: Editor, room_id: str) -> Response:
    """One room; for admins, its form."""
    return _page(request, room_id, None)


@router.post("/{room_id}/edit")
def edit_room(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Change a room. A secret that is left empty stays as it is."""
    kind = rooms.get_room(request.ctx, request.app.secret_box, room_id).kind

    def act(ctx: Ctx) -> str:
        changes = RoomChanges(form.text("name"), _values(form, _channel(kind)), _choices(form))
        with _errors_at_fields(_channel(kind)):
            rooms.edit_room(ctx, request.app.secret_box, room_id, changes, CHANNELS)
        return f"{_LIST}/{room_id}"

    return request.write(
        form, act, again=lambda: _page(request, room_id, form), notice=request.translate(_SAVED)
    )


@router.post("/{room_id}/test")
def test_room(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Send a test message to a room."""
    return _act(request, room_id, form, lambda ctx: rooms.test_room(ctx, room_id), _TESTED)


@router.post("/{room_id}/stop")
def stop_room(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Send nothing more to a room."""
    box = request.app.secret_box
    return _act(request, room_id, form, lambda ctx: rooms.stop_room(ctx, box, room_id), _STOPPED)


@router.post("/{room_id}/start")
def start_room(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Send to a room again."""
    box = request.app.secret_box
    return _act(request, room_id, form, lambda ctx: rooms.start_room(ctx, box, room_id), _STARTED)


@router.post("/{room_id}/rotate")
def rotate_secret(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Replace the secret of a webhook, and show it once; the former one signs for a day too."""
    return request.write_and_reveal(
        form,
        lambda ctx: rooms.rotate_room_secret(ctx, request.app.secret_box, room_id),
        again=lambda: _page(request, room_id, form),
        show=lambda created: _secret_page(request, created),
    )


@router.post("/{room_id}/delete")
def delete_room(request: Admin, room_id: str, form: SubmittedForm) -> Response:
    """Delete a room, once this is confirmed."""

    def ask(ctx: Ctx) -> Question:
        known = rooms.get_room(ctx, request.app.secret_box, room_id)
        return Question(
            request.translate(N_("Delete the room?")),
            request.translate(N_("Nothing is sent to “%(name)s” any more."), name=known.name),
            request.translate(N_("Delete")),
            f"{_LIST}/{room_id}",
        )

    def act(ctx: Ctx) -> str:
        rooms.delete_room(ctx, room_id)
        return _LIST

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: _page(request, room_id, form),
        notice=request.translate(_DELETED),
    )


def _act(
    request: StaffRequest,
    room_id: str,
    form: Form,
    change: Callable[[Ctx], object],
    notice: str,
) -> Response:
    path = f"{_LIST}/{room_id}"
    return request.change(
        form, path, change, again=lambda: _page(request, room_id, form), notice=notice
    )


def _channel(kind: str) -> Channel:
    channel = CHANNELS.get(kind)
    if channel is None or not can_be_room(channel):
        raise NotFoundError("There is no such kind of room.", code="channel_not_found")
    return channel


@contextmanager
def _errors_at_fields(channel: Channel) -> Iterator[None]:
    """Name the fields of the form in errors: it has a prefix before the names of the channel."""
    try:
        yield
    except InvalidError as error:
        if error.field not in {each.name for each in channel.fields}:
            raise
        field = f"{_PREFIX}{error.field}"
        raise InvalidError(error.message, code=error.code, field=field) from error


def _values(form: Form, channel: Channel) -> dict[str, str]:
    """The submitted fields of the channel; a secret that is empty keeps its stored value."""
    values = {each.name: form.text(f"{_PREFIX}{each.name}").strip() for each in channel.fields}
    secrets = {each.name for each in channel.fields if each.is_secret}
    return {name: text for name, text in values.items() if text or name not in secrets}


def _choices(form: Form) -> Choices:
    def one_of(name: str, known: list[str]) -> str:
        return form.text(name) if form.text(name) in known else known[-1]

    return Choices(
        form.text("language"),
        Followed(services=tuple(form.all("services"))),
        IncidentLevel(one_of("incidents", [each.value for each in IncidentLevel])),
        MaintenanceLevel(one_of("maintenances", [each.value for each in MaintenanceLevel])),
        Impact(form.text("minimum") if form.text("minimum") in set(Impact) else Impact.NONE),
        form.text("time_zone").strip() or None,
    )


def _list(request: StaffRequest, form: Form) -> Response:
    channels = channel_settings.list_channels(request.ctx, CHANNELS)
    if not form.has("reply_to"):
        stored = next((each.reply_to for each in channels if each.kind == EMAIL), None)
        form.fields = (*form.fields, ("reply_to", stored or ""))
    every = rooms.list_rooms(request.ctx, request.app.secret_box)
    names = {each.kind: each.name for each in channels}
    search = NameSearch.of(request)
    return request.page(
        "rooms",
        form=form,
        search=search,
        count=len(every),
        rooms=[each for each in every if search.finds(each.name, names.get(each.kind))],
        channels=channels,
        kinds=[each for each in channels if can_be_room(CHANNELS[each.kind])],
        names=names,
        is_https=request.app.settings.base_url.startswith("https:"),
        has_mail=any(each.kind == EMAIL and each.is_enabled for each in channels),
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


def _page(request: StaffRequest, room_id: str, form: Form | None) -> Response:
    found = rooms.get_room(request.ctx, request.app.secret_box, room_id)
    if form is None or not form.has("language"):
        filled = _filled(found)
        if form is not None:
            filled.errors, filled.status = form.errors, form.status
        form = filled
    return _form_page(request, form, CHANNELS[found.kind], found)


def _form_page(request: StaffRequest, form: Form, channel: Channel, found: Room | None) -> Response:
    return request.page(
        "room",
        form=form,
        room=found,
        channel=channel,
        services=[(each.slug, each.name) for each in list_services(request.ctx)],
        impacts=list(Impact),
        may_configure=may(request.me.user.role, Action.CONFIGURE),
    )


def _secret_page(request: StaffRequest, created: CreatedRoom) -> Response:
    return request.page("room_secret", room=created.room, secret=created.secret)


def _filled(room: Room) -> Form:
    choices = room.choices
    return Form.filled(
        {
            "name": room.name,
            **{f"{_PREFIX}{name}": text for name, text in room.values.items()},
            "language": choices.language,
            "time_zone": choices.time_zone or "",
            "services": choices.followed.services,
            "incidents": choices.incidents.value,
            "maintenances": choices.maintenances.value,
            "minimum": choices.minimum.value,
        }
    )
