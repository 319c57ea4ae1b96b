from datetime import timedelta

from sqlmodel import select

from app.db.tables import IncidentRow, LaneRow, SubscriberRow
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.states import SubscriberState
from app.domain.statuses import IncidentStatus
from app.ports.channel import SendError
from app.usecases.encryption import SecretBox
from app.usecases.incidents.lifecycle import delete_incident, post_update
from app.usecases.incidents.removal import remove_update
from app.usecases.notices.recording import NewNotice, record_notice
from app.usecases.outbox import upkeep
from app.usecases.outbox.claims import due_lanes, renew
from tests.cast import Backend
from tests.factories import make_incident, make_notice, make_subscriber, update
from tests.usecases.outbox.ledger import deliveries, fan_out_all, states
from tests.usecases.outbox.sending import Hand

IDENTIFIED, RESOLVED = IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED
TEMPORARY = SendError("smtp_450", "4.2.0 Try again")
PERMANENT = SendError("smtp_550", "5.2.1 Disabled", is_permanent=True)
GONE = SendError("smtp_550", "5.1.1 No such user", is_permanent=True, is_gone=True)
RELAY_AWAY = SendError("connection_refused")


def subscribe_and_post(backend: Backend, *, updates: int = 0) -> str:
    """One subscriber, and an incident with so many updates after the first: its id."""
    with backend.writing() as ctx:
        make_subscriber(ctx)
        number = make_incident(ctx).incident.id
        for _ in range(updates):
            post_update(ctx, number, update(IDENTIFIED))
    fan_out_all(backend)
    return number


def test_a_claim_gives_what_is_needed_to_send(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx, language="sv", time_zone="Asia/Tokyo")
        make_subscriber(ctx, "xx@example.net", language="xx")
        make_notice(ctx)
    fan_out_all(backend)
    first, second = Hand(backend).claim()
    assert (first.recipient.address, first.language, first.time_zone) == (
        "vera@example.net",
        "sv",
        "Asia/Tokyo",
    )
    assert set(first.recipient.links) == {"confirm", "manage", "unsubscribe"}
    # A language that is not published any more is the page's default.
    assert (second.language, second.time_zone) == ("en", "Etc/UTC")
    assert "https" not in repr(first)


def test_what_is_claimed_is_being_sent_and_then_sent(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "xx@example.net")
        make_notice(ctx)
    fan_out_all(backend)
    first, second = Hand(backend).claim()
    assert states(backend) == ["sending", "sending"]
    Hand(backend).send([first, second])
    assert states(backend) == ["sent", "sent"]
    with backend.reading() as ctx:
        for row in ctx.session.exec(select(SubscriberRow)):
            assert row.last_sent_at == ctx.now


def test_resolved_never_overtakes_opened(backend: Backend) -> None:
    number = subscribe_and_post(backend)
    with backend.writing() as ctx:
        post_update(ctx, number, update(RESOLVED))
    fan_out_all(backend)
    hand = Hand(backend)
    opened = hand.claim()
    assert len(opened) == 1
    assert hand.claim() == ()
    hand.fail(opened, TEMPORARY)
    assert hand.claim() == ()
    backend.clock.forward(minutes=1)
    hand.send(hand.claim())
    (resolved,) = hand.claim()
    hand.send([resolved])
    assert [each.number for each in (*opened, resolved)] == [1, 2]
    assert states(backend) == ["sent", "sent"]


def test_two_updates_in_one_second_are_two_mails(backend: Backend) -> None:
    subscribe_and_post(backend, updates=1)
    hand = Hand(backend)
    for _ in range(2):
        claimed = hand.claim()
        assert len(claimed) == 1
        hand.send(claimed)
    assert states(backend) == ["sent", "sent"]


def test_a_newer_update_supersedes_those_that_waited_long(backend: Backend) -> None:
    subscribe_and_post(backend, updates=6)
    backend.clock.forward(minutes=11)
    (newest,) = Hand(backend).claim()
    assert newest.number == 7
    assert states(backend) == ["superseded"] * 6 + ["sending"]
    assert [each.replaced_by for each in deliveries(backend)[:6]] == [7] * 6
    Hand(backend).send([newest])


