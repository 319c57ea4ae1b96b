"""Corrections of updates about a maintenance: another time, another text, an update too many."""

from datetime import timedelta

import pytest

from app.domain.errors import FyrError
from app.domain.page.listing import maintenance_timeline
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import StaffMaintenance, get_maintenance
from app.usecases.maintenances.windows import (
    MaintenanceUpdateEdit,
    NewMaintenanceUpdate,
    edit_maintenance_update,
    list_removed_updates,
    list_windows,
    post_maintenance_update,
    preview_maintenance_update_edit,
    preview_maintenance_update_removal,
    remove_maintenance_update,
)
from tests.cast import BEN, Backend
from tests.factories import english, make_maintenance, make_service

MINUTES = timedelta(minutes=1)


def posted(
    backend: Backend, *statuses: MaintenanceStatus, recurrence: str | None = None
) -> StaffMaintenance:
    """A maintenance that was planned a day ago, with an update of each status an hour apart."""
    with backend.writing() as ctx:
        make_service(ctx)
        staff = make_maintenance(ctx, recurrence=recurrence)
    backend.clock.forward(minutes=23 * 60)
    for status in statuses:
        backend.clock.forward(minutes=30)
        with backend.writing(BEN) as ctx:
            new = NewMaintenanceUpdate(status, english(f"Now {status.value}."))
            staff = post_maintenance_update(ctx, staff.id, new)
    backend.clock.forward(minutes=10)
    return staff


def newest(backend: Backend, staff: StaffMaintenance) -> MaintenanceRecord:
    """The window with the latest update."""
    with backend.reading() as ctx:
        return max(
            (each for each in list_windows(ctx, staff.id) if each.updates),
            key=lambda each: each.updates[0].posted_at,
        )


@pytest.mark.parametrize("recurrence", [None, "FREQ=DAILY"])
def test_the_time_of_an_update_about_a_maintenance_is_corrected(
    backend: Backend, recurrence: str | None
) -> None:
    steps = MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED
    staff = posted(backend, *steps, recurrence=recurrence)
    completed, begun = newest(backend, staff).updates
    with backend.writing(BEN) as ctx:
        at = completed.posted_at + 7 * MINUTES
        seen = preview_maintenance_update_edit(
            ctx, staff.id, completed.id, MaintenanceUpdateEdit(posted_at=at)
        )
        edit_maintenance_update(ctx, staff.id, completed.id, MaintenanceUpdateEdit(posted_at=at))
        earlier = MaintenanceUpdateEdit(posted_at=begun.posted_at - 5 * MINUTES)
        edit_maintenance_update(ctx, staff.id, begun.id, earlier)
        now = ctx.now
    after = newest(backend, staff)
    assert (seen.completed_at, seen.updates[0].posted_at) == (at, at)
    assert after.completed_at == at
    assert after.starts_at == begun.posted_at - 5 * MINUTES
    assert [each.edited_at for each in after.updates] == [now, now]
    # The window began and ended with these updates: no messages of automation are added.
    assert [each.id for each in maintenance_timeline(after)] == [completed.id, begun.id, None]


def test_a_corrected_time_stays_between_plan_and_now(backend: Backend) -> None:
    staff = posted(backend, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.COMPLETED)
    completed, begun = staff.maintenance.updates
    for update, moved, code in (
        (begun, 60 * MINUTES, "time_in_future"),
        (begun, -31 * 24 * 60 * MINUTES, "update_before_plan"),
        (completed, -40 * MINUTES, "window_ends_first"),
        (begun, 35 * MINUTES, "window_ends_first"),
    ):
        edit = MaintenanceUpdateEdit(posted_at=update.posted_at + moved)
        with backend.writing(BEN) as ctx, pytest.raises(FyrError) as caught:
            edit_maintenance_update(ctx, staff.id, update.id, edit)
        assert caught.value.code == code
    with backend.reading() as ctx:
        assert get_maintenance(ctx, staff.id).maintenance.updates == staff.maintenance.updates


@pytest.mark.parametrize("recurrence", [None, "FREQ=DAILY"])
def test_a_removed_update_about_a_maintenance_stays_readable_for_staff(
    backend: Backend, recurrence: str | None
) -> None:
    staff = posted(backend, MaintenanceStatus.IN_PROGRESS, recurrence=recurrence)
    wrong = staff.maintenance.updates[0]
    with backend.writing(BEN) as ctx:
        expected = preview_maintenance_update_removal(ctx, staff.id, wrong.id)
        after = remove_maintenance_update(ctx, staff.id, wrong.id).maintenance
        assert (after.updates, after.edited_at) == ((), ctx.now)
        assert (after.status, after.starts_at) == (MaintenanceStatus.IN_PROGRESS, wrong.posted_at)
        assert after == expected
        (removed,) = list_removed_updates(ctx, staff.id)
        assert (removed.body, removed.removed_at) == (wrong.body, ctx.now)
        with pytest.raises(FyrError, match="no such update"):
            remove_maintenance_update(ctx, staff.id, wrong.id)
        with pytest.raises(FyrError, match="no such update"):
            edit_maintenance_update(ctx, staff.id, wrong.id, MaintenanceUpdateEdit())


def test_removing_the_update_of_one_window_leaves_the_others(backend: Backend) -> None:
    staff = posted(backend, MaintenanceStatus.IN_PROGRESS, recurrence="FREQ=DAILY")
    first = staff.maintenance
    backend.clock.forward(minutes=24 * 60)
    with backend.writing(BEN) as ctx:
        new = NewMaintenanceUpdate(MaintenanceStatus.IN_PROGRESS, english("Again."))
        second = post_maintenance_update(ctx, staff.id, new).maintenance
        assert second.recurs_at != first.recurs_at
        remove_maintenance_update(ctx, staff.id, first.updates[0].id)
        after = get_maintenance(ctx, staff.id).maintenance
    assert (after.updates, after.edited_at) == (second.updates, None)


@pytest.mark.parametrize("recurrence", [None, "FREQ=DAILY"])
def test_an_update_after_that_of_a_machine_that_is_ahead_is_the_newest(
    backend: Backend, recurrence: str | None
) -> None:
    staff = posted(backend, MaintenanceStatus.IN_PROGRESS, recurrence=recurrence)
    backend.clock.forward(minutes=-20)
    with backend.writing(BEN) as ctx:
        new = NewMaintenanceUpdate(MaintenanceStatus.COMPLETED, english("Done."))
        post_maintenance_update(ctx, staff.id, new)
    window = newest(backend, staff)
    assert [each.status.value for each in window.updates] == ["completed", "in_progress"]
