"""Processing pauses while events arrive."""

import threading
from dataclasses import dataclass, field

import pytest

from app.web.intake.intake_first import IntakeFirst


@dataclass
class Machine:
    """A lock with a clock that only sleeping and processing move; events may arrive meanwhile."""

    events_arrive: bool
    now: float = 1000.0
    write_lock: threading.Lock = field(default_factory=threading.Lock)
    lock: IntakeFirst = field(init=False)

    def __post_init__(self) -> None:
        self.lock = IntakeFirst(self.write_lock, clock=lambda: self.now, sleep=self.sleep)
        self.lock.note_arrival()

    def sleep(self, seconds: float) -> None:
        assert not self.write_lock.locked()
        self.now += seconds
        if self.events_arrive:
            self.lock.note_arrival()

    def pause_after(self, seconds: float) -> float:
        """For how long the lock is not taken after it was held for this time."""
        with self.lock:
            self.now += seconds
            self.lock.note_arrival()
        ended = self.now
        with self.lock:
            return self.now - ended

    def wait_for_round(self, *, after_holding: float) -> float:
        """For how long a round waits that is asked for when the one before it has ended."""
        self.lock.begin_round()
        with self.lock:
            self.now += after_holding
            self.lock.note_arrival()
        ended = self.now
        self.lock.begin_round()
        return self.now - ended


@pytest.mark.parametrize(("held", "pause"), [(0.1, 0.3), (10, 1)])
def test_while_events_arrive_processing_pauses_for_longer_than_it_took(
    held: float, pause: float
) -> None:
    assert Machine(events_arrive=True).pause_after(held) == pytest.approx(pause, abs=0.01)


@pytest.mark.parametrize(("held", "wait"), [(0.1, 0.9), (0.9, 0.1), (2, 0)])
def test_while_events_arrive_a_round_begins_once_a_second(held: float, wait: float) -> None:
    machine = Machine(events_arrive=True)
    assert machine.wait_for_round(after_holding=held) == pytest.approx(wait, abs=0.01)


def test_when_no_event_arrives_the_next_round_begins_at_once() -> None:
    machine = Machine(events_arrive=False)
    assert machine.wait_for_round(after_holding=0.01) == pytest.approx(0.03, abs=0.01)


def test_an_event_that_is_late_on_a_busy_machine_is_waited_for() -> None:
    machine = Machine(events_arrive=False)
    assert machine.wait_for_round(after_holding=0.1) == pytest.approx(0.3, abs=0.01)


def test_when_no_event_arrives_processing_goes_on_at_once() -> None:
    assert Machine(events_arrive=False).pause_after(0.01) == pytest.approx(0.03, abs=0.01)


def test_the_first_event_is_processed_without_a_pause() -> None:
    machine = Machine(events_arrive=True)
    with machine.lock:
        assert machine.now == 1000.0


def test_a_closed_lock_makes_no_pause() -> None:
    machine = Machine(events_arrive=True)
    machine.lock.close()
    assert machine.pause_after(0.1) == 0