def test_a_backlog_is_superseded_while_its_lane_is_paused(backend: Backend) -> None:
    subscribe_and_post(backend, updates=2)
    for minutes, wanted in ((9, ["waiting"] * 3), (2, ["superseded", "superseded", "waiting"])):
        backend.clock.forward(minutes=minutes)
        with backend.writing() as ctx:
            upkeep.supersede_waiting(ctx, timedelta(minutes=10))
        assert states(backend) == wanted


def test_nothing_is_superseded_where_that_is_switched_off(sqlite_backend: Backend) -> None:
    subscribe_and_post(sqlite_backend, updates=1)
    sqlite_backend.clock.forward(hours=2)
    with sqlite_backend.writing() as ctx:
        assert not upkeep.supersede_waiting(ctx, timedelta())
    (first,) = Hand(sqlite_backend, coalesce=timedelta()).claim()
    assert first.number == 1
    Hand(sqlite_backend).send([first])


def test_a_delivery_that_has_expired_is_dead(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_notice(ctx, expires_in=timedelta(hours=1))
        make_notice(ctx, thread="incident:b", expires_in=timedelta(hours=1))
    fan_out_all(backend)
    backend.clock.forward(hours=1)
    with backend.writing() as ctx:
        upkeep.expire(ctx)
    assert [(each.state, each.code) for each in deliveries(backend)] == [("dead", "expired")] * 2
    with backend.writing() as ctx:
        make_notice(ctx, thread="incident:c", expires_in=timedelta())
    fan_out_all(backend)
    assert Hand(backend).claim() == ()
    assert states(backend) == ["dead"] * 3


def test_an_incident_hidden_before_sending_is_not_told(backend: Backend) -> None:
    number = subscribe_and_post(backend)
    with backend.writing() as ctx:
        make_subscriber(ctx, "ben@example.net")
        post_update(ctx, number, update(IDENTIFIED))
    fan_out_all(backend)
    with backend.writing() as ctx:
        delete_incident(ctx, number)
    assert Hand(backend).claim(limit=1) == ()
    assert {(each.state, each.code) for each in deliveries(backend)} == {("withdrawn", "hidden")}


def test_an_update_removed_before_sending_is_not_sent(sqlite_backend: Backend) -> None:
    number = subscribe_and_post(sqlite_backend)
    with sqlite_backend.writing() as ctx:
        newest = post_update(ctx, number, update(IDENTIFIED)).newest_update
        remove_update(ctx, number, newest or "")
    fan_out_all(sqlite_backend)
    hand = Hand(sqlite_backend)
    hand.send(hand.claim())
    assert hand.claim() == ()
    assert states(sqlite_backend) == ["sent", "withdrawn"]


def test_a_subscriber_deleted_while_sending_gets_nothing_more(backend: Backend) -> None:
    subscribe_and_post(backend, updates=1)
    hand = Hand(backend)
    claimed = hand.claim()
    with backend.writing() as ctx:
        ctx.session.delete(ctx.session.exec(select(SubscriberRow)).one())
    hand.send(claimed)
    assert hand.claim() == ()
    sent, withdrawn = deliveries(backend)
    assert (sent.state, sent.subscriber_id) == ("sent", None)
    assert (withdrawn.state, withdrawn.code) == ("withdrawn", "unsubscribed")


def test_a_stopped_subscriber_is_sent_what_concerns_its_subscription_only(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing() as ctx:
        row = make_subscriber(ctx)
        make_notice(ctx)
        make_notice(ctx, thread="b")
    fan_out_all(sqlite_backend)
    with sqlite_backend.writing() as ctx:
        row.state = SubscriberState.STOPPED.value
        ctx.session.add(row)
    assert Hand(sqlite_backend).claim() == ()
    assert [each.code for each in deliveries(sqlite_backend)] == ["stopped", "stopped"]


def test_two_workers_hold_different_deliveries(backend: Backend) -> None:
    with backend.writing() as ctx:
        for number in range(6):
            make_subscriber(ctx, f"{number}@example.net")
        make_notice(ctx)
    fan_out_all(backend)
    one, two = Hand(backend, "one"), Hand(backend, "two")
    first, second = one.claim(limit=4), two.claim(limit=4)
    assert [each.number for each in first] == [1, 2, 3, 4]
    assert [each.number for each in second] == [5, 6]
    # The results of one worker change nothing that the other holds.
    two.fail(first, PERMANENT)
    two.put_down(first)
    assert states(backend) == ["sending"] * 6
    one.send(first)
    two.put_down(second)
    assert states(backend) == ["sent"] * 4 + ["waiting"] * 2


def test_the_most_urgent_deliveries_are_claimed_first(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        make_notice(ctx, NoticeEvent.MAINTENANCE_STARTED, thread="maintenance:a")
        make_notice(ctx, NoticeEvent.INCIDENT_OPENED, thread="incident:b")
    fan_out_all(sqlite_backend)
    with sqlite_backend.reading() as ctx:
        assert [each.name for each in due_lanes(ctx)] == ["email"]
    claimed = Hand(sqlite_backend).claim()
    by_number = {each.number: each for each in claimed}
    assert len(by_number) == 2
    (urgent,) = Hand(sqlite_backend, "two").claim() or (claimed[0],)
    assert urgent is claimed[0]
    assert deliveries(sqlite_backend)[urgent.number - 1].priority == 1
    Hand(sqlite_backend).put_down(claimed)


def test_failures_are_tried_again_and_given_up(backend: Backend) -> None:
    subscribe_and_post(backend)
    hand = Hand(backend)
    for pause in (1, 5, 15, 60, 180):
        hand.fail(hand.claim(), TEMPORARY)
        (waiting,) = deliveries(backend)
        assert waiting.due_at == backend.clock.now + timedelta(minutes=pause)
        assert (waiting.state, waiting.code) == ("waiting", "smtp_450")
        backend.clock.forward(minutes=pause)
    backend.clock.now = waiting.expires_at - timedelta(minutes=1)
    hand.fail(hand.claim(), TEMPORARY)
    (dead,) = deliveries(backend)
    assert (dead.state, dead.attempts, dead.detail) == ("dead", 6, "4.2.0 Try again")


def test_the_receiving_system_says_when_to_try_again(sqlite_backend: Backend) -> None:
    subscribe_and_post(sqlite_backend)
    hand = Hand(sqlite_backend)
    hand.fail(hand.claim(), SendError("rate_limited", retry_after=1234))
    (waiting,) = deliveries(sqlite_backend)
    assert waiting.due_at == sqlite_backend.clock.now + timedelta(seconds=1234)


def test_a_recipient_who_has_ceased_to_exist_is_stopped(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_subscriber(ctx)
        make_notice(ctx)
        make_notice(ctx, thread="b")
        make_notice(ctx, thread="c")
    fan_out_all(backend)
    hand = Hand(backend)
    claimed = hand.claim(limit=1)
    hand.fail(claimed, GONE)
    with backend.reading() as ctx:
        row = ctx.session.exec(select(SubscriberRow)).one()
        assert (row.state, row.stop_reason) == ("stopped", "bounced")
        assert row.stopped_at == ctx.now
    assert states(backend) == ["dead", "withdrawn", "withdrawn"]


def test_permanent_failures_on_three_days_stop_a_mail_address(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "hooks.example.net", channel="webhook")
    hand = Hand(sqlite_backend)
    stopped = []
    for day in range(3):
        with sqlite_backend.writing() as ctx:
            make_notice(ctx, thread=f"incident:{day}")
        fan_out_all(sqlite_backend)
        hand.fail([*hand.claim(), *hand.claim("webhook:hooks.example.net")], PERMANENT)
        with sqlite_backend.reading() as ctx:
            stopped.append([each.state for each in ctx.session.exec(select(SubscriberRow))])
        sqlite_backend.clock.forward(days=1)
    assert stopped == [["active", "active"], ["active", "active"], ["stopped", "active"]]


def test_a_lane_in_trouble_spends_no_attempt_and_pauses(backend: Backend) -> None:
    with backend.writing() as ctx:
        for number in range(4):
            make_subscriber(ctx, f"{number}@example.net")
        make_notice(ctx)
    fan_out_all(backend)
    hand = Hand(backend)
    for pause in (1, 2, 5):
        claimed = hand.claim(limit=2)
        # Two connections fail at once: that is one failure of the lane.
        hand.fail_lane(claimed[:1], RELAY_AWAY)
        hand.fail_lane(claimed[1:], RELAY_AWAY)
        with backend.reading() as ctx:
            assert due_lanes(ctx) == []
            lane = ctx.session.exec(select(LaneRow)).one()
            assert lane.paused_until == ctx.now + timedelta(seconds=pause)
            assert (lane.name, lane.last_code) == ("email", "connection_refused")
        backend.clock.forward(seconds=pause)
    assert [each.attempts for each in deliveries(backend)] == [0] * 4
    with backend.reading() as ctx:
        (state,) = due_lanes(ctx)
        assert (state.name, state.failures) == ("email", 3)
    hand.send(hand.claim(limit=1))
    with backend.reading() as ctx:
        (state,) = due_lanes(ctx)
        assert (state.failures, state.paused_until) == (0, None)


def test_a_refused_recipient_shows_that_the_lane_works(sqlite_backend: Backend) -> None:
    subscribe_and_post(sqlite_backend)
    hand = Hand(sqlite_backend)
    hand.fail_lane(hand.claim(), RELAY_AWAY)
    sqlite_backend.clock.forward(seconds=1)
    hand.fail(hand.claim(), TEMPORARY)
    with sqlite_backend.reading() as ctx:
        assert ctx.session.exec(select(LaneRow)).one().failures == 0


def test_a_lease_that_has_ended_is_put_back_and_sent_late_counts_as_sent(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "two@example.net")
        make_notice(ctx)
    fan_out_all(sqlite_backend)
    one, two = Hand(sqlite_backend, "one"), Hand(sqlite_backend, "two")
    claimed = one.claim()
    sqlite_backend.clock.forward(seconds=59)
    with sqlite_backend.writing() as ctx:
        assert upkeep.expired_leases(ctx) == {}
        assert renew(ctx, "one", [1, 2]) == {1, 2}
    sqlite_backend.clock.forward(seconds=61)
    with sqlite_backend.writing() as ctx:
        (worker,), (until,) = zip(*upkeep.expired_leases(ctx).items(), strict=True)
        upkeep.put_back(ctx, worker, until=until)
    assert states(sqlite_backend) == ["waiting", "waiting"]
    (again,) = two.claim(limit=1)
    # The first worker goes on: one is held by the other worker now, the other one is sent.
    one.send(claimed)
    assert states(sqlite_backend) == ["sending", "sent"]
    two.send([again])


def test_a_notice_of_something_unknown_is_withdrawn(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing() as ctx:
        make_subscriber(ctx)
        record_notice(
            ctx,
            NewNotice(
                NoticeEvent.INCIDENT_OPENED,
                "k",
                "incident:x",
                "incident",
                99,
                ctx.now + timedelta(hours=1),
            ),
        )
        assert ctx.session.exec(select(IncidentRow)).first() is None
    fan_out_all(sqlite_backend)
    assert Hand(sqlite_backend).claim() == ()
    assert states(sqlite_backend) == ["withdrawn"]


def test_secrets_that_cannot_be_decrypted_hold_up_no_other_subscriber(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing() as ctx:
        row = make_subscriber(ctx)
        row.secrets = SecretBox(lambda: b"another key" * 3).encrypt("{}", row.public_id)
        ctx.session.add(row)
        make_subscriber(ctx, "two@example.net")
        make_notice(ctx)
    fan_out_all(sqlite_backend)
    hand = Hand(sqlite_backend)
    hand.send(hand.claim())
    dead, sent = deliveries(sqlite_backend)
    assert (dead.state, dead.code, sent.state) == ("dead", "secrets_unreadable", "sent")


def test_deliveries_are_deleted_with_their_notice_when_their_time_is_over(
    backend: Backend,
) -> None:
    subscribe_and_post(backend, updates=1)
    hand = Hand(backend)
    hand.fail(hand.claim(), PERMANENT)
    hand.send(hand.claim())
    backend.clock.forward(days=89)
    with backend.writing() as ctx:
        upkeep.delete_expired(ctx, 90)
    assert states(backend) == ["dead", "sent"]
    backend.clock.forward(days=2)
    with backend.writing() as ctx:
        assert not upkeep.delete_expired(ctx, 90)
    assert states(backend) == []
