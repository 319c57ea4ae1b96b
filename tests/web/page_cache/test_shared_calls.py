from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from app.domain.errors import UnavailableError
from app.web.page_cache.shared_calls import SharedCalls


class Work:
    """Work of one key that returns the generation it has read, when it may go on."""

    def __init__(self) -> None:
        self.generation = self.begun = 0
        self.go_on = Event()
        self.calls = SharedCalls[int](lambda: self.generation)
        self.executor = ThreadPoolExecutor(1)

    def ask(self) -> Future[int]:
        return self.calls.submit(
            self.executor, b"key", self.work, stored=lambda: None, substitute=lambda: -1
        )

    def work(self) -> int:
        read = self.generation
        self.begun += 1
        self.go_on.wait()
        return read

    def wait_until_begun(self) -> None:
        while not self.begun:
            pass


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.go_on.set()
    made.executor.shutdown()


def test_in_a_burst_of_changes_all_who_ask_share_one_more_call(work: Work) -> None:
    first = work.ask()
    work.wait_until_begun()
    asked = []
    for _ in range(100):
        work.generation += 1
        asked.append(work.ask())
    work.go_on.set()
    assert first.result() == 0
    assert {each.result() for each in asked} == {100}
    assert work.begun == 2


def test_nobody_waits_for_a_thread_that_hangs(work: Work) -> None:
    waiting = work.ask()
    work.wait_until_begun()
    with ThreadPoolExecutor(1) as other:
        work.calls.use_substitutes(other)
    assert waiting.result() == -1


def test_who_waits_at_the_end_gets_an_error(work: Work) -> None:
    waiting = work.ask()
    work.calls.close()
    with pytest.raises(UnavailableError):
        waiting.result()


def test_what_is_stored_already_is_returned_at_once(work: Work) -> None:
    found = work.calls.submit(
        work.executor, b"key", work.work, stored=lambda: 7, substitute=lambda: -1
    )
    assert found.result() == 7
    assert work.begun == 0
