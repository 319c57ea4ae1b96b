"""Nobody notices that processes are replaced: not by a reload, and not by a restart."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.serving import HAND_OVER, Server, alive, command, wait_until
from tests.e2e.visitors import Visitors


@contextmanager
def activated(
    folder: Path,
    listener: socket.socket,
    *options: str,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """`fyr serve` on a socket that it is handed over, as systemd does it."""
    given = {"FYR_LOG_LEVEL": "error", **(settings or {})}
    program, environment = command("serve", "--no-worker", *options, environment=given)
    log = folder / "serve.log"
    starter = [sys.executable, "-c", HAND_OVER, str(listener.fileno())]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*starter, *program],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[listener.fileno()],
        )
    try:
        yield Server(process, f"http://127.0.0.1:{listener.getsockname()[1]}", log)
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Replaced:
    """A server that followed another on one socket, and what became of that one's processes."""

    server: Server
    folder: Path
    failed: list[str]
    first: list[int]
    successors: list[int]
    code: int
    survivors: list[int]
    database_files: list[str]


@pytest.fixture(scope="module")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replaced]:
    """A server after a reload and a restart, while visitors sent requests all the time."""
    folder = tmp_path_factory.mktemp("replaced")
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as last:
        visitors = Visitors(f"http://127.0.0.1:{listener.getsockname()[1]}")
        # From the very first: whoever comes before the server is there waits for it.
        with visitors.asking():
            logged = {"FYR_LOG_LEVEL": "info"}
            with activated(folder, listener, "--workers", "2", settings=logged) as server:
                visitors.go_on(server)
                wait_until(lambda: len(server.children("web")) == 2, "no second process")
                former = server.children("web")
                os.kill(server.process.pid, signal.SIGHUP)
                wait_until(lambda: "processes=2" in server.log.read_text(), "never renewed")
                successors = server.children("web")
                visitors.go_on(server)
                server.stop(signal.SIGTERM)
                survivors = [each for each in (*former, *successors) if alive(each)]
                database_files = sorted(each.name for each in (folder / "var").glob("fyr.db*"))
            latest = last.enter_context(activated(folder, listener))
            visitors.go_on(latest)
        code = server.process.returncode
        failed = visitors.failed
        yield Replaced(latest, folder, failed, former, successors, code, survivors, database_files)


def test_no_request_fails_while_processes_are_replaced(replaced: Replaced) -> None:
    assert replaced.failed == []
    assert len(replaced.successors) == 2
    assert set(replaced.first).isdisjoint(replaced.successors)
    assert (replaced.code, replaced.survivors) == (0, [])


def test_a_stopped_installation_is_one_file(replaced: Replaced) -> None:
    assert replaced.database_files == ["fyr.db"]


def test_an_upgrade_that_does_not_start_changes_nothing(replaced: Replaced) -> None:
    server, page = replaced.server, f"{replaced.server.address}/en/"
    former = server.children("web")
    (replaced.folder / ".env").write_text("FYR_PROBE_DAYS=never\n")
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: "not_renewed" in server.log.read_text(), "it was renewed")
    assert "FYR_PROBE_DAYS" in server.log.read_text()
    assert server.children("web") == former
    assert httpx.get(page).status_code == 200


def test_who_comes_while_the_database_is_gone_is_answered_in_their_language(tmp_path: Path) -> None:
    away = {"FYR_DATABASE_URL": "postgresql://fyr@127.0.0.1:9/fyr"}
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        activated(tmp_path, listener, settings=away) as server,
    ):
        answer = httpx.get(f"{server.address}/sv/", timeout=60)
        assert (answer.status_code, answer.headers["content-language"]) == (503, "sv")
        assert httpx.get(f"{server.address}/healthz").status_code == 200
        assert "serve.without_database" in server.log.read_text()
