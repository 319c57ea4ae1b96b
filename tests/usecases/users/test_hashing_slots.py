"""Hashing slots: passwords are hashed a few at a time, and nobody waits for long."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from app.domain.errors import UnavailableError
from app.usecases.users.hashing_slots import HashingSlots


def _holder(slots: HashingSlots, entered: Semaphore, leave: Event) -> Callable[[], str]:
    def hold() -> str:
        try:
            with slots.slot():
                entered.release()
                leave.wait()
        except UnavailableError as error:
            return error.code
        return "hashed"

    return hold


def test_200_parallel_hashes_run_four_at_a_time_and_the_rest_is_refused_or_waits() -> None:
    slots = HashingSlots(4, waiting=24, seconds=60)
    entered, leave = Semaphore(0), Event()
    with ThreadPoolExecutor(200) as pool:
        hold = _holder(slots, entered, leave)
        running: list[Future[str]] = [pool.submit(hold) for _ in range(200)]
        for _ in range(4):
            assert entered.acquire()
        # 172 find neither a slot nor a place to wait, and know it at once.
        while sum(each.done() for each in running) < 172:
            entered.acquire(timeout=0.01)
        leave.set()
        results = [each.result() for each in running]
    assert (results.count("hashed"), results.count("sign_in_busy")) == (28, 172)
    assert slots.most_in_use == 4


def test_a_wait_for_a_slot_is_bounded() -> None:
    slots = HashingSlots(1, waiting=5, seconds=0.0)
    entered, leave = Semaphore(0), Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_holder(slots, entered, leave))
        entered.acquire()
        with pytest.raises(UnavailableError) as refused, slots.slot():
            pass
        leave.set()
        assert first.result() == "hashed"
    assert refused.value.code == "sign_in_busy"
    with slots.slot():
        pass


def test_a_thread_that_holds_a_slot_needs_no_second_one() -> None:
    slots = HashingSlots(1, waiting=0, seconds=0.0)
    with slots.slot(), slots.slot():
        assert slots.most_in_use == 1
    with pytest.raises(ZeroDivisionError), slots.slot():
        raise ZeroDivisionError
    with slots.slot():
        pass
