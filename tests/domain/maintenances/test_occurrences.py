from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.maintenances.maintenance import Window, window_status
from app.domain.maintenances.occurrences import (
    Occurrence,
    Plan,
    current,
    derived_id,
    occurrence_id,
    parse_occurrence_id,
)
from app.domain.statuses import MaintenanceStatus
from app.domain.validation import is_public_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 3, 1, 2, tzinfo=UTC)
STARTS = tuple(FIRST + n * DAY for n in range(400))
DAILY = Plan(Window(FIRST, FIRST + 2 * HOUR), FIRST - 9 * DAY, recurs=True, starts=STARTS)


def statuses_at(
    plan: Plan, now: datetime, *, ahead: int = 1
) -> list[tuple[datetime, MaintenanceStatus]]:
    laid = plan.laid_out(now, back=2, ahead=ahead)
    return [(each.window.starts_at, window_status(each.window, now)) for each in laid]


def changed(recurs_at: datetime, window: Window) -> Plan:
    changes = {recurs_at: (window, FIRST)}
    return Plan(DAILY.window, DAILY.announced_at, recurs=True, starts=STARTS, changed=changes)


@given(st.integers(0, 300 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes)))
def test_every_window_has_a_state_of_its_own(now: datetime) -> None:
    *begun, (_, next_status) = statuses_at(DAILY, now)
    assert next_status is MaintenanceStatus.SCHEDULED
    running = (now - FIRST) % DAY < 2 * HOUR
    assert (begun[-1][1] is MaintenanceStatus.IN_PROGRESS) is running
    assert all(status is MaintenanceStatus.COMPLETED for _, status in begun[:-1])


def test_the_latest_the_next_and_nothing_else_is_reported() -> None:
    now = FIRST + 10 * DAY + 5 * HOUR
    assert [at for at, _ in statuses_at(DAILY, now)] == [STARTS[9], STARTS[10], STARTS[11]]
    assert [at for at, _ in statuses_at(DAILY, now, ahead=3)][2:] == list(STARTS[11:14])


def test_a_moved_window_keeps_its_name_and_the_others_stay() -> None:
    later = Window(STARTS[20] + HOUR, STARTS[20] + 3 * HOUR)
    plan = changed(STARTS[20], later)
    laid = plan.laid_out(FIRST - HOUR, back=2, ahead=1)
    assert [each.recurs_at for each in laid] == [STARTS[0], STARTS[20]]
    assert laid[1].window == later


def test_after_a_window_that_is_called_off_comes_the_next_one() -> None:
    off = Window(STARTS[3], STARTS[3] + 2 * HOUR, cancelled_at=FIRST)
    now = STARTS[2] + 5 * HOUR
    assert statuses_at(changed(STARTS[3], off), now)[2:] == [
        (STARTS[3], MaintenanceStatus.CANCELLED),
        (STARTS[4], MaintenanceStatus.SCHEDULED),
    ]


def test_a_cancelled_series_ends_there_and_keeps_what_has_been() -> None:
    stopped_at = STARTS[2] + HOUR
    plan = Plan(DAILY.window, FIRST, recurs=True, starts=STARTS, cancelled_at=stopped_at)
    assert statuses_at(plan, STARTS[9], ahead=5) == [
        (STARTS[2], MaintenanceStatus.CANCELLED),
        (STARTS[3], MaintenanceStatus.CANCELLED),
    ]
    assert not plan.has(STARTS[4])
    assert window_status(plan.at(STARTS[1]).window, STARTS[9]) is MaintenanceStatus.COMPLETED


def test_a_window_is_announced_when_the_one_before_it_begins() -> None:
    assert DAILY.at(STARTS[0]).announced_at == DAILY.announced_at
    assert DAILY.at(STARTS[5]).announced_at == STARTS[4]
    touched = changed(STARTS[9], Window(STARTS[9], STARTS[9] + HOUR))
    assert touched.at(STARTS[9]).announced_at == FIRST


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (FIRST - HOUR, STARTS[0]),
        (STARTS[3] + HOUR, STARTS[3]),
        (STARTS[3] + 3 * HOUR, STARTS[4]),
        (STARTS[-1] + DAY, STARTS[-1]),
    ],
)
def test_the_current_window_is_the_one_going_on_or_the_next_or_the_last(
    now: datetime, name: datetime
) -> None:
    this = current(DAILY.laid_out(now, back=5, ahead=1), now)
    assert this is not None
    assert this.recurs_at == name


@given(st.datetimes(datetime(1990, 1, 1), datetime(2199, 1, 1)))  # noqa: DTZ001
def test_a_name_stands_for_its_instant(at: datetime) -> None:
    instant = at.replace(microsecond=0, tzinfo=UTC)
    assert parse_occurrence_id(occurrence_id(instant)) == instant


@pytest.mark.parametrize("text", ["", "20300106", "20301306T020000Z", "20300106t020000z", "٢" * 16])
def test_what_is_no_name_stands_for_nothing(text: str) -> None:
    assert parse_occurrence_id(text) is None


def test_a_maintenance_that_does_not_recur_is_laid_out_as_its_one_window() -> None:
    window = Window(FIRST, FIRST + HOUR)
    plan = Plan(window, FIRST - DAY)
    assert plan.laid_out(FIRST, back=2, ahead=3) == [Occurrence(None, window, FIRST - DAY)]


def test_a_derived_id_follows_from_its_parts() -> None:
    assert derived_id("series", "20300106T020000Z") == derived_id("series", "20300106T020000Z")
    assert derived_id("series", "20300106T020000Z") != derived_id("series", "20300107T020000Z")


def test_a_derived_id_has_the_form_of_a_public_id() -> None:
    assert all(is_public_id(derived_id("series", str(number))) for number in range(50))


def test_a_window_ends_when_the_rule_says_even_if_another_one_is_longer() -> None:
    # The night in which clocks go back: the window of that day is an hour longer.
    ends = tuple(start + (3 if start == STARTS[5] else 2) * HOUR for start in STARTS)
    plan = Plan(DAILY.window, FIRST, recurs=True, starts=STARTS, ends=ends)
    lengths = [plan.at(start).window.ends_at - start for start in STARTS[4:7]]
    assert lengths == [2 * HOUR, 3 * HOUR, 2 * HOUR]


def test_a_changed_window_that_the_rule_does_not_give_is_as_long_as_the_first() -> None:
    ends = tuple(start + 3 * HOUR for start in STARTS)
    plan = Plan(DAILY.window, FIRST, recurs=True, starts=STARTS, ends=ends)
    apart = STARTS[4] + HOUR
    assert plan.at(apart).window == Window(apart, apart + 2 * HOUR)
