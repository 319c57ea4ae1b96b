"""The parts `channels` and `rooms` of the configuration. Kind and name identify a room."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from app.channels import CHANNELS
from app.cli.configuration.document import escaped
from app.cli.configuration.run import Run
from app.cli.configuration.variables import VariableNames
from app.domain.errors import InvalidError
from app.usecases.subscribers import channel_settings, rooms
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.rooms import Room
from app.web.api.notifications.channel_schemas import ChannelChange
from app.web.api.rooms.room_schemas import NewRoom, RoomChange

__all__ = ["apply_channels", "apply_rooms", "dump_channels", "dump_rooms"]

_CHOICES = ("language", "time_zone", "services", "incidents", "maintenances", "minimum")


def apply_channels(run: Run, wanted: Mapping[str, ChannelChange]) -> None:
    """Change the settings of the channels that are given."""
    for kind, change in wanted.items():
        with run.at(f"channels.{kind[:60]}"):
            before = channel_settings.get_channel(run.ctx, kind, CHANNELS)
            record = change.to_record()
            run.edit(
                "channel",
                kind,
                before,
                lambda kind=kind, record=record: channel_settings.edit_channel(  # type: ignore[misc]
                    run.ctx, run.secret_box, kind, record, CHANNELS
                ),
            )


def apply_rooms(run: Run, wanted: Sequence[NewRoom]) -> None:
    """Add and change rooms."""
    present = _present(run)
    kept = set()
    for number, new in enumerate(wanted):
        with run.at(f"rooms[{number}]"):
            key = (new.kind, new.name)
            if key in kept:
                raise InvalidError("A room of this kind and name is listed twice.", field="name")
            kept.add(key)
            _apply_room(run, new, present.get(key))
    for (kind, name), room in present.items():
        if (kind, name) not in kept:
            run.remove(
                "room",
                f"{kind} {name}",
                partial(rooms.delete_room, run.ctx, room.id),
            )


def _apply_room(run: Run, new: NewRoom, before: Room | None) -> None:
    if before is None:
        made = rooms.add_room(run.ctx, run.secret_box, new.to_record(), CHANNELS)
        run.added("room", f"{new.kind} {new.name}")
        if made.secret is not None:
            run.issued.append(f"{new.name}: secret {made.secret}")
        return
    stored = rooms.stored_values(run.ctx, run.secret_box, before.id, CHANNELS)
    differs = not new.values.items() <= stored.items()
    sent = {name: getattr(new, name) for name in _CHOICES if name in new.model_fields_set}
    values = {"values": new.values} if differs else {}
    change = RoomChange(**sent, **values, name=new.name).to_record(before.choices)
    run.edit(
        "room",
        f"{new.kind} {new.name}",
        before,
        lambda: rooms.edit_room(run.ctx, run.secret_box, before.id, change, CHANNELS),
        also="values" if differs else "",
    )


def dump_channels(run: Run) -> dict[str, Any]:
    """The channels that are public, and the address for replies of mails."""
    found: dict[str, Any] = {}
    for each in channel_settings.list_channels(run.ctx, CHANNELS):
        entry: dict[str, Any] = {}
        if each.is_set_up and each.can_be_public and each.is_public:
            entry["is_public"] = True
            if each.kind != EMAIL:
                entry["is_enabled"] = each.is_enabled
        if each.reply_to:
            entry["reply_to"] = each.reply_to
        if entry:
            found[each.kind] = escaped(entry)
    return found


def dump_rooms(run: Run, variables: VariableNames) -> list[dict[str, Any]]:
    """The rooms, with variables for their secrets."""
    found = []
    for room in rooms.list_rooms(run.ctx, run.secret_box):
        fields = {each.name for each in CHANNELS[room.kind].fields}
        values: dict[str, Any] = {**room.values}
        for name in room.hints:
            if name in fields:
                values[name] = f"${{{variables.new(room.name, name.upper())}}}"
        choices = room.choices
        entry = {
            "kind": room.kind,
            "name": escaped(room.name),
            "values": {
                name: value if name in room.hints else escaped(value)
                for name, value in values.items()
            },
            "language": choices.language,
            "time_zone": choices.time_zone,
            "services": list(choices.followed.services),
            "incidents": choices.incidents.value,
            "maintenances": choices.maintenances.value,
            "minimum": choices.minimum.value,
        }
        found.append({name: value for name, value in entry.items() if value not in (None, [])})
    return found


def _present(run: Run) -> Mapping[tuple[str, str], Room]:
    return {(each.kind, each.name): each for each in rooms.list_rooms(run.ctx, run.secret_box)}
