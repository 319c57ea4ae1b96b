"""A visitor who reads one page in three formats all the time and notes which state each shows."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import httpx

from tests.e2e.serving import PATIENCE_SECONDS, wait_until
from tests.network import PLAIN

__all__ = ["Observer", "State", "is_in_order"]

Seen = TypeVar("Seen")
STEP = re.compile(r"Step (\d+)\b")
_ALL_WORKS = '<section class="banner operational">'


class State(NamedTuple):
    """What a page shows: whether all services work, and the latest step of an open incident."""

    works: bool
    step: int


def is_in_order(seen: Sequence[object], posted: Sequence[object]) -> bool:
    """Whether what was seen is a part of what was posted, in its order."""
    rest = iter(posted)
    return all(any(each == other for other in rest) for each in seen)


class Observer:
    """Reads the overview, `summary.json` and the feed in turn, from `address`.

    Every second round has a new connection. `states` and `steps` have what the pages showed, each
    once until it changed; `failed` has what was not answered with 200. What is said to be of an
    earlier time (`Fyr-As-Of`) is not a state of the present, and only counted in `stale`.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.states: list[State] = []
        self.steps: list[int] = []
        self.failed: list[str] = []
        self.answered = self.stale = 0
        self._over = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read while the context lasts."""
        thread = threading.Thread(target=self._read_on)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(PATIENCE_SECONDS)

    def wait_for(self, state: State) -> None:
        """Wait until two whole rounds have shown this state, and no other one."""
        begun = self.answered
        wait_until(
            lambda: self.answered >= begun + 6 and self.states[-1:] == [state],
            f"{state} was not shown: {self.states[-3:]}, {self.failed}",
        )

    def _read_on(self) -> None:
        with httpx.Client(timeout=PATIENCE_SECONDS, verify=PLAIN) as client:
            rounds = 0
            while not self._over.wait(0.2):
                rounds += 1
                headers = {"Connection": "close"} if rounds % 2 else {}
                for path in ("/en/", "/api/v2/summary.json", "/en/feed.atom"):
                    self._read(client, path, headers)

    def _read(self, client: httpx.Client, path: str, headers: dict[str, str]) -> None:
        try:
            answer = client.get(f"{self.address}{path}", headers=headers)
        except httpx.HTTPError as error:
            self.failed.append(f"{path}: {error!r}")
            return
        if answer.status_code != 200:
            self.failed.append(f"{path}: {answer.status_code}")
        elif "Fyr-As-Of" in answer.headers:
            self.stale += 1
        elif path == "/en/feed.atom":
            _append(self.steps, max(map(int, STEP.findall(answer.text)), default=0))
        else:
            _append(self.states, _overview(answer) if path == "/en/" else _summary(answer))
        self.answered += 1


def _append(seen: list[Seen], each: Seen) -> None:
    if seen[-1:] != [each]:
        seen.append(each)


def _overview(answer: httpx.Response) -> State:
    page = answer.text.partition("<main")[2].partition('<section id="services">')[0]
    return State(_ALL_WORKS in page, max(map(int, STEP.findall(page)), default=0))


def _summary(answer: httpx.Response) -> State:
    summary = answer.json()
    texts = [update["body"] for each in summary["incidents"] for update in each["incident_updates"]]
    steps = [int(step) for text in texts for step in STEP.findall(text)]
    return State(summary["status"]["indicator"] == "none", max(steps, default=0))
