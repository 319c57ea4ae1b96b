import pytest

from app.worker.sending.pace import Pace


def test_without_a_limit_nobody_waits() -> None:
    pace = Pace()
    assert [pace.turn(now) for now in (0.0, 0.0, 30.0)] == [0.0, 0.0, 0.0]


def test_messages_are_spaced_by_the_limit() -> None:
    pace = Pace(limit=4)
    assert [pace.turn(10.0) for _ in range(3)] == [0.0, 0.25, 0.5]
    assert pace.turn(20.0) == 0.0


def test_a_complaint_halves_the_measured_rate() -> None:
    pace = Pace()
    for _ in range(100):
        pace.turn(5.0)
    pace.slow_down(5.0)
    assert pace.rate == 5.0
    pace.slow_down(5.0)
    assert pace.rate == 2.5
    assert pace.turn(5.0) == 0.0
    assert pace.turn(5.0) == pytest.approx(0.4)


def test_a_lane_that_sent_nothing_yet_sends_one_a_minute() -> None:
    pace = Pace()
    pace.slow_down(0.0)
    assert pace.rate == pytest.approx(1 / 60)


def test_a_quiet_minute_gives_back_a_tenth_until_there_is_no_limit() -> None:
    pace = Pace(limit=4)
    assert not pace.recover(1000.0)
    pace.slow_down(1000.0)
    assert not pace.recover(1059.0)
    assert pace.recover(1060.0)
    assert pace.rate == pytest.approx(2.2)
    now = 1060.0
    while pace.rate is not None:
        now += 60
        assert pace.recover(now)
    assert now == 1060.0 + 7 * 60


def test_turns_of_other_workers_come_first() -> None:
    pace = Pace(limit=4)
    pace.begin(12.0)
    assert [pace.turn(10.0) for _ in range(2)] == [2.0, 2.25]
    pace.begin(11.0)
    assert pace.turn(12.5) == 0.0


def test_the_rate_of_another_worker_is_adopted_and_recovers_after_a_quiet_minute() -> None:
    pace = Pace(limit=4)
    pace.adopt(2.0, 100.0)
    pace.adopt(2.0, 150.0)
    assert not pace.recover(159.0)
    assert pace.recover(160.0)
    pace.adopt(None, 170.0)
    assert pace.rate is None
