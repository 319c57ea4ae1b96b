"""Turns of a lane with a limited rate: all workers together send no faster."""

from datetime import timedelta

import pytest

from app.db.queries.outbox import lanes
from app.usecases.outbox.turns import next_turns, reserve_turns
from tests.cast import Backend


def take(backend: Backend, wanted: int = 100, *, limit: float | None = 4) -> tuple[int, float]:
    """Claim all free turns, as a worker does: their number, and the seconds until the first."""
    with backend.writing() as ctx:
        turns = next_turns(ctx, "email", limit, wanted)
        reserve_turns(ctx, "email", turns, turns.number)
    return turns.number, turns.starts_in


def test_workers_share_the_rate_of_a_lane(backend: Backend) -> None:
    assert take(backend) == (20, 0.0), "the turns of the next five seconds"
    assert take(backend)[0] == 0, "another worker has none of these"
    backend.clock.forward(seconds=2)
    number, starts_in = take(backend)
    assert (number, starts_in) == (8, 3.0), "its turns follow those of the first worker"


def test_any_number_of_workers_sends_as_fast_as_one(backend: Backend) -> None:
    sent = 0
    for _ in range(120):
        backend.clock.forward(seconds=0.5)
        for _worker in range(3):
            sent += take(backend, 7)[0]
    assert sent <= (60 + 5) * 4
    assert sent >= 58 * 4


def test_turns_that_are_not_used_are_free(backend: Backend) -> None:
    with backend.writing() as ctx:
        turns = next_turns(ctx, "email", 4, 100)
        reserve_turns(ctx, "email", turns, 2)
    assert take(backend) == (18, 0.5)
    with backend.writing() as ctx:
        reserve_turns(ctx, "email", next_turns(ctx, "other", 4, 100), 0)
        assert lanes.lock_lane(ctx.session, "other").next_at is None


def test_a_rate_below_one_a_second_gives_one_turn_at_a_time(backend: Backend) -> None:
    numbers = []
    for _ in range(12):
        numbers.append(take(backend, limit=1 / 30)[0])
        backend.clock.forward(seconds=10)
    assert sum(numbers) == pytest.approx(120 / 30, abs=1)


def test_the_stored_rate_of_a_lane_counts_for_all_workers(backend: Backend) -> None:
    with backend.writing() as ctx:
        lanes.set_rate(ctx.session, "email", 2)
    assert take(backend, limit=None)[0] == 10
    with backend.writing() as ctx:
        lanes.set_rate(ctx.session, "email", None)
    assert take(backend, limit=None) == (100, 0.0)


def test_a_clock_that_was_put_back_stops_nobody(backend: Backend) -> None:
    take(backend)
    backend.clock.now -= timedelta(hours=1)
    assert take(backend) == (20, 0.0)
