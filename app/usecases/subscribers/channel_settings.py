"""Settings of channels: whether one sends, and whether visitors can subscribe through it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.outbox import lanes
from app.db.queries.subscribers import channels
from app.db.tables import ChannelRow, LaneRow
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.permissions import Action
from app.ports.channel import Channel, Field, KeyedChannel, can_be_room
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.availability import EMAIL

__all__ = [
    "ChannelChange",
    "ChannelSettings",
    "LaneTrouble",
    "edit_channel",
    "get_channel",
    "list_channels",
]

_REPLY_TO = "reply_to"


@dataclass(frozen=True, slots=True)
class LaneTrouble:
    """A lane in trouble: nothing is sent through it before `paused_until`."""

    name: str
    paused_until: datetime | None
    failures: int
    code: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A kind of channel. `is_set_up`: it has what it needs to send; `is_public`: visitors can
    subscribe through it. `lanes` are those that have failed since their last success. `reply_to`
    is the address for replies to mails, empty for FYR_MAIL_FROM; None of other channels.
    """

    kind: str
    name: str
    is_room: bool
    fields: Sequence[Field]
    is_set_up: bool
    is_enabled: bool
    is_public: bool
    can_be_public: bool
    reply_to: str | None
    lanes: tuple[LaneTrouble, ...]


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """Changes of the settings of a channel; None leaves as it is."""

    is_enabled: bool | None = None
    is_public: bool | None = None
    reply_to: str | None = None


def list_channels(ctx: Ctx, configured: Mapping[str, Channel]) -> tuple[ChannelSettings, ...]:
    """Every kind of channel, by name. Raises ForbiddenError."""
    ctx.require(Action.EDIT)
    rows = {row.kind: row for row in channels.list_channels(ctx.session)}
    troubled = lanes.special_lanes(ctx.session)
    found = (_record(each, rows.get(each.kind), troubled) for each in configured.values())
    return tuple(sorted(found, key=lambda each: (each.is_room, each.name.lower())))


def get_channel(ctx: Ctx, kind: str, configured: Mapping[str, Channel]) -> ChannelSettings:
    """One kind of channel. Raises ForbiddenError, NotFoundError."""
    ctx.require(Action.EDIT)
    channel = _channel(kind, configured)
    row = channels.find_channel(ctx.session, kind)
    return _record(channel, row, lanes.special_lanes(ctx.session))


def edit_channel(
    ctx: Ctx,
    secret_box: SecretBox,
    kind: str,
    change: ChannelChange,
    configured: Mapping[str, Channel],
) -> ChannelSettings:
    """Change the settings of a channel.

    One that only visitors can use is public as soon as it is enabled. Keys of the installation that
    a channel needs are generated once and stay. Raises ForbiddenError, NotFoundError; InvalidError
    for an address that cannot be replied to (field `reply_to`); ConflictError when it is not set up
    (`channel_not_set_up`) or when visitors cannot subscribe through it (`channel_not_public`).
    """
    ctx.require(Action.CONFIGURE)
    channel = _channel(kind, configured)
    row = channels.find_channel(ctx.session, kind)
    before = _record(channel, row, ())
    if kind == EMAIL and change.is_enabled is not None:
        raise ConflictError(
            "The settings of the program decide whether mail is sent: FYR_SMTP_URL and "
            "FYR_MAIL_FROM.",
            code="channel_not_set_up",
        )
    if change.is_public and not before.can_be_public:
        raise ConflictError(
            "Visitors cannot subscribe through this channel. Create a room instead.",
            code="channel_not_public",
        )
    if (change.is_public or change.is_enabled) and not before.is_set_up:
        raise ConflictError(
            "This channel is not set up: it cannot send.", code="channel_not_set_up"
        )
    reply_to = _reply_to(kind, change.reply_to)
    if row is None:
        row = ChannelRow(
            kind=kind,
            is_enabled=before.is_enabled,
            is_public=before.is_public,
            options={},
            changed_at=ctx.now,
        )
        ctx.session.add(row)
    row.is_enabled = row.is_enabled if change.is_enabled is None else change.is_enabled
    row.is_public = row.is_public if change.is_public is None else change.is_public
    if change.is_public is None and change.is_enabled is not None and not can_be_room(channel):
        row.is_public = change.is_enabled
    row.options = {**row.options, **reply_to}
    row.changed_at = ctx.now
    if row.is_enabled:
        _store_keys(secret_box, row, channel)
    ctx.session.flush()
    after = _record(channel, row, lanes.special_lanes(ctx.session))
    if _switches(before) != _switches(after):
        audit.record(
            ctx, "channel.edit", "channel", kind, before=_switches(before), after=_switches(after)
        )
        ctx.touch()  # the page offers the channels that are public
    return after


def _store_keys(secret_box: SecretBox, row: ChannelRow, channel: Channel) -> None:
    """Generate the keys that the channel needs, unless there are some."""
    if isinstance(channel, KeyedChannel) and row.secrets is None:
        keys = channel.generate_keys()
        secrets = json.dumps(dict(keys.secrets))
        row.secrets = secret_box.encrypt(secrets, f"channel:{row.kind}")
        row.options = {**row.options, **keys.options}


def _reply_to(kind: str, submitted: str | None) -> Mapping[str, str]:
    """The option of the address for replies, which is empty for none; nothing without a change.

    It has ASCII only, as every mail program sends.
    """
    if submitted is None:
        return {}
    if not submitted.strip():
        return {_REPLY_TO: ""}
    try:
        address = check_mail_address(submitted).address
    except InvalidError:
        address = ""
    if kind != EMAIL or not address.isascii() or not address:
        raise InvalidError(
            "Enter a mail address, such as help@example.com.",
            code="invalid_address",
            field=_REPLY_TO,
        )
    return {_REPLY_TO: address}


def _channel(kind: str, configured: Mapping[str, Channel]) -> Channel:
    channel = configured.get(kind)
    if channel is None:
        raise NotFoundError("There is no such channel.", code="channel_not_found")
    return channel


def _record(
    channel: Channel, row: ChannelRow | None, troubled: Iterable[LaneRow]
) -> ChannelSettings:
    needs_no_setup = can_be_room(channel)
    own = (channel.kind, f"{channel.kind}:")
    return ChannelSettings(
        kind=channel.kind,
        name=channel.name,
        is_room=channel.is_room,
        fields=channel.fields,
        # Keys are made when it is switched on; the settings of the program set up mail.
        is_set_up=needs_no_setup or row is not None or isinstance(channel, KeyedChannel),
        is_enabled=needs_no_setup if row is None else row.is_enabled,
        is_public=row is not None and row.is_public,
        can_be_public=not channel.is_room,
        reply_to=_stored_reply_to(channel.kind, row),
        lanes=tuple(
            LaneTrouble(
                each.name, each.paused_until, each.failures, each.last_code, each.last_detail
            )
            for each in troubled
            if each.failures and (each.name == own[0] or each.name.startswith(own[1]))
        ),
    )


def _stored_reply_to(kind: str, row: ChannelRow | None) -> str | None:
    if kind != EMAIL:
        return None
    return "" if row is None else str(row.options.get(_REPLY_TO) or "")


def _switches(settings: ChannelSettings) -> dict[str, object]:
    """The fields that staff change."""
    switches: dict[str, object] = {
        "is_enabled": settings.is_enabled,
        "is_public": settings.is_public,
    }
    return switches if settings.reply_to is None else {**switches, _REPLY_TO: settings.reply_to}
