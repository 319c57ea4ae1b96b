"""Rooms: subscribers that staff create, such as a chat channel or the webhook of a program."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.db.queries.subscribers import rooms, subscribers
from app.db.tables import SubscriberRow
from app.domain.errors import ConflictError, InvalidError, UnavailableError
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.states import ConfirmedVia, StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.permissions import Action
from app.domain.validation import check_text, is_public_id
from app.ports.channel import WEBHOOK, Channel, can_be_room
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.encryption import SecretBox
from app.usecases.notices.personal import record_personal_notice
from app.usecases.subscribers.choices import apply_choices, check_choices, choices_of
from app.usecases.subscribers.removal import remove_unconfirmed
from app.usecases.subscribers.requests.new_subscribers import SECRET_BYTES
from app.usecases.subscribers.webhook_secrets import (
    FORMER_KEY_UNTIL,
    decrypted,
    new_key,
    rotate_key,
)

__all__ = [
    "Channels",
    "CreatedRoom",
    "NewRoom",
    "Room",
    "RoomChanges",
    "add_room",
    "delete_room",
    "edit_room",
    "get_room",
    "list_rooms",
    "room_number",
    "rotate_room_secret",
    "start_room",
    "stop_room",
    "stored_values",
    "test_room",
]

Channels = Mapping[str, Channel]

_NAME_LIMIT = 80
_VALUE_LIMIT = 2_000
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room to be created. `values` are those of the fields of its channel."""

    kind: str
    name: str
    values: Mapping[str, str] = field(repr=False)
    choices: Choices


@dataclass(frozen=True, slots=True)
class RoomChanges:
    """Changes of a room; None leaves as it is. A field that `values` lacks keeps its value."""

    name: str | None = None
    values: Mapping[str, str] | None = field(default=None, repr=False)
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A room. `hints` have the last four characters of each secret that it has."""

    id: str
    kind: str
    name: str
    address: str
    values: Mapping[str, str]
    hints: Mapping[str, str]
    choices: Choices
    state: SubscriberState
    stop_reason: StopReason | None
    created_at: datetime
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedRoom:
    """A room, and the secret that signs its webhooks, which is not shown again."""

    room: Room
    secret: str | None = field(default=None, repr=False)


def add_room(ctx: Ctx, secret_box: SecretBox, new: NewRoom, channels: Channels) -> CreatedRoom:
    """Create a room. Raises InvalidError, ForbiddenError, and ConflictError (`room_exists`)."""
    ctx.require(Action.CONFIGURE)
    channel = _channel(new.kind, channels)
    check_choices(ctx, new.choices)
    row = SubscriberRow(
        public_id=new_id(),
        channel=new.kind,
        address="",
        address_key="",
        options={},
        secret=secrets.token_bytes(SECRET_BYTES),
        language=new.choices.language,
        incidents=new.choices.incidents.value,
        maintenances=new.choices.maintenances.value,
        minimum=new.choices.minimum.value,
        whole_page=new.choices.followed.is_whole_page,
        state=SubscriberState.ACTIVE.value,
        is_room=True,
        name=_checked_name(new.name),
        created_at=ctx.now,
        confirmed_at=ctx.now,
        confirmed_via=ConfirmedVia.STAFF.value,
        troubles=[],
    )
    secret = new_key() if new.kind == WEBHOOK else None
    stored = {} if secret is None else {"key": secret}
    _store_values(ctx, secret_box, row, channel, new.values, stored)
    apply_choices(ctx, row, new.choices)
    audit.record(ctx, "room.add", "room", row.public_id, after=_fields(row))
    return CreatedRoom(_record(ctx, secret_box, row), secret)


def edit_room(
    ctx: Ctx, secret_box: SecretBox, public_id: str, changes: RoomChanges, channels: Channels
) -> Room:
    """Change a room. Raises the errors of `add_room`, and NotFoundError."""
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    before = _fields(row)
    if changes.name is not None:
        row.name = _checked_name(changes.name)
    if changes.choices is not None:
        check_choices(ctx, changes.choices)
        row.language = changes.choices.language
    stored = decrypted(secret_box, row)
    # A webhook has secrets that are no fields; the key of Apprise is one.
    fields = {each.name for each in _channel(row.channel, channels).fields}
    own = {name: value for name, value in stored.items() if name not in fields}
    present = {**_texts(row.options), **{n: v for n, v in stored.items() if n in fields}}
    values = {**present, **(changes.values or {})}
    _store_values(ctx, secret_box, row, _channel(row.channel, channels), values, own)
    if changes.choices is not None:
        apply_choices(ctx, row, changes.choices)
    audit.record(ctx, "room.edit", "room", row.public_id, before=before, after=_fields(row))
    return _record(ctx, secret_box, row)


def rotate_room_secret(ctx: Ctx, secret_box: SecretBox, public_id: str) -> CreatedRoom:
    """Replace the secret that signs the webhooks of a room; the former one signs for a day too.

    Raises NotFoundError, ForbiddenError, and ConflictError when the room has none (`no_secret`).
    """
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    if row.channel != WEBHOOK:
        raise ConflictError("Only webhooks are signed with a secret.", code="no_secret")
    secret = rotate_key(ctx, secret_box, row)
    audit.record(ctx, "room.rotate", "room", row.public_id)
    return CreatedRoom(_record(ctx, secret_box, row), secret)


def stop_room(ctx: Ctx, secret_box: SecretBox, public_id: str) -> Room:
    """Send nothing more to a room. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    if row.state != SubscriberState.STOPPED:
        row.state, row.stop_reason = SubscriberState.STOPPED.value, StopReason.STAFF.value
        row.stopped_at = ctx.now
        subscribers.withdraw_deliveries(ctx.session, row.id or 0, ctx.now)
        audit.record(ctx, "room.stop", "room", row.public_id)
    return _record(ctx, secret_box, row)


