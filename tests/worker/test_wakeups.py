"""Idle jobs are called after a commit, when their time has come, and when the clock was set."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.usecases.page.settings import PageChange, edit_page
from app.worker.loop import repeat
from app.worker.wakeups import LONGEST_PAUSE, Idle, Wakeups
from tests.cast import Backend

pytestmark = pytest.mark.anyio


class Waits:
    """Takes the place of waiting: remembers how long, and moves the clock on."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.taken: list[float] = []
        self.seconds = 0.0

    async def __call__(self, event: asyncio.Event, seconds: float) -> None:
        if not event.is_set():
            self.taken.append(seconds)
            self.seconds += seconds
            self.backend.clock.forward(seconds=seconds)

    def monotonic(self) -> float:
        return self.seconds


async def look(wakeups: Wakeups, *, has_committed: bool = False) -> int:
    """The number of wakeups after one look."""
    wakeups.note_look(has_committed)
    await asyncio.sleep(0)
    return wakeups.number


async def test_an_idle_job_is_called_when_its_time_has_come(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    at = backend.clock.now + timedelta(seconds=7)
    await wakeups.pause(Idle(0.5, at), wakeups.number)
    assert backend.clock.now == at


async def test_it_is_called_on_time_also_when_that_is_sooner_than_polling(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    await wakeups.pause(Idle(5.0, backend.clock.now + timedelta(seconds=2)), wakeups.number)
    assert waits.taken == [2.0]


async def test_a_missed_commit_is_seen_after_half_a_minute(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    for due_at in (None, backend.clock.now + timedelta(days=1)):
        waits.taken.clear()
        await wakeups.pause(Idle(0.5, due_at), wakeups.number)
        assert sum(waits.taken) == LONGEST_PAUSE == 30


async def test_what_is_overdue_and_cannot_be_done_is_polled(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    await wakeups.pause(Idle(0.5, backend.clock.now - timedelta(hours=1)), wakeups.number)
    assert waits.taken == [0.5]


async def test_a_commit_during_the_run_of_a_job_ends_its_pause(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    seen = wakeups.number
    wakeups.wake()
    await wakeups.pause(Idle(0.5), seen)
    assert waits.taken == [0.5]


async def test_a_commit_during_the_pause_ends_it(backend: Backend) -> None:
    begun = asyncio.Event()

    async def wait(event: asyncio.Event, seconds: float) -> None:
        if seconds > 1:
            begun.set()
            await event.wait()

    wakeups = Wakeups(backend.database, wait=wait)
    pause = asyncio.create_task(wakeups.pause(Idle(0.5), wakeups.number))
    await begun.wait()
    assert not pause.done()
    assert await look(wakeups, has_committed=True) == 1
    await pause


async def test_commits_without_end_do_not_call_a_job_more_often_than_polling(
    backend: Backend,
) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    calls, stop = 0, asyncio.Event()

    async def job() -> Idle:
        nonlocal calls
        calls += 1
        if calls == 10:
            stop.set()
        wakeups.wake()
        return Idle(0.5)

    await repeat(job, stop, wakeups=wakeups)
    assert waits.taken == [0.5] * 10


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=0.2)])
async def test_a_clock_that_is_set_wakes_the_jobs(backend: Backend, step: timedelta) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits, monotonic=waits.monotonic)
    await look(wakeups)
    backend.clock.now += step
    assert await look(wakeups) == 1
    assert await look(wakeups) == 1


async def test_a_clock_that_goes_its_way_wakes_nobody(backend: Backend) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits, monotonic=waits.monotonic)
    for _ in range(5):
        assert await look(wakeups) == 0
        # A clock that is corrected slowly gains half a millisecond a second.
        waits.seconds += 0.5
        backend.clock.forward(seconds=0.50025)


async def test_after_a_clock_was_set_back_the_time_of_a_job_is_found_again(
    backend: Backend,
) -> None:
    waits = Waits(backend)
    wakeups = Wakeups(backend.database, wait=waits)
    at = backend.clock.now + timedelta(seconds=10)
    backend.clock.forward(hours=-1)
    assert wakeups.longest_pause(at) == LONGEST_PAUSE
    backend.clock.forward(hours=1)
    assert wakeups.longest_pause(at) == 10


async def test_a_commit_of_anybody_reaches_the_jobs(each_backend: Backend) -> None:
    started, woken = asyncio.Event(), asyncio.Event()
    wakeups = Wakeups(each_backend.database, monotonic=lambda: 0.0)

    def note() -> None:
        (woken if started.is_set() else started).set()

    wakeups.listen(note)
    wakeups.start()
    await started.wait()
    with each_backend.writing() as ctx:
        edit_page(ctx, PageChange(undo_seconds=3))
    await woken.wait()
    await wakeups.close()
    assert wakeups.number >= 2


async def test_without_wakeups_an_idle_job_polls() -> None:
    stop, taken = asyncio.Event(), []

    async def sleep(seconds: float) -> None:
        taken.append(seconds)
        stop.set()

    await repeat(_idle(Idle(0.5)), stop, sleep=sleep)
    assert taken == [0.5]


def _idle(idle: Idle) -> Callable[[], Awaitable[Idle]]:
    async def job() -> Idle:
        return idle

    return job
