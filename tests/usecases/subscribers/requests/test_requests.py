"""Requests of the subscribe form, up to the confirmed subscription."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.db.queries.subscribers import subscription_requests
from app.db.tables import (
    RequestedMailRow,
    SubscriberRow,
    SubscriptionRequestRow,
    SuppressionRow,
)
from app.domain.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel
from app.domain.notifications.request_limits import most_waiting
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.domain.statuses import Impact, IncidentStatus
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.incidents.lifecycle import post_update
from app.usecases.key_rotation import Boxes, renew_batch
from app.usecases.subscribers import own_subscription, retention
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress, suppression
from app.usecases.subscribers.requests import confirmation
from tests.cast import Backend
from tests.factories import make_incident, make_maintenance, make_service, update
from tests.subscribing import HASHES, VERA, Subscribing, tools_of

ERIK = "erik@example.net"
CONFIRM, KNOWN = "subscription.confirm", "subscription.known"


@pytest.fixture
def subscribing(backend: Backend) -> Subscribing:
    return Subscribing(backend)


@pytest.fixture
def on_sqlite(sqlite_backend: Backend) -> Subscribing:
    return Subscribing(sqlite_backend)


def events(subscribing: Subscribing) -> list[str]:
    return [event for event, _ in subscribing.mails()]


def test_an_unknown_address_becomes_a_pending_subscriber_with_one_mail(
    subscribing: Subscribing,
) -> None:
    subscribing.request()
    subscribing.handle()

    row = subscribing.row()
    assert row is not None
    assert row.state == SubscriberState.PENDING
    assert subscribing.mails() == [(CONFIRM, "waiting")]


def test_the_choices_of_the_form_are_stored(subscribing: Subscribing) -> None:
    with subscribing.backend.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "login")
        incident = make_incident(ctx)
        window = make_maintenance(ctx, "login")
    choices = Choices(
        "sv",
        Followed(("login", "payments"), (incident.incident.id,), (window.id,)),
        IncidentLevel.ENDS,
        MaintenanceLevel.NONE,
        Impact.MAJOR,
        "Europe/Stockholm",
    )
    subscribing.subscribe(choices=choices)

    with subscribing.backend.reading() as ctx:
        own = own_subscription.own_subscription(ctx, subscribing.link(LinkPurpose.MANAGE))
    stored = own.subscriber.choices
    assert stored.followed.services == ("payments", "login")  # in the order of the page
    assert stored.followed.incidents == (incident.incident.id,)
    assert stored.followed.maintenances == (window.id,)
    assert stored.language == "sv"
    assert (stored.incidents, stored.maintenances) == ("ends", "none")
    assert (stored.minimum, stored.time_zone) == ("major", "Europe/Stockholm")
    assert own.subscriber.state is SubscriberState.ACTIVE


def test_what_was_handled_has_neither_address_nor_choices(subscribing: Subscribing) -> None:
    subscribing.request()
    subscribing.handle()

    with subscribing.backend.reading() as ctx:
        row = ctx.session.exec(select(SubscriptionRequestRow)).one()
        assert (row.address, row.wishes, row.outcome) == (None, None, "confirm")


def test_an_active_subscriber_is_sent_what_it_has_and_nothing_changes(
    subscribing: Subscribing,
) -> None:
    subscribing.subscribe()
    subscribing.request("Vera@Example.net", choices=Choices("sv"))
    subscribing.handle()

    row = subscribing.row()
    assert row is not None
    assert (row.state, row.language) == ("active", "en")
    assert events(subscribing) == [CONFIRM, KNOWN]


def test_flooding_one_address_sends_one_mail(subscribing: Subscribing) -> None:
    for number in range(30):
        subscribing.request(place=f"192.0.2.{number}")
        subscribing.handle()

    assert events(subscribing) == [CONFIRM]


def test_flooding_an_active_subscriber_sends_one_mail(on_sqlite: Subscribing) -> None:
    on_sqlite.subscribe()
    for number in range(30):
        on_sqlite.request(place=f"192.0.2.{number}")
        on_sqlite.handle()

    assert events(on_sqlite) == [CONFIRM, KNOWN]


def test_an_address_gets_a_second_mail_after_ten_minutes_and_five_in_a_month(
    on_sqlite: Subscribing,
) -> None:
    sent = []
    for minutes in [0, 9, 1, 600, *[1440] * 8]:
        on_sqlite.backend.clock.forward(minutes=minutes)
        before = len(on_sqlite.mails())
        on_sqlite.request()
        on_sqlite.handle()
        sent.append(len(on_sqlite.mails()) - before)

    assert sent == [1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0]


def test_flooding_from_one_place_sends_five(subscribing: Subscribing) -> None:
    for number in range(30):
        # An IPv6 /64 is one place.
        subscribing.request(f"person{number}@example.net", place=f"2001:db8::{number:x}")
    subscribing.handle()

    assert events(subscribing) == [CONFIRM] * 5
    with subscribing.backend.reading() as ctx:
        rows = ctx.session.exec(select(SubscriptionRequestRow)).all()
        assert len(rows) == 20
        assert sum(row.outcome == "throttled" for row in rows) == 15


def test_beyond_the_limit_of_an_hour_a_part_of_the_mails_leaves_each_minute(
    on_sqlite: Subscribing,
) -> None:
    for number in range(103):
        on_sqlite.request(f"person{number}@example.net", place=f"198.51.100.{number}")
    sent = []
    for minutes in (0, 0, 1, 1, 60):
        on_sqlite.backend.clock.forward(minutes=minutes)
        on_sqlite.handle()
        sent.append(len(on_sqlite.mails()))

    assert sent == [100, 100, 101, 102, 103]


def test_a_flood_of_one_provider_delays_only_its_own_requests(subscribing: Subscribing) -> None:
    for number in range(110):
        # Customers get an IPv6 /48: each /64 is a place of its own.
        subscribing.request(f"flood{number}@example.net", place=f"2001:db8:1:{number:x}::1")
    subscribing.handle()
    subscribing.request(place="203.0.113.1")
    subscribing.backend.clock.forward(minutes=2)
    subscribing.handle()

    assert len(subscribing.mails()) == 101
    assert subscribing.row() is not None


def test_a_full_queue_refuses_only_the_provider_with_the_most_requests(
    subscribing: Subscribing,
) -> None:
    flooding, other = "2001:db8:1:1::1", "203.0.113.1"
    with subscribing.backend.writing() as ctx:
        provider = HASHES.of_provider(ctx, flooding)
        ctx.session.add_all(
            SubscriptionRequestRow(
                channel="email",
                address=f"flood{number}@example.net",
                wishes={},
                language="en",
                place=f"{number}",
                provider=provider,
                requested_at=ctx.now,
            )
            for number in range(most_waiting(0))
        )
    with pytest.raises(UnavailableError) as refused:
        subscribing.request(place=flooding)
    subscribing.request(place=other)

    assert refused.value.code == "subscriptions_busy"
    with subscribing.backend.reading() as ctx:
        dropped = ctx.session.exec(
            select(SubscriptionRequestRow).where(SubscriptionRequestRow.outcome == "dropped")
        ).one()
        assert (dropped.place, dropped.address) == (f"{most_waiting(0) - 1}", None)
        assert subscription_requests.count_waiting(ctx.session) == most_waiting(0)


def test_a_filled_trap_sends_nothing_and_stores_no_address(on_sqlite: Subscribing) -> None:
    on_sqlite.request(is_trapped=True)
    on_sqlite.handle()

    with on_sqlite.backend.reading() as ctx:
        row = ctx.session.exec(select(SubscriptionRequestRow)).one()
        assert (row.address, row.outcome) == (None, "trapped")
    assert on_sqlite.mails() == []


@pytest.mark.parametrize(
    ("reason", "mails"), [("unsubscribed", 1), ("bounced", 1), ("erased", 1), ("complained", 0)]
)
def test_only_a_complaint_stops_new_requests(
    on_sqlite: Subscribing, reason: str, mails: int
) -> None:
    with on_sqlite.backend.writing() as ctx:
        suppress(ctx, HASHES, "email", VERA, SuppressionReason(reason))
    on_sqlite.request()
    on_sqlite.handle()

    assert len(on_sqlite.mails()) == mails


def test_confirming_lifts_the_suppression_of_the_address(subscribing: Subscribing) -> None:
    with subscribing.backend.writing() as ctx:
        suppress(ctx, HASHES, "email", VERA, SuppressionReason.UNSUBSCRIBED)
    subscribing.subscribe()

    with subscribing.backend.writing() as ctx:
        assert suppression(ctx, HASHES, "email", VERA) is None
        assert ctx.session.exec(select(RequestedMailRow)).all() == []


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (StopReason.BOUNCED, "pending"),
        (StopReason.FAILING, "pending"),
        (StopReason.COMPLAINED, "stopped"),
        (StopReason.STAFF, "stopped"),
    ],
)
def test_a_request_starts_what_bounced_but_not_what_staff_or_a_complaint_stopped(
    on_sqlite: Subscribing, reason: StopReason, state: str
) -> None:
    on_sqlite.subscribe()
    with on_sqlite.backend.writing() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        row.state, row.stop_reason, row.stopped_at = "stopped", reason.value, ctx.now
    on_sqlite.request()
    on_sqlite.handle()

    found = on_sqlite.row()
    assert found is not None
    assert found.state == state


def test_a_link_to_confirm_is_valid_for_48_hours(on_sqlite: Subscribing) -> None:
    on_sqlite.request()
    on_sqlite.handle()
    link = on_sqlite.link(LinkPurpose.CONFIRM)
    on_sqlite.backend.clock.forward(hours=48)

    with (
        on_sqlite.backend.writing() as ctx,
        pytest.raises(NotFoundError, match="expired"),
    ):
        confirmation.confirm(ctx, tools_of(), link, wording="form 1")
    with on_sqlite.backend.writing() as ctx:
        ctx.now += timedelta(seconds=1)
        retention.delete_expired(ctx, HASHES)
    assert on_sqlite.row() is None
    assert on_sqlite.mails() == [(CONFIRM, "withdrawn")]


def test_confirming_twice_is_harmless(subscribing: Subscribing) -> None:
    subscribing.subscribe()
    before = subscribing.row()
    subscribing.backend.clock.forward(hours=1)
    with subscribing.backend.writing() as ctx:
        manage = confirmation.confirm(
            ctx, tools_of(), subscribing.link(LinkPurpose.CONFIRM), wording="form 2"
        )

    after = subscribing.row()
    assert before is not None
    assert after is not None
    assert after.confirmed_at == before.confirmed_at
    assert manage == subscribing.link(LinkPurpose.MANAGE)


def test_an_unsubscribe_link_cannot_manage(subscribing: Subscribing) -> None:
    subscribing.subscribe()
    purposes = [LinkPurpose.UNSUBSCRIBE, LinkPurpose.CONFIRM, LinkPurpose.VERIFY]
    for link in [subscribing.link(purpose) for purpose in purposes]:
        with subscribing.backend.writing() as ctx:
            with pytest.raises(NotFoundError):
                own_subscription.own_subscription(ctx, link)
            with pytest.raises(NotFoundError):
                own_subscription.change_choices(ctx, link, Choices("sv"))
            with pytest.raises(NotFoundError):
                own_subscription.stored_data(ctx, tools_of().secret_box, link)
            own_subscription.delete_own(ctx, HASHES, link)
    assert subscribing.row() is not None


def test_unsubscribing_deletes_and_suppresses_and_withdraws(subscribing: Subscribing) -> None:
    subscribing.subscribe()
    link = subscribing.link(LinkPurpose.UNSUBSCRIBE)
    for _ in range(2):
        with subscribing.backend.writing() as ctx:
            own_subscription.unsubscribe(ctx, HASHES, link)

    assert subscribing.row() is None
    assert subscribing.mails() == [(CONFIRM, "withdrawn")]
    with subscribing.backend.writing() as ctx:
        assert suppression(ctx, HASHES, "email", VERA) is SuppressionReason.UNSUBSCRIBED
        stored = ctx.session.exec(select(SuppressionRow)).one()
    assert VERA not in repr(stored)


def test_less_instead_leaves_beginnings_and_ends(on_sqlite: Subscribing) -> None:
    on_sqlite.subscribe(choices=Choices("en", maintenances=MaintenanceLevel.ALL))
    with on_sqlite.backend.writing() as ctx:
        link = on_sqlite.link(LinkPurpose.UNSUBSCRIBE)
        assert own_subscription.reduce_notifications(ctx, link)

    row = on_sqlite.row()
    assert row is not None
    assert (row.incidents, row.maintenances) == ("ends", "planned")


def test_a_new_address_is_confirmed_before_the_old_one_ends(subscribing: Subscribing) -> None:
    subscribing.subscribe(choices=Choices("sv"))
    old_manage = subscribing.link(LinkPurpose.MANAGE)
    with subscribing.backend.writing() as ctx:
        own_subscription.request_new_address(ctx, HASHES, old_manage, ERIK, "192.0.2.9")
    subscribing.handle()
    before = subscribing.row()
    assert before is not None
    assert before.state == "active"

    with subscribing.backend.writing() as ctx:
        link = subscribing.link(LinkPurpose.CONFIRM, ERIK)
        manage = confirmation.confirm(ctx, tools_of(), link, wording="form 1")

    assert subscribing.row() is None
    after = subscribing.row(ERIK)
    assert after is not None
    # The deliveries so far stay its own: who was notified of the beginning is notified of the end.
    assert (after.public_id, after.language, after.state) == (before.public_id, "sv", "active")
    with subscribing.backend.writing() as ctx:
        assert own_subscription.own_subscription(ctx, manage).subscriber.address == ERIK
        with pytest.raises(NotFoundError):
            own_subscription.own_subscription(ctx, old_manage)


def test_a_stopped_subscriber_reads_and_deletes_but_does_not_change(
    on_sqlite: Subscribing,
) -> None:
    on_sqlite.subscribe()
    with on_sqlite.backend.writing() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        row.state, row.stop_reason, row.stopped_at = "stopped", "bounced", ctx.now
    link = on_sqlite.link(LinkPurpose.MANAGE)

    with on_sqlite.backend.writing() as ctx:
        assert (
            own_subscription.stored_data(ctx, tools_of().secret_box, link)["stop_reason"]
            == "bounced"
        )
        with pytest.raises(ConflictError):
            own_subscription.change_choices(ctx, link, Choices("sv"))
        own_subscription.delete_own(ctx, HASHES, link)
    assert on_sqlite.row() is None


def test_what_is_not_on_the_page_cannot_be_chosen(on_sqlite: Subscribing) -> None:
    with on_sqlite.backend.writing() as ctx:
        draft = make_incident(ctx, publish=False)
    for choices, field in [
        (Choices("de"), "language"),
        (Choices("en", time_zone="Mars/Base"), "time_zone"),
        (Choices("en", Followed(("nothing",))), "services"),
        (Choices("en", Followed(incidents=(draft.incident.id,))), "incident"),
        (Choices("en", Followed(maintenances=("0" * 12,))), "maintenance"),
    ]:
        with pytest.raises(InvalidError) as refused:
            on_sqlite.request(choices=choices)
        assert refused.value.field == field


def test_stopped_subscribers_are_deleted_after_30_days_and_suppressed(
    subscribing: Subscribing,
) -> None:
    subscribing.subscribe()
    with subscribing.backend.writing() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        row.state, row.stop_reason, row.stopped_at = "stopped", "complained", ctx.now
    for days, is_there in [(30, True), (1, False)]:
        subscribing.backend.clock.forward(days=days)
        with subscribing.backend.writing() as ctx:
            retention.delete_expired(ctx, HASHES)
        assert (subscribing.row() is not None) is is_there
    with subscribing.backend.writing() as ctx:
        assert suppression(ctx, HASHES, "email", VERA) is SuppressionReason.COMPLAINED


def test_one_incident_alone_is_followed_for_30_days_after_it_is_resolved(
    subscribing: Subscribing,
) -> None:
    with subscribing.backend.writing() as ctx:
        incident = make_incident(ctx)
    subscribing.subscribe(choices=Choices("en", Followed(incidents=(incident.incident.id,))))
    with subscribing.backend.writing() as ctx:
        post_update(ctx, incident.incident.id, update(IncidentStatus.RESOLVED))
    for days, is_there in [(30, True), (1, False)]:
        subscribing.backend.clock.forward(days=days)
        with subscribing.backend.writing() as ctx:
            retention.delete_expired(ctx, HASHES)
        assert (subscribing.row() is not None) is is_there


def test_suppressions_outlive_the_rotation_of_the_secret_key(on_sqlite: Subscribing) -> None:
    with on_sqlite.backend.writing() as ctx:
        suppress(ctx, HASHES, "email", VERA, SuppressionReason.UNSUBSCRIBED)
    old, new = b"k" * 48, b"n" * 48
    table: int | None = 0
    boxes = Boxes(
        SecretBox(lambda: new, lambda: [old]), BrowserBox.for_purpose(new, "console", [old])
    )
    while table is not None:
        with on_sqlite.backend.writing() as ctx:
            table = renew_batch(ctx, boxes, table=table).table
    rotated = AddressHashes(lambda: BrowserBox.for_purpose(new, "console"))
    with on_sqlite.backend.writing() as ctx:
        assert suppression(ctx, rotated, "email", VERA) is SuppressionReason.UNSUBSCRIBED
