"""Each idle job knows when time alone gives it something to do: not a microsecond too late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import SQLModel, select

from app.db.tables import (
    AlertRow,
    DeliveryRow,
    ForecastRow,
    IncidentRow,
    LaneRow,
    StaffMailRow,
    TargetRow,
)
from app.domain.texts.phrases import Phrased
from app.usecases import due_times
from app.usecases.alerts import ingest
from app.usecases.context import Ctx
from app.usecases.outbox import claims
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from app.usecases.sources.processor import Processor
from app.usecases.targets import forecasts, probes
from app.usecases.users import staff_mail_outbox
from app.worker.scheduled import ScheduledJobs
from app.worker.wakeups import Idle
from app.worker.windows import WindowClock
from tests.cast import Backend
from tests.factories import (
    make_incident,
    make_maintenance,
    make_notice,
    make_service,
    make_subscriber,
    make_target,
)
from tests.fakes import fake_hashes
from tests.usecases.outbox.ledger import fan_out_all
from tests.usecases.publication.submission import IDENTIFIED, an_incident, held

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
Question = Callable[[Ctx], Any]


def assert_due_at(backend: Backend, at: datetime, next_at: Question, is_due: Question) -> None:
    """Nothing is due until `at`, which is announced all the time, and then something is."""
    before = backend.clock.now
    for now in (before, before + (at - before) / 2, at - TICK):
        backend.clock.now = now
        with backend.reading() as ctx:
            assert not is_due(ctx)
            assert next_at(ctx) == at
    backend.clock.now = at
    with backend.reading() as ctx:
        assert is_due(ctx)


def write(backend: Backend, table: type[SQLModel], **values: object) -> None:
    with backend.writing() as ctx:
        ctx.session.execute(update(table).values(values))


def add_alert(ctx: Ctx, **values: object) -> None:
    """A firing alert that changes no incident."""
    ctx.session.add(
        AlertRow.model_validate(
            {
                "source": "mona",
                "dedup_key": "1",
                "cause": "",
                "state": "firing",
                "headline": "",
                "body": Phrased(()),
                "host": "",
                "certain": False,
                "occurrences": 1,
                "services": {},
                "publish": "draft",
                "group_wait_seconds": 0,
                "settle_seconds": 0,
                "started_at": ctx.now,
                "last_seen_at": ctx.now,
                **values,
            }
        )
    )


def scheduled_jobs(backend: Backend) -> ScheduledJobs:
    return ScheduledJobs(backend.database, Processor(backend.database, {}), fake_hashes())


def test_a_pending_text_is_due_when_its_undo_time_ends(each_backend: Backend) -> None:
    waits = held(each_backend, PostUpdate(an_incident(each_backend), IDENTIFIED))
    assert waits.due_at is not None
    assert_due_at(each_backend, waits.due_at, due_times.next_change, pending.has_due)


@pytest.mark.anyio
async def test_the_job_that_publishes_says_when_and_then_publishes(backend: Backend) -> None:
    waits = held(backend, PostUpdate(an_incident(backend), IDENTIFIED))
    jobs = scheduled_jobs(backend)
    assert await jobs.advance() == Idle(1.0, waits.due_at)
    backend.clock.forward(seconds=10)
    assert await jobs.advance() == 1.0
    assert await jobs.advance() == Idle(1.0)


@pytest.mark.anyio
async def test_jobs_without_anything_to_do_are_idle(backend: Backend) -> None:
    jobs = scheduled_jobs(backend)
    for job in (jobs.advance, jobs.process_inbox, jobs.handle_subscription_requests):
        assert await job() == Idle(1.0)


def test_a_draft_is_due_when_automation_publishes_it(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        make_incident(ctx)
        at = ctx.now + 300 * SECOND
    write(each_backend, IncidentRow, published_at=None, publish_at=at)
    assert_due_at(each_backend, at, due_times.next_change, ingest.has_due_work)


def test_an_alert_is_due_when_it_becomes_stale(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        add_alert(ctx, stale_after_seconds=60)
        add_alert(ctx, dedup_key="2", stale_after_seconds=90)
        at = ctx.now + 60 * SECOND + TICK
    assert_due_at(each_backend, at, due_times.next_change, ingest.has_due_work)


def test_an_alert_is_due_when_it_expires(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        at = ctx.now + 40 * SECOND
        add_alert(ctx, expires_at=at, stale_after_seconds=90)
    assert_due_at(each_backend, at, due_times.next_change, ingest.has_due_work)


def test_the_earliest_of_all_is_announced(each_backend: Backend) -> None:
    waits = held(each_backend, PostUpdate(an_incident(each_backend), IDENTIFIED))
    with each_backend.writing() as ctx:
        add_alert(ctx, expires_at=ctx.now + 3 * SECOND)
        expires_at = ctx.now + 3 * SECOND
    with each_backend.reading() as ctx:
        assert due_times.next_change(ctx) == expires_at
    each_backend.clock.now = expires_at
    with each_backend.reading() as ctx:
        assert due_times.next_change(ctx) == waits.due_at


def test_a_target_is_due_at_its_time_and_when_a_lease_ends(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        make_service(ctx)
        make_target(ctx)
        at = ctx.now + 60 * SECOND
    write(each_backend, TargetRow, due_at=at)
    assert_due_at(each_backend, at, due_times.next_probe, probes.any_due)
    with each_backend.writing() as ctx:
        assert probes.claim_due(ctx, limit=1, lease=30 * SECOND)
    assert_due_at(each_backend, at + 30 * SECOND, due_times.next_probe, probes.any_due)
    write(each_backend, TargetRow, paused_at=at)
    with each_backend.reading() as ctx:
        assert due_times.next_probe(ctx) is None


def test_a_mail_to_staff_is_due_at_its_time_and_when_a_lease_ends(each_backend: Backend) -> None:
    at = each_backend.clock.now + 60 * SECOND
    with each_backend.writing() as ctx:
        mail = {
            "public_id": "m" * 12,
            "kind": "reset_link",
            "made_at": ctx.now,
            "due_at": at,
            "expires_at": at + 3600 * SECOND,
            "attempts": 0,
        }
        ctx.session.execute(insert(StaffMailRow).values(mail))
    ask = due_times.next_staff_mail, staff_mail_outbox.has_due
    assert_due_at(each_backend, at, *ask)
    write(each_backend, StaffMailRow, worker="one", leased_until=at + 60 * SECOND)
    assert_due_at(each_backend, at + 60 * SECOND, *ask)


def test_a_delivery_is_due_at_its_time_and_when_its_lane_goes_on(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        make_subscriber(ctx)
        make_subscriber(ctx, "https://example.net/hook", channel="webhook")
        make_notice(ctx)
        at = ctx.now + 60 * SECOND
    fan_out_all(each_backend)
    write(each_backend, DeliveryRow, due_at=at)
    ask = due_times.next_delivery, claims.due_lanes
    assert_due_at(each_backend, at, *ask)
    with each_backend.writing() as ctx:
        for lane in claims.due_lanes(ctx):
            paused = {"name": lane.name, "failures": 1, "paused_until": ctx.now + 20 * SECOND}
            ctx.session.execute(insert(LaneRow).values(paused))
    assert_due_at(each_backend, at + 20 * SECOND, *ask)


def test_a_forecast_is_due_at_its_next_instant_and_every_night(each_backend: Backend) -> None:
    with each_backend.writing() as ctx:
        make_service(ctx)
        make_target(ctx)
        at = ctx.now + 3600 * SECOND
        ctx.session.execute(update(TargetRow).values(probed_at=ctx.now))
        number = ctx.session.exec(select(TargetRow.id)).one()
        state = {"target_id": number, "asked": 0, "answered": 0, "digest": "d"}
        ctx.session.execute(
            insert(ForecastRow).values({**state, "judged_at": ctx.now, "next_at": at})
        )

    def is_due(ctx: Ctx) -> bool:
        return bool(forecasts.due(ctx, "d", limit=1))

    assert_due_at(each_backend, at, forecasts.next_due, is_due)
    write(each_backend, ForecastRow, next_at=at + timedelta(days=30))
    night = (at + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    assert_due_at(each_backend, night, forecasts.next_due, is_due)


@pytest.mark.anyio
async def test_a_window_is_due_at_its_edges(backend: Backend) -> None:
    windows = WindowClock(backend.database)
    assert await windows.run_due() == 5.0  # the mark of the first look
    with backend.writing() as ctx:
        make_service(ctx)
        make_maintenance(ctx)
    idle = await windows.run_due()
    assert isinstance(idle, Idle)
    assert idle.due_at is not None
    edges = 0
    while edges < 3 and isinstance(idle, Idle) and idle.due_at is not None:
        backend.clock.now = idle.due_at
        edges += await windows.run_due() == 5.0
        idle = await windows.run_due()
    assert edges == 3


def test_an_incident_of_staff_gives_the_clock_nothing_to_do(backend: Backend) -> None:
    an_incident(backend)
    with backend.reading() as ctx:
        assert not ingest.has_due_work(ctx)
        assert due_times.next_change(ctx) is None
