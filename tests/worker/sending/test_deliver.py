"""Workers send what is due: in order, once, and with no lane in the way of another."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from app.db.tables import DeliveryRow, LaneRow, MessageRow, NoticeRow, SubscriberRow
from app.domain.notifications.retries import WEBHOOK_RETRIES
from app.domain.statuses import IncidentStatus
from app.ports.channel import FailureScope, Recipient, SendError
from app.usecases.incidents.lifecycle import delete_incident, post_update
from app.usecases.outbox.recipients import RecipientMaker
from app.worker.sending.lanes import SendingRules
from tests.cast import Backend
from tests.factories import make_incident, make_notice, make_subscriber, update
from tests.worker.receiving import FakeChannel, Worker, delivery_states

pytestmark = pytest.mark.anyio

IDENTIFIED, RESOLVED = IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED
RELAY_AWAY = SendError("connection_refused", scope=FailureScope.LANE)
DENIED = SendError("smtp_550", "5.7.1 Relay access denied", is_permanent=True)


def subscribe(backend: Backend, count: int = 1, *, channel: str = "email") -> None:
    with backend.writing() as ctx:
        for number in range(count):
            make_subscriber(ctx, f"{number}@example.net", channel=channel)


def notify(backend: Backend, thread: str = "incident:a") -> None:
    with backend.writing() as ctx:
        make_notice(ctx, thread=thread)


def _journals(folder: Path) -> Iterator[Path]:
    return folder.glob("*.[ls]*")


async def test_who_subscribes_is_sent_what_is_posted(each_backend: Backend, tmp_path: Path) -> None:
    email = FakeChannel()
    worker = Worker(each_backend, tmp_path, email)
    with each_backend.writing() as ctx:
        make_subscriber(ctx, language="sv")
        number = make_incident(ctx, update(body="We are looking.")).incident.id
    await worker.run()
    with each_backend.writing() as ctx:
        post_update(ctx, number, update(RESOLVED, body="It works again."))
    await worker.run()
    assert [event for _, event, _ in email.received] == ["incident.opened", "incident.resolved"]
    assert [each.language for each in email.messages] == ["sv", "sv"]
    # The receiving system's name for the first message comes with the second one.
    assert email.recipients[1].external_ids == ("x-1",)
    with each_backend.reading() as ctx:
        assert len(ctx.session.exec(select(MessageRow)).all()) == 2
        sent = ctx.session.exec(select(DeliveryRow)).all()
        assert {each.external_id for each in sent} == {"x-1", "x-2"}
        assert all(each.message_id is not None for each in sent)
    await worker.close()


@dataclass(frozen=True, slots=True)
class LaneEnder(RecipientMaker):
    """Makes recipients once the connections of all lanes have ended, as idle ones do."""

    end: Callable[[], None] = field(kw_only=True)

    def recipient(self, *arguments: Any, **more: Any) -> Recipient:  # noqa: ANN401
        self.end()
        return RecipientMaker.recipient(self, *arguments, **more)


async def test_what_is_claimed_while_the_last_connection_of_a_lane_ends_is_sent(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email)
    subscribe(backend)
    notify(backend)
    await worker.run()
    loop, deliverer = asyncio.get_running_loop(), worker.deliverer

    async def end_connections() -> None:
        tasks = {task for lane in deliverer._lanes.values() for task in lane.tasks}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def end() -> None:
        asyncio.run_coroutine_threadsafe(end_connections(), loop).result()

    known = deliverer.recipients
    deliverer.recipients = LaneEnder(known.box, known.base_url, end=end)
    notify(backend, "incident:b")
    await worker.run()
    assert delivery_states(backend) == ["sent", "sent"]
    assert len(email.received) == 2
    await worker.close()


async def test_a_mail_shows_nothing_posted_after_its_update(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email)
    with backend.writing() as ctx:
        make_subscriber(ctx)
        number = make_incident(ctx, update(body="One.")).incident.id
        post_update(ctx, number, update(IDENTIFIED, body="Two."))
        post_update(ctx, number, update(RESOLVED, body="Three."))
    await worker.run()
    shown = [(each.card.body, each.document["status"]) for each in email.messages]
    assert shown == [
        ("One.", "investigating"),
        ("One.\nTwo.", "identified"),
        ("One.\nTwo.\nThree.", "resolved"),
    ]
    await worker.close()


async def test_a_newer_update_supersedes_one_that_waited_long_and_carries_its_text(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email)
    with backend.writing() as ctx:
        make_subscriber(ctx)
        number = make_incident(ctx, update(body="One.")).incident.id
        post_update(ctx, number, update(IDENTIFIED, body="Two."))
    await worker.fan_out_all()
    backend.clock.forward(minutes=11)
    await worker.run()
    assert [each.card.body for each in email.messages] == ["One.\nTwo."]
    assert delivery_states(backend) == ["superseded", "sent"]
    await worker.close()


async def test_every_recipient_and_retry_gets_the_words_that_were_stored_first(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    email.answers["0@example.net"].append(SendError("smtp_450"))
    worker = Worker(backend, tmp_path, email)
    subscribe(backend, 2)
    with backend.writing() as ctx:
        number = make_incident(ctx, update(body="As first written.")).incident.id
    await worker.run()
    with backend.writing() as ctx:
        post_update(ctx, number, update(IDENTIFIED))
        row = ctx.session.exec(select(MessageRow)).one()
        assert row.content["text"].startswith("As first written.")
    await worker.close()
    other = Worker(backend, tmp_path, email, name="two")
    backend.clock.forward(minutes=2)
    await other.run()
    assert {each.card.body for each in email.messages[:2]} == {"As first written."}
    await other.close()


async def test_two_workers_on_one_database_send_each_delivery_once(
    each_backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    workers = [Worker(each_backend, tmp_path, email, name=name) for name in ("one", "two")]
    subscribe(each_backend, 60)
    notify(each_backend)
    notify(each_backend, "incident:b")
    await workers[0].fan_out_all()
    await asyncio.gather(*(each.run() for each in workers))
    for each in workers:
        await each.run()
    assert len(email.received) == 120
    assert len({key for _, _, key in email.received}) == 120
    for each in workers:
        await each.close()


async def test_a_slow_relay_holds_up_no_webhook(backend: Backend, tmp_path: Path) -> None:
    email = FakeChannel()
    hook = FakeChannel("webhook", retries=WEBHOOK_RETRIES)
    email.stuck["0@example.net"] = hook.stuck["slow.example.net"] = asyncio.Event()
    worker = Worker(backend, tmp_path, email, hook)
    subscribe(backend)
    with backend.writing() as ctx:
        make_subscriber(ctx, "slow.example.net", channel="webhook")
        make_subscriber(ctx, "quick.example.net", channel="webhook")
    notify(backend)
    await worker.fan_out_all()
    await worker.claim()
    await hook.has_accepted.wait()
    assert hook.addresses() == ["quick.example.net"]
    email.stuck["0@example.net"].set()
    await worker.run()
    assert sorted(delivery_states(backend)) == ["sent"] * 3
    await worker.close()


async def test_a_lane_has_so_many_connections(backend: Backend, tmp_path: Path) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email, rules=SendingRules(connections={"email": 2}))
    subscribe(backend, 20)
    notify(backend)
    await worker.run()
    assert (len(email.received), email.most) == (20, 2)
    await worker.close()


async def test_a_suspended_worker_puts_down_what_its_lease_no_longer_covers(
    each_backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    one, two = (Worker(each_backend, tmp_path / name, email, name=name) for name in "12")
    subscribe(each_backend, 8)
    notify(each_backend)
    await one.fan_out_all()
    gate = email.stuck["0@example.net"] = asyncio.Event()
    await one.claim()
    await email.is_stuck.wait()
    before = len(email.received)
    # Stopped for 70 seconds; another worker, elsewhere, takes what it holds.
    one.seconds += 70
    with each_backend.writing() as ctx:
        ctx.session.execute(
            text(
                "UPDATE delivery SET state='waiting', worker=NULL, leased_until=NULL"
                " WHERE state='sending'"
            )
        )
    del email.stuck["0@example.net"]
    await two.run()
    await one.keep_up()
    gate.set()
    await one.deliverer.finish()
    keys = [key for _, _, key in email.received]
    # What it was sending when it was stopped is repeated, one for each connection at most.
    assert len(set(keys)) == 8
    assert len(keys) - 8 <= 4
    assert before <= 4
    assert set(delivery_states(each_backend)) == {"sent"}
    await one.close()
    await two.close()


async def test_a_clock_that_jumps_an_hour_sends_nothing_twice(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    one, two = (Worker(backend, tmp_path / name, email, name=name) for name in "12")
    subscribe(backend, 3)
    notify(backend)
    await one.fan_out_all()
    gate = asyncio.Event()
    email.stuck = {f"{number}@example.net": gate for number in range(3)}
    await one.claim()
    backend.clock.forward(hours=1)
    await two.keep_up()
    await two.run()
    # The worker that sends renews its leases before the other one looks again.
    await one.keep_up()
    await two.keep_up()
    await two.run()
    backend.clock.forward(hours=-2)
    await two.keep_up()
    gate.set()
    await one.run()
    await two.run()
    assert len(email.received) == 3
    assert delivery_states(backend) == ["sent"] * 3
    await one.close()
    await two.close()


async def test_leases_that_nobody_renews_are_put_back(backend: Backend, tmp_path: Path) -> None:
    email = FakeChannel()
    one, two = (Worker(backend, tmp_path / name, email, name=name) for name in "12")
    subscribe(backend)
    notify(backend)
    await one.fan_out_all()
    email.stuck["0@example.net"] = asyncio.Event()
    await one.claim()
    backend.clock.forward(seconds=61)
    await two.keep_up()
    assert delivery_states(backend) == ["sending"]
    await two.keep_up()
    assert delivery_states(backend) == ["waiting"]
    email.stuck.clear()
    await two.run()
    assert delivery_states(backend) == ["sent"]
    await two.close()
    for task in {task for lane in one.deliverer._lanes.values() for task in lane.tasks}:
        task.cancel()
    await one.close()


async def test_a_relay_that_is_away_pauses_the_lane(backend: Backend, tmp_path: Path) -> None:
    email = FakeChannel(every=RELAY_AWAY)
    worker = Worker(backend, tmp_path, email)
    subscribe(backend, 10)
    notify(backend)
    await worker.run()
    assert delivery_states(backend) == ["waiting"] * 10
    with backend.reading() as ctx:
        lane = ctx.session.exec(select(LaneRow)).one()
        assert (lane.failures, lane.last_code) == (1, "connection_refused")
        attempts = ctx.session.exec(select(DeliveryRow.attempts)).all()
        assert set(attempts) == {0}
    backend.clock.forward(minutes=1)
    tried: list[str] = []
    email.before = lambda to: tried.append(to.address)
    await worker.run()
    assert len(tried) == 1
    email.every = None
    backend.clock.forward(minutes=1)
    await worker.run()
    assert delivery_states(backend) == ["sent"] * 10
    await worker.close()


async def test_ten_refusals_for_policy_in_a_row_are_the_fault_of_the_relay(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel(every=DENIED)
    worker = Worker(backend, tmp_path, email)
    subscribe(backend, 12)
    notify(backend)
    await worker.run()
    assert delivery_states(backend) == ["waiting"] * 12
    with backend.reading() as ctx:
        assert ctx.session.exec(select(LaneRow)).one().failures == 1
    backend.clock.forward(minutes=2)
    await worker.run()
    assert delivery_states(backend) == ["waiting"] * 12
    email.every = None
    backend.clock.forward(minutes=2)
    await worker.run()
    assert delivery_states(backend) == ["sent"] * 12
    await worker.close()


async def test_a_single_refusal_for_policy_is_final_the_second_time(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    email.answers["0@example.net"].extend([DENIED, DENIED])
    worker = Worker(backend, tmp_path, email)
    subscribe(backend)
    notify(backend)
    await worker.run()
    assert delivery_states(backend) == ["waiting"]
    backend.clock.forward(minutes=2)
    await worker.run()
    assert delivery_states(backend) == ["dead"]
    await worker.close()


async def test_a_relay_that_complains_of_the_pace_is_sent_fewer(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    email.answers["0@example.net"].append(SendError("smtp_421", scope=FailureScope.LANE))
    worker = Worker(backend, tmp_path, email, rules=SendingRules(rates={"email": 1000.0}))
    subscribe(backend)
    notify(backend)
    await worker.run()
    with backend.reading() as ctx:
        assert ctx.session.exec(select(LaneRow)).one().rate == 500.0
    backend.clock.forward(minutes=1)
    worker.seconds += 61
    await worker.run()
    await worker.keep_up()
    assert delivery_states(backend) == ["sent"]
    await worker.close()


async def test_two_workers_together_keep_the_rate(backend: Backend, tmp_path: Path) -> None:
    workers = [
        Worker(backend, tmp_path, FakeChannel(), name=name, rules=SendingRules(rates={"email": 1}))
        for name in ("one", "two")
    ]
    subscribe(backend, 30)
    notify(backend)
    await workers[0].fan_out_all()
    claimed = []
    for worker in workers:
        (state,), _ = worker.deliverer._due_lanes()
        lane = worker.deliverer._lane_of(state)
        assert lane is not None
        found, _ = worker.deliverer._claim_lanes({"email": 30}, {"email": lane})
        claimed.append(len(found))
        await worker.close()
    assert claimed == [5, 0], "one worker has all turns of the next five seconds"


async def test_what_was_hidden_while_it_was_claimed_is_withdrawn(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email)
    subscribe(backend)
    with backend.writing() as ctx:
        number = make_incident(ctx).incident.id
    await worker.fan_out_all()
    await worker.claim()
    with backend.writing() as ctx:
        delete_incident(ctx, number)
    await worker.deliverer.finish()
    assert (email.received, delivery_states(backend)) == ([], ["withdrawn"])
    await worker.close()


async def test_a_fault_of_ours_with_one_message_stops_no_other(
    backend: Backend, tmp_path: Path
) -> None:
    def render(notice: object, *more: object) -> object:
        raise ZeroDivisionError

    email = FakeChannel()
    worker = Worker(backend, tmp_path, email, render=render)
    subscribe(backend)
    notify(backend)
    await worker.run()
    with backend.reading() as ctx:
        row = ctx.session.exec(select(DeliveryRow)).one()
        assert (row.state, row.code, row.detail) == (
            "waiting",
            "unexpected_error",
            "ZeroDivisionError",
        )
    await worker.close()


async def test_a_channel_that_breaks_its_contract_stops_no_other(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    email.answers["0@example.net"].append(ZeroDivisionError("a bug"))
    worker = Worker(backend, tmp_path, email)
    subscribe(backend, 2)
    notify(backend)
    await worker.run()
    assert sorted(delivery_states(backend)) == ["sent", "waiting"]
    await worker.close()


async def test_a_worker_that_ends_puts_back_what_it_does_not_send(
    backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    worker = Worker(backend, tmp_path, email, rules=SendingRules(connections={"email": 1}))
    subscribe(backend, 5)
    notify(backend)
    gate = email.stuck["0@example.net"] = asyncio.Event()
    await worker.fan_out_all()
    await worker.claim()
    await email.is_stuck.wait()
    closing = asyncio.create_task(worker.close())
    await asyncio.sleep(0)
    gate.set()
    await closing
    assert sorted(delivery_states(backend)) == ["sent"] + ["waiting"] * 4
    assert list(_journals(tmp_path)) == []


async def test_posting_with_100000_subscribers_writes_one_row_more(backend: Backend) -> None:
    with backend.writing() as ctx:
        row = make_subscriber(ctx)
        columns = [each for each in SubscriberRow.model_fields if each != "id"]
        chosen = ", ".join(
            "printf('%012d', n)" if each in {"public_id", "address_key"} else each
            for each in columns
        )
        ctx.session.execute(
            text(
                "WITH RECURSIVE numbers(n) AS "
                "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000) "
                f"INSERT INTO subscriber ({', '.join(columns)}) "
                f"SELECT {chosen} FROM subscriber, numbers WHERE subscriber.id = {row.id}"
            )
        )
        number = make_incident(ctx).incident.id

    def counts() -> list[int]:
        with backend.reading() as ctx:
            tables = (SubscriberRow, NoticeRow, DeliveryRow, MessageRow)
            return [
                ctx.session.exec(select(func.count()).select_from(each)).one() for each in tables
            ]

    before = counts()
    assert before == [100_001, 1, 0, 0]
    with backend.writing() as ctx:
        post_update(ctx, number, update(RESOLVED))
    assert counts() == [100_001, 2, 0, 0]
