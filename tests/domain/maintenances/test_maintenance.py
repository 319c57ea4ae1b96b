from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ConflictError, InvalidError
from app.domain.maintenances.maintenance import (
    Window,
    cancelled,
    check_window,
    moved,
    next_statuses,
    reinstated,
    retimed,
    service_status,
    stepped,
    window_status,
)
from app.domain.statuses import MaintenanceStatus, ServiceStatus, worst

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(START, START + 2 * HOUR)
# An hour before START:
RUNNING = Window(START - 2 * HOUR, START + 2 * HOUR)
CHECKING = replace(RUNNING, verifying_at=START - 1.5 * HOUR)
DONE = replace(RUNNING, completed_at=START - 1.5 * HOUR)
status_lists = st.lists(st.sampled_from(ServiceStatus))
moments = st.integers(-300, 300).map(lambda minutes: START + timedelta(minutes=minutes))


@given(status_lists)
def test_a_maintenance_never_masks_trouble(statuses: list[ServiceStatus]) -> None:
    shown = service_status(statuses, in_maintenance=True)
    if worst(statuses).severity > ServiceStatus.UNDER_MAINTENANCE.severity:
        assert shown is worst(statuses)
    else:
        assert shown is ServiceStatus.UNDER_MAINTENANCE


@given(status_lists)
def test_without_a_maintenance_the_worst_status_is_shown(statuses: list[ServiceStatus]) -> None:
    assert service_status(statuses, in_maintenance=False) is worst(statuses)


@given(status_lists, status_lists, st.booleans())
def test_another_status_never_makes_a_service_look_better(
    statuses: list[ServiceStatus],
    more: list[ServiceStatus],
    planned: bool,  # noqa: FBT001
) -> None:
    before = service_status(statuses, in_maintenance=planned)
    after = service_status([*statuses, *more], in_maintenance=planned)
    assert after.severity >= before.severity


@given(moments)
def test_a_window_begins_and_ends_by_itself(now: datetime) -> None:
    status = window_status(WINDOW, now)
    if now < WINDOW.starts_at:
        assert status is MaintenanceStatus.SCHEDULED
    elif now < WINDOW.ends_at:
        assert status is MaintenanceStatus.IN_PROGRESS
    else:
        assert status is MaintenanceStatus.COMPLETED


def test_staff_may_say_that_they_are_verifying_or_done() -> None:
    half, later = START + HOUR, START + 1.5 * HOUR
    assert window_status(replace(WINDOW, verifying_at=half), later) is MaintenanceStatus.VERIFYING
    assert window_status(replace(WINDOW, completed_at=half), later) is MaintenanceStatus.COMPLETED


@given(moments, moments)
def test_a_cancelled_window_is_cancelled_from_then_on(called_off: datetime, now: datetime) -> None:
    status = window_status(replace(WINDOW, cancelled_at=called_off), now)
    assert (status is MaintenanceStatus.CANCELLED) is (called_off <= now)


