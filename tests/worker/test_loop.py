"""The worker's jobs run side by side, whatever happens to one of them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.domain.errors import UnavailableError
from app.ports.spans import Span
from app.worker.loop import repeat
from app.worker.wakeups import Idle

pytestmark = pytest.mark.anyio

Turn = Callable[[], Awaitable[float | Idle]]


class Rests:
    """Takes the place of the worker's rests: none takes time, each is remembered."""

    def __init__(self, stop_after: int) -> None:
        self.stop = asyncio.Event()
        self.taken: list[float] = []
        self._left = stop_after

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._left -= 1
        if self._left <= 0:
            self.stop.set()
        await asyncio.sleep(0)


def turns(*outcomes: float | Idle | Exception) -> Turn:
    """A job that does one of these after the other, and then the last one again."""
    left = list(outcomes)

    async def turn() -> float | Idle:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return turn


async def rests_of(*outcomes: float | Exception, stop_after: int) -> list[float]:
    rest = Rests(stop_after)
    await repeat(turns(*outcomes), rest.stop, sleep=rest)
    return rest.taken


DOWN = UnavailableError("The database does not answer.")


async def test_a_job_rests_for_as_long_as_it_says() -> None:
    assert await rests_of(0.5, 2.0, 3.0, stop_after=3) == [0.5, 2.0, 3.0]


async def test_a_database_that_does_not_answer_is_waited_for_longer_each_time() -> None:
    assert await rests_of(DOWN, stop_after=8) == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_it_goes_on_when_the_database_is_back() -> None:
    assert await rests_of(DOWN, DOWN, 0.5, DOWN, 0.5, stop_after=5) == [1, 2, 0.5, 1, 0.5]


async def test_a_broken_turn_is_reported_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    assert await rests_of(ZeroDivisionError(), 0.5, stop_after=2) == [1, 0.5]
    assert "worker.turn_failed" in caplog.text


async def test_waiting_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    await rests_of(DOWN, stop_after=1)
    assert "worker.waiting" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_job_that_breaks_does_not_stop_another() -> None:
    rest, other = Rests(stop_after=20), Rests(stop_after=20)
    await asyncio.gather(
        repeat(turns(ZeroDivisionError()), rest.stop, sleep=rest),
        repeat(turns(0.5), other.stop, sleep=other),
    )
    assert other.taken == [0.5] * 20


async def test_it_does_no_turn_once_it_is_stopped() -> None:
    rest = Rests(stop_after=1)
    rest.stop.set()
    await repeat(turns(1.0), rest.stop, sleep=rest)
    assert rest.taken == []


async def test_turns_that_did_something_or_failed_are_traced() -> None:
    rest, spans = Rests(4), list[Span]()
    job = turns(0.5, Idle(0.5), DOWN, ZeroDivisionError())
    await repeat(job, rest.stop, sleep=rest, trace=spans.append)
    assert [span.error for span in spans] == ["", DOWN.code, "ZeroDivisionError"]
    assert all(span.name.endswith("turn") for span in spans)
