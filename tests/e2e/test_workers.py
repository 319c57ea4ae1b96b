"""`fyr serve --workers 2`: what several web processes promise together."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event

import httpx
import pytest

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.users import api_tokens
from tests.databases import PostgresDatabases, Run, copy_sqlite
from tests.e2e.serving import Server, alive, serving, wait_until
from tests.network import PLAIN

SURFACES = ("/en/", "/sv/", "/api/v2/summary.json", "/api/v2/components.json")
# The memory for requested pages is full after a few dozen of them.
SETTINGS = {
    "FYR_METRICS_NETWORKS": "127.0.0.0/8",
    "FYR_LOG_LEVEL": "error",
    "FYR_PAGE_MEMORY_MB": "1",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """Two processes that answer, and a token to write with."""

    server: Server
    token: str

    def write(self, slug: str, line: httpx.Client) -> None:
        new = {"slug": slug, "name": slug.title()}
        bearer = {"Authorization": f"Bearer {self.token}"}
        made = line.post("/api/v1/services", json=new, headers=bearer)
        assert made.status_code == 201, made.text

    @contextmanager
    def lines(self) -> Iterator[dict[str, httpx.Client]]:
        """A connection that stays to each of the processes, by the process's number."""
        with ExitStack() as open_:
            found: dict[str, httpx.Client] = {}

            def complete() -> bool:
                line = open_.enter_context(
                    httpx.Client(base_url=self.server.address, timeout=60, verify=PLAIN)
                )
                found.setdefault(metrics_of(line)["fyr_info"], line)
                return found.keys() == {"1", "2"}

            wait_until(complete, self.server.log.read_text())
            yield found


def metrics_of(line: httpx.Client) -> dict[str, str]:
    """The figures of a scrape; of `fyr_info` the number of the process that answers."""
    text = line.get("/metrics").raise_for_status().text
    figures = dict(re.findall(r"^([a-z_]+) ([-+.e0-9]+)$", text, re.MULTILINE))
    (number,) = re.findall(r'^fyr_info\{.*process="(\d+)"', text, re.MULTILINE)
    return {**figures, "fyr_info": number}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Both processes on SQLite, running."""
    folder = tmp_path_factory.mktemp("workers")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with deployed(folder, f"sqlite:///{folder / 'fyr.db'}") as deployment:
        yield deployment


@contextmanager
def deployed(folder: Path, url: str) -> Iterator[Deployment]:
    database = Database(make_engine(url))
    with database.writing(SHELL) as ctx:
        token = api_tokens.add_token(ctx, "ada", Role.ADMIN).secret
    database.close()
    given = {**SETTINGS, "FYR_DATA_DIR": str(folder), "FYR_DATABASE_URL": url}
    with serving(folder, "--workers", "2", "--no-worker", environment=given) as server:
        yield Deployment(server, token)


def show(line: httpx.Client, text: str) -> None:
    wait_until(lambda: text in line.get("/en/").text, f"not shown: {text}")


def test_what_one_process_writes_the_others_show(state: Deployment) -> None:
    with state.lines() as lines:
        for writer, reader in (("1", "2"), ("2", "1")):
            slug = f"written-by-{writer}"
            state.write(slug, lines[writer])
            show(lines[writer], slug.title())
            show(lines[reader], slug.title())


def unseen_after_writes(state: Deployment, number: str, line: httpx.Client) -> list[str]:
    """Write some services, and return those that the next request of a surface does not show."""
    unseen = []
    for turn in range(6):
        slug = f"burst-{number}-{turn}"
        state.write(slug, line)
        surfaces = (*SURFACES, f"/en/services/{slug}")
        pages = {path: line.get(path).raise_for_status().text for path in surfaces}
        unseen += [f"{slug} {path}" for path, text in pages.items() if slug.title() not in text]
    return unseen


def read_until(finished: Event, line: httpx.Client) -> None:
    """Read the surfaces, and months of the history that nobody has read."""
    months = (f"/en/history/{year}-{month:02}" for year in count(1990) for month in range(1, 13))
    while not finished.is_set():
        for path in (*SURFACES, next(months)):
            line.get(path).raise_for_status()


def assert_own_writes_are_shown(state: Deployment) -> None:
    """Each process shows what it wrote with the next request, while both are read."""
    finished = Event()
    with state.lines() as writers, state.lines() as readers, ThreadPoolExecutor(4) as threads:
        reading = [threads.submit(read_until, finished, line) for line in readers.values()]
        writing = [threads.submit(unseen_after_writes, state, *each) for each in writers.items()]
        wait(writing)
        finished.set()
        assert [each.result() for each in writing] == [[], []]
        assert [each.result() for each in reading] == [None, None]


def test_each_process_shows_what_it_wrote_with_the_next_request(state: Deployment) -> None:
    assert_own_writes_are_shown(state)


def test_each_process_shows_what_it_wrote_on_postgresql(
    postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with postgres.migrated() as url, deployed(tmp_path, url) as deployment:
        assert_own_writes_are_shown(deployment)


def test_a_scrape_of_any_process_shows_the_sum_of_all(state: Deployment) -> None:
    with state.lines() as lines:
        before = float(metrics_of(lines["1"])["fyr_front_hits_total"])
        for line in lines.values():
            for _ in range(10):
                line.get("/en/")
        for line in lines.values():
            tell(line, before + 20)
            assert float(metrics_of(line)["fyr_web_processes"]) == 2


def tell(line: httpx.Client, hits: float) -> None:
    wait_until(lambda: float(metrics_of(line)["fyr_front_hits_total"]) == hits, "it is not the sum")


def test_who_is_connected_to_another_process_does_not_notice_that_one_is_killed(
    state: Deployment,
) -> None:
    with state.lines() as lines:
        before = float(metrics_of(lines["2"])["fyr_front_hits_total"])
        page = f"{state.server.address}/en/"
        victim = process_of(state.server, "1")
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not alive(victim), "it cannot be killed")
        for _ in range(20):
            assert lines["2"].get("/en/").status_code == 200
            # The sockets are not its own: who comes anew is answered by the other.
            assert httpx.get(page, timeout=60, verify=PLAIN).status_code == 200
        wait_until(lambda: len(state.server.children("web")) == 2, "it is not started again")
        assert victim not in state.server.children("web")
    with state.lines() as lines:
        # What the one counted that was killed is not forgotten.
        assert float(metrics_of(lines["1"])["fyr_front_hits_total"]) >= before + 20


def process_of(server: Server, number: str) -> int:
    (found,) = [
        pid
        for pid in server.children("web")
        if f"--number\0{number}\0" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    return found
