"""Rooms, which staff create."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlmodel import select

from app.channels import CHANNELS
from app.db.tables import AuditEntryRow, DeliveryRow, NoticeRow, SubscriberRow
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases.context import Actor, Ctx
from app.usecases.encryption import SecretBox
from app.usecases.subscribers import rooms
from app.usecases.subscribers.rooms import NewRoom, Room, RoomChanges
from tests.cast import Backend
from tests.factories import make_service, make_subscriber

BOX = SecretBox(lambda: b"k" * 32)
URL = "https://hooks.slack.com/services/T0/B0/verysecretpart"
SLACK = NewRoom("slack", "Operations", {"url": URL}, Choices("en"))
HOOK = NewRoom("webhook", "Billing", {"url": "https://hooks.example.net/in"}, Choices("en"))


def add(ctx: Ctx, new: NewRoom = SLACK) -> Room:
    return rooms.add_room(ctx, BOX, new, CHANNELS).room


def secrets_of(ctx: Ctx, room: Room) -> Mapping[str, str]:
    row = ctx.session.exec(select(SubscriberRow).where(SubscriberRow.public_id == room.id)).one()
    decrypted: Mapping[str, str] = json.loads(BOX.decrypt(row.secrets or "", room.id))
    return decrypted


def test_a_room_is_active_at_once_and_shows_host_and_last_characters(backend: Backend) -> None:
    with backend.writing() as ctx:
        room = add(ctx)
        assert secrets_of(ctx, room) == {"url": URL}
    assert (room.state, room.address) == (SubscriberState.ACTIVE, "slack.com")
    assert (room.values, room.hints) == ({}, {"url": "part"})


def test_no_secret_of_a_room_stands_in_its_row_or_in_the_audit_log(backend: Backend) -> None:
    with backend.writing() as ctx:
        room = add(ctx)
        rooms.edit_room(ctx, BOX, room.id, RoomChanges(name="On call"), CHANNELS)
        rows = [*ctx.session.exec(select(SubscriberRow)), *ctx.session.exec(select(AuditEntryRow))]
        stored = " ".join(str(each.model_dump()) for each in rows)
    assert "verysecretpart" not in f"{stored} {room!r} {SLACK!r}"


def test_a_room_follows_what_staff_choose(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx, "mail")
        choices = Choices("en", Followed(services=("mail",)))
        room = add(ctx, replace(SLACK, choices=choices))
    assert room.choices == choices


def test_two_languages_in_one_chat_channel_are_two_rooms(backend: Backend) -> None:
    with backend.writing() as ctx:
        first, second = add(ctx), add(ctx, replace(SLACK, choices=Choices("sv")))
    assert first.id != second.id


def test_one_room_twice_is_a_conflict_that_stores_nothing(backend: Backend) -> None:
    with backend.writing() as ctx:
        add(ctx)
        with pytest.raises(ConflictError) as raised:
            add(ctx, replace(SLACK, name="Again"))
        assert raised.value.code == "room_exists"
        assert [each.name for each in rooms.list_rooms(ctx, BOX)] == ["Operations"]


def test_an_edit_to_the_address_of_another_room_is_a_conflict(backend: Backend) -> None:
    with backend.writing() as ctx:
        add(ctx)
        other = add(ctx, replace(SLACK, values={"url": f"{URL}2"}))
        with pytest.raises(ConflictError):
            rooms.edit_room(ctx, BOX, other.id, RoomChanges(values={"url": URL}), CHANNELS)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "fax"}, "kind"),
        ({"kind": "email"}, "kind"),
        ({"kind": "web_push"}, "kind"),
        ({"values": {}}, "url"),
        ({"values": {"url": "not a url"}}, "url"),
        ({"values": {"url": URL, "colour": "red"}}, "colour"),
        ({"values": {"url": "https://a.example/" + "x" * 2_000}}, "url"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"choices": Choices("tlh")}, "language"),
        ({"choices": Choices("en", time_zone="Mars/Olympus")}, "time_zone"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field(
    sqlite_backend: Backend, changed: Mapping[str, object], field: str
) -> None:
    with sqlite_backend.writing() as ctx:
        with pytest.raises(InvalidError) as raised:
            add(ctx, replace(SLACK, **changed))  # type: ignore[arg-type]
        assert rooms.list_rooms(ctx, BOX) == ()
    assert raised.value.field == field


def test_an_edit_keeps_the_secrets_that_it_does_not_give(backend: Backend) -> None:
    with backend.writing() as ctx:
        ntfy = NewRoom(
            "ntfy",
            "Phones",
            {"server": "https://ntfy.sh", "topic": "a", "token": "tk_secret"},
            Choices("en"),
        )
        room = add(ctx, ntfy)
        after = rooms.edit_room(ctx, BOX, room.id, RoomChanges(values={"topic": "b"}), CHANNELS)
        assert secrets_of(ctx, room) == {"token": "tk_secret"}
    assert after.values == {"server": "https://ntfy.sh", "topic": "b"}


def test_a_webhook_shows_its_secret_once_and_keeps_it_through_an_edit(backend: Backend) -> None:
    with backend.writing() as ctx:
        created = rooms.add_room(ctx, BOX, HOOK, CHANNELS)
        rooms.edit_room(ctx, BOX, created.room.id, RoomChanges(name="Bills"), CHANNELS)
        assert secrets_of(ctx, created.room)["key"] == created.secret
    assert (created.secret or "").startswith("whsec_")
    assert created.secret not in repr(created)


def test_a_rotation_keeps_the_former_secret_for_a_day(backend: Backend) -> None:
    with backend.writing() as ctx:
        created = rooms.add_room(ctx, BOX, HOOK, CHANNELS)
        rotated = rooms.rotate_room_secret(ctx, BOX, created.room.id)
        stored = secrets_of(ctx, created.room)
    assert (stored["former_key"], stored["key"]) == (created.secret, rotated.secret)
    assert "former_key_until" not in rotated.room.values


def test_a_chat_room_has_no_secret_to_rotate(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx, pytest.raises(ConflictError):
        rooms.rotate_room_secret(ctx, BOX, add(ctx).id)


def test_a_stopped_room_says_so_and_can_be_started(backend: Backend) -> None:
    with backend.writing() as ctx:
        room = add(ctx)
        stopped = rooms.stop_room(ctx, BOX, room.id)
        started = rooms.start_room(ctx, BOX, room.id)
    assert (stopped.state, stopped.stop_reason) == (SubscriberState.STOPPED, StopReason.STAFF)
    assert (started.state, started.stop_reason) == (SubscriberState.ACTIVE, None)


def test_a_test_message_is_one_delivery_to_the_room(backend: Backend) -> None:
    with backend.writing() as ctx:
        rooms.test_room(ctx, add(ctx).id)
        notice = ctx.session.exec(select(NoticeRow)).one()
        delivery = ctx.session.exec(select(DeliveryRow)).one()
    assert (notice.event, delivery.lane, delivery.state) == ("test", "slack:slack.com", "waiting")


def test_a_stopped_room_gets_no_test_message(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        room = add(ctx)
        rooms.stop_room(ctx, BOX, room.id)
        with pytest.raises(ConflictError):
            rooms.test_room(ctx, room.id)


def test_a_deleted_room_is_gone_and_its_address_is_free(backend: Backend) -> None:
    with backend.writing() as ctx:
        room = add(ctx)
        rooms.test_room(ctx, room.id)
        rooms.delete_room(ctx, room.id)
        assert ctx.session.exec(select(DeliveryRow.state)).all() == ["withdrawn"]
        add(ctx)


def test_a_subscriber_who_is_a_visitor_is_no_room(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        visitor = make_subscriber(ctx)
        with pytest.raises(NotFoundError):
            rooms.get_room(ctx, BOX, visitor.public_id)
        assert rooms.list_rooms(ctx, BOX) == ()


def test_a_lost_key_leaves_rooms_visible_and_deletable(sqlite_backend: Backend) -> None:
    lost = SecretBox(lambda: b"x" * 32)
    with sqlite_backend.writing() as ctx:
        room = add(ctx)
        assert [each.hints for each in rooms.list_rooms(ctx, lost)] == [{}]
        rooms.delete_room(ctx, room.id)
        assert rooms.list_rooms(ctx, lost) == ()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_admins_set_up_rooms(sqlite_backend: Backend, role: Role) -> None:
    with sqlite_backend.writing() as ctx:
        ctx.actor = Actor(ActorKind.USER, "Vera", role)
        with pytest.raises(ForbiddenError):
            add(ctx)
