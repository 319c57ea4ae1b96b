"""A server that is killed while monitors call loses nothing and does nothing twice."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.db.engine import make_engine
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.sources import events
from tests.databases import PostgresDatabases
from tests.e2e.serving import Server, serving, wait_until
from tests.e2e.sources import add_source

KILLS, SENDERS = 2, 10


def shout(server: Server, token: str, sender: int, acknowledged: list[str]) -> None:
    """Send alerts until the server is gone; remember which it took."""
    with httpx.Client(base_url=server.address, timeout=10) as client:
        for number in range(10_000):
            fields = {"dedup_key": f"{sender}-{number}", "status": "firing", "service": "payments"}
            try:
                answer = client.post(f"/hooks/{token}", json=fields)
            except httpx.TransportError:
                return
            if answer.status_code == 202:
                acknowledged.append(answer.json()["event"])


@dataclass(frozen=True)
class RestartedServer:
    """A server on the data of several killed servers, and the events acknowledged by those."""

    server: Server
    database: Database
    source: str
    token: str
    acknowledged: list[str]


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestartedServer]:
    folder = tmp_path_factory.mktemp("hooks")
    with _restarted(folder, f"sqlite:///{folder / 'var' / 'fyr.db'}") as on_sqlite:
        yield on_sqlite


@pytest.fixture
def restarted_on_postgresql(
    postgres: PostgresDatabases, tmp_path: Path
) -> Iterator[RestartedServer]:
    with postgres.migrated() as url, _restarted(tmp_path, url) as on_postgresql:
        yield on_postgresql


@contextmanager
def _restarted(folder: Path, url: str) -> Iterator[RestartedServer]:
    environment = {"FYR_DATABASE_URL": url}
    made = add_source(folder / "var", "generic", rate_limit=0, database_url=url)
    token = made.token or ""
    acknowledged: list[str] = []
    for _ in range(KILLS):
        with serving(folder, "--no-worker", environment=environment) as server:
            before = len(acknowledged)
            threads = [
                threading.Thread(target=shout, args=(server, token, sender, acknowledged))
                for sender in range(SENDERS)
            ]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(acknowledged) > before + 20, "It takes nothing.")  # noqa: B023
            server.stop(signal.SIGKILL)
            for thread in threads:
                thread.join()
    database = Database(make_engine(url))
    with serving(folder, environment=environment) as server:
        yield RestartedServer(server, database, made.source.id, token, acknowledged)
    database.close()


def test_what_was_acknowledged_survives_every_kill_and_counts_once(
    restarted: RestartedServer,
) -> None:
    _expect_everything_once(restarted)


def test_on_postgresql_what_was_acknowledged_survives_every_kill_and_counts_once(
    restarted_on_postgresql: RestartedServer,
) -> None:
    _expect_everything_once(restarted_on_postgresql)


def _expect_everything_once(restarted: RestartedServer) -> None:
    def waits() -> float:
        with restarted.database.reading(SHELL) as ctx:
            return events.hook_counts(ctx).queue_age_seconds

    wait_until(lambda: waits() == 0.0, "Something waits for ever.")
    with restarted.database.reading(SHELL) as ctx:
        stored: dict[str, events.StaffEvent] = {}
        cursor: str | None = None
        while True:
            page = events.list_events(ctx, restarted.source, cursor=cursor, limit=1000)
            stored |= {event.id: event for event in page.items}
            cursor = page.next
            if cursor is None:
                break
        counts = events.hook_counts(ctx)
    assert set(restarted.acknowledged) <= set(stored)
    assert {stored[each].verdict.value for each in restarted.acknowledged} == {"alerts"}
    reported = [event for event in stored.values() if event.verdict.value == "alerts"]
    keys = {json.loads(event.body)["dedup_key"] for event in reported}
    assert counts.open_episodes == len(keys)


def test_a_sender_of_one_byte_a_second_blocks_nobody(restarted: RestartedServer) -> None:
    url = httpx.URL(restarted.server.address)
    slow = [socket.create_connection(("127.0.0.1", url.port or 0)) for _ in range(20)]
    for each in slow:
        head = f"POST /hooks/{restarted.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{"
        each.sendall(head.encode())
    assert (
        httpx.post(f"{restarted.server.address}/hooks/{restarted.token}", json={}).status_code
        == 202
    )
    slow[0].settimeout(30)
    assert b" 408 " in slow[0].recv(100)
    for each in slow:
        each.close()