@given(moments, moments)
def test_a_window_ends_after_it_starts(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at > starts_at:
        check_window(starts_at, ends_at)
    else:
        with pytest.raises(InvalidError) as refused:
            check_window(starts_at, ends_at)
        assert refused.value.code == "window_ends_first"


def test_a_window_to_come_can_be_moved_anywhere() -> None:
    later = moved(WINDOW, START - HOUR, starts_at=START + HOUR, ends_at=None)
    assert (later.starts_at, later.ends_at) == (START + HOUR, WINDOW.ends_at)
    with pytest.raises(InvalidError):
        moved(WINDOW, START - HOUR, starts_at=START + 3 * HOUR, ends_at=None)


def test_a_window_under_way_can_end_at_another_time_but_not_begin_at_one() -> None:
    assert (
        moved(WINDOW, START, starts_at=START, ends_at=START + 5 * HOUR).ends_at == START + 5 * HOUR
    )
    with pytest.raises(ConflictError) as refused:
        moved(WINDOW, START, starts_at=START + HOUR, ends_at=None)
    assert refused.value.code == "maintenance_begun"


def test_an_end_that_has_passed_finishes_it() -> None:
    now = START + HOUR
    assert window_status(moved(WINDOW, now, starts_at=None, ends_at=now), now) is (
        MaintenanceStatus.COMPLETED
    )


@pytest.mark.parametrize(
    "over", [replace(WINDOW, cancelled_at=START), replace(WINDOW, ends_at=START + HOUR)]
)
def test_what_is_over_stays_as_it_was(over: Window) -> None:
    now = START + HOUR
    with pytest.raises(ConflictError):
        moved(over, now, starts_at=None, ends_at=START + 9 * HOUR)
    with pytest.raises(ConflictError) as refused:
        cancelled(over, now)
    assert refused.value.code == "maintenance_over"


def test_a_window_can_be_called_off_before_and_during() -> None:
    for now in (START - HOUR, START + HOUR):
        assert window_status(cancelled(WINDOW, now), now) is MaintenanceStatus.CANCELLED


@pytest.mark.parametrize(
    ("window", "expected", "then"),
    [
        (WINDOW, MaintenanceStatus.SCHEDULED, MaintenanceStatus.SCHEDULED),
        (WINDOW, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.IN_PROGRESS),
        (WINDOW, MaintenanceStatus.CANCELLED, MaintenanceStatus.CANCELLED),
        (RUNNING, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.IN_PROGRESS),
        (RUNNING, MaintenanceStatus.VERIFYING, MaintenanceStatus.VERIFYING),
        (RUNNING, MaintenanceStatus.COMPLETED, MaintenanceStatus.COMPLETED),
        (CHECKING, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.IN_PROGRESS),
        (DONE, MaintenanceStatus.COMPLETED, MaintenanceStatus.COMPLETED),
    ],
)
def test_a_word_makes_the_window_what_it_says(
    window: Window, expected: MaintenanceStatus, then: MaintenanceStatus
) -> None:
    now = START - HOUR
    assert window_status(stepped(window, expected, now), now) is then


@pytest.mark.parametrize(
    ("window", "expected", "code"),
    [
        (WINDOW, MaintenanceStatus.VERIFYING, "maintenance_not_begun"),
        (WINDOW, MaintenanceStatus.COMPLETED, "maintenance_not_begun"),
        (RUNNING, MaintenanceStatus.SCHEDULED, "maintenance_begun"),
        (DONE, MaintenanceStatus.IN_PROGRESS, "maintenance_over"),
        (DONE, MaintenanceStatus.CANCELLED, "maintenance_over"),
    ],
)
def test_a_word_that_cannot_follow_is_refused(
    window: Window, expected: MaintenanceStatus, code: str
) -> None:
    with pytest.raises(ConflictError) as refused:
        stepped(window, expected, START - HOUR)
    assert refused.value.code == code


@pytest.mark.parametrize("window", [WINDOW, RUNNING, CHECKING])
def test_the_statuses_offered_next_are_those_that_an_update_may_set(window: Window) -> None:
    now = START - HOUR
    for status in next_statuses(window_status(window, now)):
        assert window_status(stepped(window, status, now), now) is status


@pytest.mark.parametrize(
    ("window", "status", "field"),
    [
        (RUNNING, MaintenanceStatus.IN_PROGRESS, "starts_at"),
        (CHECKING, MaintenanceStatus.VERIFYING, "verifying_at"),
        (DONE, MaintenanceStatus.COMPLETED, "completed_at"),
        (replace(RUNNING, cancelled_at=START), MaintenanceStatus.CANCELLED, "cancelled_at"),
    ],
)
def test_a_corrected_update_moves_the_change_that_it_made(
    window: Window, status: MaintenanceStatus, field: str
) -> None:
    former = getattr(window, field)
    corrected = former + timedelta(minutes=10)
    assert retimed(window, status, former, corrected) == replace(window, **{field: corrected})


@pytest.mark.parametrize("status", [MaintenanceStatus.SCHEDULED, MaintenanceStatus.VERIFYING])
def test_a_corrected_update_that_changed_nothing_leaves_the_window(
    status: MaintenanceStatus,
) -> None:
    assert retimed(CHECKING, status, START, START + HOUR) == CHECKING


def test_an_update_cannot_be_corrected_to_begin_a_window_after_its_end() -> None:
    with pytest.raises(InvalidError) as refused:
        retimed(DONE, MaintenanceStatus.IN_PROGRESS, DONE.starts_at, START)
    assert (refused.value.code, refused.value.field) == ("window_ends_first", "posted_at")


def test_a_cancelled_window_is_reinstated_as_it_was_planned_until_its_planned_end() -> None:
    gone = cancelled(WINDOW, START - HOUR)
    assert reinstated(gone, START) == WINDOW
    with pytest.raises(ConflictError) as over:
        reinstated(gone, WINDOW.ends_at + HOUR)
    assert over.value.code == "maintenance_over"
    with pytest.raises(ConflictError) as never:
        reinstated(WINDOW, START - HOUR)
    assert never.value.code == "not_cancelled"
