"""Hashing slots and threads: passwords are hashed a few at a time, and nobody waits for long."""

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import UnavailableError
from app.usecases.users.passwords import passwords
from app.usecases.users.passwords.hashing_slots import HashingSlots
from app.usecases.users.passwords.hashing_threads import HASHING_THREADS, run_in_hashing_thread


async def _hold(slots: HashingSlots, leave: asyncio.Event) -> str:
    try:
        async with slots.slot():
            await leave.wait()
    except UnavailableError as error:
        return error.code
    return "hashed"


@pytest.mark.anyio
async def test_200_parallel_hashes_run_four_at_a_time_and_the_rest_is_refused_or_waits() -> None:
    slots, leave = HashingSlots(4, waiting=24, seconds=60), asyncio.Event()
    running = [asyncio.create_task(_hold(slots, leave)) for _ in range(200)]
    # 172 find neither a slot nor a place to wait, and know it at once.
    while sum(each.done() for each in running) < 172:  # noqa: ASYNC110  # nothing signals it
        await asyncio.sleep(0)
    leave.set()
    results = await asyncio.gather(*running)
    assert (results.count("hashed"), results.count("sign_in_busy")) == (28, 172)
    assert slots.most_in_use == 4


@pytest.mark.anyio
async def test_a_wait_for_a_slot_is_bounded() -> None:
    slots, leave = HashingSlots(1, waiting=5, seconds=0.0), asyncio.Event()
    first = asyncio.create_task(_hold(slots, leave))
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError) as refused:
        async with slots.slot():
            pass
    assert refused.value.code == "sign_in_busy"
    leave.set()
    assert await first == "hashed"
    async with slots.slot():
        pass


@pytest.mark.anyio
async def test_who_leaves_while_waiting_or_at_the_grant_takes_no_slot_along() -> None:
    slots, leave = HashingSlots(1, waiting=5, seconds=60), asyncio.Event()
    first, waiting, granted, last = (asyncio.create_task(_hold(slots, leave)) for _ in range(4))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    leave.set()
    await first
    granted.cancel()  # the slot is on its way to it
    assert await last == "hashed"
    async with slots.slot():
        assert slots.most_in_use == 1


@pytest.mark.anyio
async def test_a_slot_is_free_again_after_an_error() -> None:
    slots = HashingSlots(1, waiting=0, seconds=0.0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with slots.slot():
                raise ZeroDivisionError


def test_event_loops_of_several_threads_share_the_slots() -> None:
    slots = HashingSlots(2, waiting=100, seconds=60)

    async def take() -> None:
        for _ in range(20):
            async with slots.slot():
                await asyncio.sleep(0)

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(asyncio.run, take()) for _ in range(8)]:
            each.result()
    assert slots.most_in_use <= 2


def test_at_most_four_hashes_run_at_a_time_for_all_callers() -> None:
    lock, full, leave = threading.Lock(), threading.Semaphore(0), threading.Event()
    running: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        with lock:
            running.append(1)
            most = max(most, len(running))
        full.release()
        leave.wait()
        with lock:
            running.pop()

    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(run_in_hashing_thread, work) for _ in range(20)]
        for _ in range(HASHING_THREADS):
            full.acquire()
        leave.set()
        for each in asked:
            each.result()
    assert most == HASHING_THREADS == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_hashing_threads_alone_have_a_low_priority() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = priority()
    inherited: list[int] = []

    def start_thread() -> int:
        thread = threading.Thread(target=lambda: inherited.append(priority()))
        thread.start()
        thread.join()
        return priority()

    assert run_in_hashing_thread(start_thread) == max(own, 10)
    assert inherited == [max(own, 10)]  # as the lanes of argon2 do
    assert priority() == own


def test_passwords_are_hashed_in_hashing_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    class Recorder:
        def hash(self, password: str) -> str:
            names.append(threading.current_thread().name)
            return f"hash of {len(password)}"

        def verify(self, password_hash: str, password: str) -> bool:
            names.append(threading.current_thread().name)
            return True

    monkeypatch.setattr(passwords, "_HASHER", Recorder())
    passwords.hashed("violet ladder crumb engine", email="ada@example.com")
    assert passwords.matches("hash", "violet ladder crumb engine")
    assert len(names) == 2
    assert all(name.startswith("fyr-hash") for name in names)
