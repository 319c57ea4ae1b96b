from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.db.queries.page.page import read_page
from app.db.tables import NoticeRow
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import cancel_maintenance
from app.usecases.maintenances.window_notices import (
    look_at_windows,
    needs_look,
    record_due_windows,
)
from app.usecases.maintenances.windows import (
    NewMaintenanceUpdate,
    complete_maintenance,
    move_window,
    post_maintenance_update,
)
from tests.cast import BEN, Backend
from tests.factories import english, make_maintenance, make_service

HOUR = timedelta(hours=1)


@pytest.fixture
def sqlite_backend(sqlite_backend: Backend) -> Backend:
    with sqlite_backend.writing() as ctx:
        make_service(ctx)
        record_due_windows(ctx)
    return sqlite_backend


def look(backend: Backend, **amount: float) -> None:
    """Move the clock, and let the worker look."""
    backend.clock.forward(**amount)
    with backend.reading() as ctx:
        is_due = look_at_windows(ctx).is_due
    if is_due:
        with backend.writing() as ctx:
            record_due_windows(ctx)


def events(backend: Backend) -> list[str]:
    with backend.reading() as ctx:
        found = ctx.session.exec(select(NoticeRow.event).order_by(col(NoticeRow.id)))
        return [each.removeprefix("maintenance.") for each in found]


def note(status: MaintenanceStatus, *, notify: bool = True) -> NewMaintenanceUpdate:
    return NewMaintenanceUpdate(status, english("News."), notify=notify)


def test_the_clock_reminds_of_a_window_and_says_when_it_starts_and_ends(backend: Backend) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
        record_due_windows(ctx)
        make_maintenance(ctx, starts_in=30 * HOUR)
    seen = []
    for hours in (5.9, 0.2, 23.8, 0.2, 1.8, 0.2):
        look(backend, hours=hours)
        seen.append(events(backend)[1:])
    reminder, started = ["reminder"], ["reminder", "started"]
    assert seen == [[], reminder, reminder, started, started, [*started, "completed"]]


def test_a_maintenance_started_by_hand_and_by_the_clock_is_told_once(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        by_hand = make_maintenance(ctx, starts_in=3 * HOUR).id
        make_maintenance(ctx, starts_in=3 * HOUR)
    look(sqlite_backend, hours=2)
    with sqlite_backend.writing(BEN) as ctx:
        post_maintenance_update(ctx, by_hand, note(MaintenanceStatus.IN_PROGRESS))
    look(sqlite_backend, hours=1)
    look(sqlite_backend, minutes=30)
    with sqlite_backend.writing(BEN) as ctx:
        complete_maintenance(ctx, by_hand)
    look(sqlite_backend, hours=2)
    assert sorted(events(sqlite_backend)) == [
        "completed",
        "completed",
        "scheduled",
        "scheduled",
        "started",
        "started",
    ]


def test_the_first_update_of_a_window_that_the_worker_has_not_seen_start_is_its_start(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx, starts_in=HOUR).id
    sqlite_backend.clock.forward(minutes=61)
    with sqlite_backend.writing(BEN) as ctx:
        post_maintenance_update(ctx, number, note(MaintenanceStatus.IN_PROGRESS))
        post_maintenance_update(ctx, number, note(MaintenanceStatus.VERIFYING))
    look(sqlite_backend)
    assert events(sqlite_backend) == ["scheduled", "started", "updated"]


def test_what_staff_do_without_notifying_the_clock_does_not_notify_of(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx, starts_in=3 * HOUR).id
    for status in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED):
        sqlite_backend.clock.forward(minutes=10)
        with sqlite_backend.writing(BEN) as ctx:
            post_maintenance_update(ctx, number, note(status, notify=False))
        look(sqlite_backend, minutes=10)
    look(sqlite_backend, hours=8)
    assert events(sqlite_backend) == ["scheduled"]


def test_an_hour_without_a_worker_tells_late_not_never(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=HOUR)
        make_maintenance(ctx, starts_in=-HOUR)
        make_maintenance(ctx, starts_in=25 * HOUR)
    look(sqlite_backend, hours=2)
    assert sorted(events(sqlite_backend)) == [
        "completed",
        "reminder",
        "scheduled",
        "scheduled",
        "scheduled",
        "started",
    ]


def test_later_than_the_end_of_the_window_nobody_is_told_of_its_start(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=25 * HOUR)
    look(sqlite_backend, hours=28)
    assert events(sqlite_backend) == ["scheduled", "completed"]
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=HOUR)
    look(sqlite_backend, days=3)
    assert events(sqlite_backend) == ["scheduled", "completed", "scheduled"]


def test_each_window_of_a_recurring_maintenance_has_its_own(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=30 * HOUR, recurrence="FREQ=WEEKLY;COUNT=2")
    for _ in range(400):
        look(sqlite_backend, hours=1)
    assert events(sqlite_backend) == ["scheduled", *["reminder", "started", "completed"] * 2]


def test_a_window_that_was_announced_a_moment_ago_needs_no_reminder(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=23 * HOUR)
        moved = make_maintenance(ctx, starts_in=48 * HOUR).id
    look(sqlite_backend, hours=1)
    with sqlite_backend.writing(BEN) as ctx:
        starts_at = ctx.now + 20 * HOUR
        move_window(ctx, moved, None, starts_at=starts_at, ends_at=starts_at + HOUR)
    look(sqlite_backend, hours=1)
    assert events(sqlite_backend) == ["scheduled", "scheduled", "changed"]


def test_reminders_can_be_switched_off_and_cancelled_windows_have_none(
    sqlite_backend: Backend,
) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        number = make_maintenance(ctx, starts_in=30 * HOUR).id
        cancel_maintenance(ctx, number)
    look(sqlite_backend, hours=10)
    with sqlite_backend.writing() as ctx:
        read_page(ctx.session).announce_minutes = 0
        make_maintenance(ctx, starts_in=30 * HOUR)
    look(sqlite_backend, hours=10)
    assert events(sqlite_backend) == ["scheduled", "cancelled", "scheduled"]


def test_the_worker_looks_at_the_next_edge_and_after_a_change(sqlite_backend: Backend) -> None:
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx, starts_in=timedelta(minutes=5))
    with sqlite_backend.reading() as ctx:
        last = look_at_windows(ctx)
        assert not needs_look(ctx, last)
        assert last.next_at == ctx.now + timedelta(minutes=5)
        assert needs_look(ctx, None)
    sqlite_backend.clock.forward(minutes=5)
    with sqlite_backend.reading() as ctx:
        assert needs_look(ctx, last)
    sqlite_backend.clock.forward(minutes=-5)
    with sqlite_backend.writing(BEN) as ctx:
        make_maintenance(ctx)
    with sqlite_backend.reading() as ctx:
        assert needs_look(ctx, last)
