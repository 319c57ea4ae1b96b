from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from app.db.tables import NoticeRow
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    cancel_maintenance,
    edit_maintenance,
    publish_maintenance,
    reinstate_maintenance,
)
from app.usecases.maintenances.windows import (
    NewMaintenanceUpdate,
    cancel_window,
    complete_maintenance,
    move_window,
    post_maintenance_update,
    reinstate_window,
)
from tests.cast import BEN, Backend
from tests.factories import english, make_maintenance, make_service

DAY = timedelta(days=1)


@pytest.fixture
def sqlite_backend(sqlite_backend: Backend) -> Backend:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "login")
    return sqlite_backend


def threads(backend: Backend) -> list[tuple[str, str]]:
    with backend.reading() as ctx:
        found = ctx.session.exec(
            select(NoticeRow.event, NoticeRow.thread).order_by(col(NoticeRow.id))
        )
        return [(event.removeprefix("maintenance."), thread) for event, thread in found]


def events(backend: Backend) -> list[str]:
    return [event for event, _ in threads(backend)]


def note(status: MaintenanceStatus, *, notify: bool = True) -> NewMaintenanceUpdate:
    return NewMaintenanceUpdate(status, english("News."), notify=notify)


def test_every_change_of_a_maintenance_records_its_event(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "login")
        number = make_maintenance(ctx).id
        edit_maintenance(ctx, number, MaintenanceChanges(title=english("Other words")))
    changes = (
        MaintenanceChanges(starts_at=backend.clock.now + timedelta(hours=25)),
        MaintenanceChanges(services=("login",)),
        MaintenanceChanges(services=("login",)),
    )
    for each in changes:
        backend.clock.forward(minutes=1)
        with backend.writing(BEN) as ctx:
            edit_maintenance(ctx, number, each)
    backend.clock.forward(hours=25)
    with backend.writing(BEN) as ctx:
        post_maintenance_update(ctx, number, note(MaintenanceStatus.IN_PROGRESS))
        post_maintenance_update(ctx, number, note(MaintenanceStatus.VERIFYING))
        complete_maintenance(ctx, number)
        post_maintenance_update(ctx, number, note(MaintenanceStatus.COMPLETED))
    assert events(backend) == [
        "scheduled",
        "changed",
        "changed",
        "started",
        "updated",
        "completed",
        "updated",
    ]


def test_a_window_of_a_recurring_maintenance_is_a_thread_of_its_own(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx, recurrence="FREQ=DAILY").id
        stamp = "20260304T120000Z"
        starts_at = datetime.fromisoformat("2026-03-04T13:00Z")
        move_window(ctx, number, stamp, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
        cancel_window(ctx, number, stamp)
    sqlite_backend.clock.forward(minutes=1)
    with sqlite_backend.writing(BEN) as ctx:
        reinstate_window(ctx, number, stamp)
        cancel_maintenance(ctx, number)
    window = f"maintenance:{number}/{stamp}"
    assert threads(sqlite_backend) == [
        ("scheduled", f"maintenance:{number}"),
        ("changed", window),
        ("cancelled", window),
        ("changed", window),
        ("cancelled", f"maintenance:{number}"),
    ]


def test_a_cancellation_that_is_taken_back_can_be_made_again(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx).id
    for change in (cancel_maintenance, reinstate_maintenance, cancel_maintenance):
        sqlite_backend.clock.forward(minutes=1)
        with sqlite_backend.writing(BEN) as ctx:
            change(ctx, number)
    assert events(sqlite_backend) == ["scheduled", "cancelled", "changed", "cancelled"]


def test_a_draft_and_a_plan_of_the_past_record_nothing(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        draft = make_maintenance(ctx, publish=False).id
        edit_maintenance(ctx, draft, MaintenanceChanges(services=("login",)))
        make_maintenance(ctx, starts_in=-DAY)
    assert events(sqlite_backend) == []
    with sqlite_backend.writing(BEN) as ctx:
        publish_maintenance(ctx, draft)
    assert events(sqlite_backend) == ["scheduled"]


def test_an_end_in_the_past_completes_the_window(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx).id
    sqlite_backend.clock.forward(hours=25)
    with sqlite_backend.writing(BEN) as ctx:
        move_window(ctx, number, None, ends_at=ctx.now)
    assert events(sqlite_backend) == ["scheduled", "completed"]


def test_an_update_that_does_not_notify_records_nothing(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx).id
        post_maintenance_update(ctx, number, note(MaintenanceStatus.SCHEDULED, notify=False))
        post_maintenance_update(ctx, number, note(MaintenanceStatus.CANCELLED))
    assert events(sqlite_backend) == ["scheduled", "cancelled"]