def start_room(ctx: Ctx, secret_box: SecretBox, public_id: str) -> Room:
    """Send to a room again, from now on. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    if row.state != SubscriberState.ACTIVE:
        row.state, row.stop_reason, row.stopped_at = SubscriberState.ACTIVE.value, None, None
        row.confirmed_at, row.troubles = ctx.now, []
        audit.record(ctx, "room.start", "room", row.public_id)
    return _record(ctx, secret_box, row)


def test_room(ctx: Ctx, public_id: str) -> None:
    """Send a test message to a room. Raises NotFoundError and ForbiddenError, and ConflictError
    when the room is stopped.
    """
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    if row.state != SubscriberState.ACTIVE:
        raise ConflictError("This room is stopped. Start it first.", code="room_stopped")
    record_personal_notice(ctx, row, NoticeEvent.TEST, {})
    audit.record(ctx, "room.test", "room", row.public_id)


def delete_room(ctx: Ctx, public_id: str) -> None:
    """Delete a room. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    audit.record(ctx, "room.delete", "room", row.public_id, before=_fields(row))
    remove_unconfirmed(ctx, row)


def get_room(ctx: Ctx, secret_box: SecretBox, public_id: str) -> Room:
    """One room. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.EDIT)
    return _record(ctx, secret_box, _required_room(ctx, public_id))


def room_number(ctx: Ctx, public_id: str) -> int:
    """The id of the row of a room. Raises NotFoundError."""
    return _required_room(ctx, public_id).id or 0


def stored_values(
    ctx: Ctx, secret_box: SecretBox, public_id: str, channels: Channels
) -> Mapping[str, str]:
    """The values of the fields of a room with its secrets, to compare with.

    Raises NotFoundError, and UnavailableError when the secrets cannot be decrypted.
    """
    ctx.require(Action.CONFIGURE)
    row = _required_room(ctx, public_id)
    fields = {each.name for each in _channel(row.channel, channels).fields}
    secret = {name: value for name, value in decrypted(secret_box, row).items() if name in fields}
    return {**_texts(row.options), **secret}


def list_rooms(ctx: Ctx, secret_box: SecretBox) -> tuple[Room, ...]:
    """All rooms, by name. Raises ForbiddenError."""
    ctx.require(Action.EDIT)
    return tuple(_record(ctx, secret_box, row) for row in rooms.list_rooms(ctx.session))


def _store_values(  # the row, its channel, and what is stored in it
    ctx: Ctx,
    secret_box: SecretBox,
    row: SubscriberRow,
    channel: Channel,
    values: Mapping[str, str],
    stored: Mapping[str, str],
) -> None:
    """Check the values of a room and store them; `stored` are secrets that are no fields."""
    named = {each.name: each for each in channel.fields}
    filled = {name: value.strip() for name, value in values.items() if value.strip()}
    _check_values(channel, filled)
    key = _key_of(filled, row.language)
    existing = subscribers.find_by_key(ctx.session, row.channel, key)
    if existing is not None and existing.public_id != row.public_id:
        raise ConflictError(
            "There is a room for this address in this language already.", code="room_exists"
        )
    hidden = {name: value for name, value in filled.items() if named[name].is_secret}
    former = {name: value for name, value in row.options.items() if name not in named}
    shown = {name: value for name, value in filled.items() if name not in hidden}
    row.options = {**former, **shown}
    row.secrets = secret_box.encrypt(json.dumps({**hidden, **stored}), row.public_id)
    row.address, row.address_key = channel.address(filled), key


def _checked_name(name: str) -> str:
    return check_text(" ".join(name.split()), field="name", limit=_NAME_LIMIT)


def _check_values(channel: Channel, values: Mapping[str, str]) -> None:
    named = {each.name for each in channel.fields}
    for name, value in values.items():
        if name not in named:
            known = ", ".join(each.name for each in channel.fields)
            raise InvalidError(
                f"{channel.name} has no field {name[:60]!r}; it has {known}.",
                code="unknown_field",
                field=name[:60],
            )
        if len(value) > _VALUE_LIMIT:
            raise InvalidError(
                f"A value has at most {_VALUE_LIMIT} characters.", code="too_long", field=name
            )
    for name, problem in channel.check(values).items():
        raise InvalidError(problem.message, code=problem.code, field=name)


def _channel(kind: str, channels: Channels) -> Channel:
    channel = channels.get(kind)
    if channel is None or not can_be_room(channel):
        known = ", ".join(sorted(name for name, each in channels.items() if can_be_room(each)))
        raise InvalidError(
            f"There is no kind of room {kind[:60]!r}; known are {known}.",
            code="unknown_kind",
            field="kind",
        )
    return channel


def _key_of(values: Mapping[str, str], language: str) -> str:
    """The key of an address: two languages in one chat channel are two rooms."""
    text = json.dumps([language, sorted(values.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _required_room(ctx: Ctx, public_id: str) -> SubscriberRow:
    row = subscribers.find_subscriber(ctx.session, public_id) if is_public_id(public_id) else None
    found = row if row is not None and row.is_room else None
    return required(found, "There is no such room.", code="room_not_found")


def _hints(secret_box: SecretBox, row: SubscriberRow) -> Mapping[str, str]:
    try:
        stored = decrypted(secret_box, row)
    except UnavailableError:
        # Encrypted with another FYR_SECRET_KEY: staff can still see and delete the room.
        return {}
    return {name: stored[name][-_SHOWN:] for name in sorted(stored) if name != "former_key"}


def _texts(options: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: each for name, each in options.items() if name != FORMER_KEY_UNTIL}


def _fields(row: SubscriberRow) -> Mapping[str, Any]:
    return {"kind": row.channel, "name": row.name, "language": row.language}


def _record(ctx: Ctx, secret_box: SecretBox, row: SubscriberRow) -> Room:
    followed = subscribers.targets_followed(ctx.session, [row.id or 0])
    return Room(
        id=row.public_id,
        kind=row.channel,
        name=row.name or "",
        address=row.address,
        values=_texts(row.options),
        hints=_hints(secret_box, row),
        choices=choices_of(row, followed.get(row.id or 0, ())),
        state=SubscriberState(row.state),
        stop_reason=None if row.stop_reason is None else StopReason(row.stop_reason),
        created_at=row.created_at,
        last_sent_at=row.last_sent_at,
    )
