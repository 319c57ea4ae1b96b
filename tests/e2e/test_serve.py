"""`fyr serve` starts in seconds, stops at once, and keeps what it acknowledged."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app import __version__
from app.db.engine import make_engine
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.public import pages
from app.usecases.users import api_tokens
from tests.databases import PostgresDatabases
from tests.e2e.serving import Server, alive, command, fyr, serving, wait_until

INCIDENT = {"title": "Down", "body": "We are looking into it.", "services": []}


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the first run of the demo had, and how it ended after Ctrl-C."""

    components: list[str]
    children: list[int]
    seconds: float
    patience: float
    code: int
    log: str


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo in its second run, and its first run."""

    server: Server
    first: FirstRun


@pytest.fixture(scope="module")
def demo_twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, started again in the folder of an earlier run; killed after the last test."""
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder, "--demo") as server:
        components, children = component_ids(server), family(server)
        seconds = server.stop(signal.SIGINT)
        code, log = server.process.returncode, server.log.read_text()
        first = FirstRun(components, children, seconds, patience(), code, log)
    with serving(folder, "--demo") as server:
        yield Demo(server, first)
        children = family(server)
        server.stop(signal.SIGKILL)
        # Even then nobody is left behind, and the port is free.
        wait_until(lambda: not any(map(alive, children)), "a child outlived its server")
        with socket.create_server(("127.0.0.1", int(server.address.rpartition(":")[2]))):
            pass
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def demo(demo_twice: Demo) -> Server:
    """The demo, running."""
    return demo_twice.server


def patience() -> float:
    """Three seconds, or more on a machine that has more to do than it can."""
    return 3 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def component_ids(server: Server) -> list[str]:
    listed = httpx.get(f"{server.address}/api/v2/components.json").json()
    return [each["id"] for each in listed["components"]]


def test_the_demo_answers_in_the_visitors_language_and_says_where(demo: Server) -> None:
    page = httpx.get(f"{demo.address}/sv/")
    assert page.status_code == 200
    assert '<html lang="sv"' in page.text
    assert f"{demo.address}/sv/" in demo.log.read_text()


def test_while_there_is_no_user_it_shows_how_to_make_the_first(demo: Server) -> None:
    # Each start prints another; only the newest opens.
    *_, link = re.findall(
        rf"^{demo.address}/console/welcome/\S+$", demo.log.read_text(), re.MULTILINE
    )
    assert httpx.get(link).status_code == 200


def test_a_worker_that_fell_over_is_started_again(demo: Server) -> None:
    # It comes after the process that answers.
    wait_until(lambda: demo.children("worker") != [], "no worker")
    (worker,) = demo.children("worker")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: demo.children("worker") not in ([], [worker]), "no other worker")
    assert "supervisor.restarting child=worker" in demo.log.read_text()


def test_a_port_that_is_taken_is_refused(demo: Server, tmp_path: Path) -> None:
    port = demo.address.rpartition(":")[2]
    other = fyr(tmp_path, "serve", "--no-worker", "--port", port)
    assert other.returncode != 0
    assert "address already in use" in other.stderr
    assert "Traceback" not in other.stderr


def test_a_wrong_setting_and_a_database_that_is_behind_are_refused_in_one_line(
    postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with postgres.empty() as behind:
        for url, reported in (
            ("mysql://fyr:hunter2@db/fyr", "DATABASE_URL"),
            (behind, "fyr migrate"),
        ):
            done = fyr(tmp_path, "serve", "--port", "8999", environment={"FYR_DATABASE_URL": url})
            *_, line = done.stderr.splitlines()
            assert (done.returncode, done.stdout) == (1, "")
            assert line.startswith("fyr: ")
            assert reported in line
            assert "hunter2" not in line


def test_ctrl_c_ends_it_cleanly_and_a_second_run_keeps_the_data(demo_twice: Demo) -> None:
    first = demo_twice.first
    assert first.seconds < first.patience
    assert first.code in {0, 130}
    assert not any(map(alive, first.children))
    assert "Traceback" not in first.log
    assert component_ids(demo_twice.server) == first.components != []


def family(server: Server) -> list[int]:
    """The story, a process that answers, a worker."""
    wait_until(lambda: server.children("worker") != [], "no worker")
    return [pid for name in ("story", "web", "worker") for pid in server.children(name)]


def test_a_worker_by_itself_stops_when_asked_to(tmp_path: Path) -> None:
    # Few open files: the limit of the machine must not be worth a warning.
    given = {"FYR_OPEN_FILES": "1024"}
    assert fyr(tmp_path, "migrate").returncode == 0
    arguments, environment = command("worker", "--supervised", environment=given)
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            arguments,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        ) as worker,
    ):
        try:
            wait_until(lambda: "worker.started" in log.read_text(), "it never began to work")
            wait_until(lambda: has_begun(worker.pid), "it never began to work")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(2 * patience()) == 0
        finally:
            worker.kill()
    (line,) = log.read_text().splitlines()
    assert line.endswith(f"INFO worker.started version={__version__}")


def has_begun(number: int) -> bool:
    """Whether a worker waits for its parent's end: it does so in a thread, its first.

    Its signal handlers are there by then. That SIGTERM is caught shows nothing: coverage.py
    catches it from the start.
    """
    return len(list(Path(f"/proc/{number}/task").iterdir())) > 1


def test_what_was_acknowledged_is_there_after_a_kill(database_url: str, tmp_path: Path) -> None:
    database = Database(make_engine(database_url))
    with database.writing(SHELL) as ctx:
        secret = api_tokens.add_token(ctx, "test", Role.ADMIN).secret
    environment = {"FYR_DATABASE_URL": database_url}
    with serving(tmp_path, "--no-worker", environment=environment) as server:
        assert server.children("worker") == []
        bearer = {"Authorization": f"Bearer {secret}"}
        # The process imports the application and the API first.
        made = httpx.post(
            f"{server.address}/api/v1/incidents", json=INCIDENT, headers=bearer, timeout=60
        )
        server.stop(signal.SIGKILL)
    assert made.status_code == 201, made.text
    with database.reading() as ctx:
        assert pages.incident(ctx, made.json()["id"]).incident.is_open
    database.close()
