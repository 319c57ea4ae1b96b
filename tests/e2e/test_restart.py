"""Nobody notices that processes are replaced: not by a reload, and not by a restart."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.e2e.serving import Server, command, wait_until

# The first three are standard input, output and error; then come the sockets.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
PAGES = ("/en/", "/sv/history", "/healthz")


class Visitors:
    """Three at a time who ask again and again: one stays connected, the others come anew."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self.answered = 0
        self.failed: list[str] = []

    @contextmanager
    def asking(self) -> Iterator[None]:
        with httpx.Client(timeout=60) as stays:
            threads = [threading.Thread(target=self._ask, args=(stays,))]
            threads += [threading.Thread(target=self._ask, args=(None,)) for _ in range(2)]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self._over.set()
                for thread in threads:
                    thread.join(60)

    def go_on(self, server: Server) -> None:
        """Wait until they have been answered some more."""
        enough = self.answered + 20
        wait_until(lambda: self.answered > enough, server.log.read_text())

    def _ask(self, stays: httpx.Client | None) -> None:
        while not self._over.wait(0.01):
            path = PAGES[self.answered % len(PAGES)]
            try:
                status = self._status(stays, f"{self._address}{path}")
            except (httpx.HTTPError, OSError) as error:
                self.failed.append(f"{path}: {error!r}")
                continue
            self.answered += 1
            if status != 200:
                self.failed.append(f"{path}: {status}")

    def _status(self, stays: httpx.Client | None, url: str) -> int:
        if stays is not None:
            return stays.get(url).status_code
        with socket.create_connection(
            ("127.0.0.1", int(url.split(":")[2].split("/", maxsplit=1)[0]))
        ) as line:
            path = url.split("/", 3)[3]
            line.sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            with line.makefile("rb") as answer:
                return int(answer.read().split(b" ", 2)[1])


@contextmanager
def activated(
    folder: Path, listener: socket.socket, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """`fyr serve` on a socket that it is handed over, as systemd does it."""
    given = {"FYR_LOG_LEVEL": "error", **(settings or {})}
    program, environment = command("serve", "--no-worker", environment=given)
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


def test_no_request_fails_while_processes_are_replaced(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as last:
        visitors = Visitors(f"http://127.0.0.1:{listener.getsockname()[1]}")
        # From the very first: whoever comes before the server is there waits for it.
        with visitors.asking():
            with activated(tmp_path, listener) as server:
                visitors.go_on(server)
                (former,) = server.children("web")
                os.kill(server.process.pid, signal.SIGHUP)
                wait_until(lambda: "renewed" in server.log.read_text(), "never renewed")
                assert server.children("web") != [former]
                visitors.go_on(server)
                server.stop(signal.SIGTERM)
                assert server.process.returncode == 0
            visitors.go_on(last.enter_context(activated(tmp_path, listener)))
        assert visitors.failed == []


def test_an_upgrade_that_does_not_start_changes_nothing(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        activated(tmp_path, listener) as server,
    ):
        page = f"{server.address}/en/"
        assert httpx.get(page, timeout=20).status_code == 200, server.log.read_text()
        former = server.children("web")
        (tmp_path / ".env").write_text("FYR_PROBE_DAYS=never\n")
        os.kill(server.process.pid, signal.SIGHUP)
        wait_until(lambda: "not_renewed" in server.log.read_text(), "it was renewed")
        assert "FYR_PROBE_DAYS" in server.log.read_text()
        assert server.children("web") == former
        assert httpx.get(page).status_code == 200


def test_who_comes_while_the_database_is_gone_is_answered_in_their_language(tmp_path: Path) -> None:
    away = {"FYR_DATABASE_URL": "postgresql://fyr@127.0.0.1:9/fyr"}
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        activated(tmp_path, listener, away) as server,
    ):
        answer = httpx.get(f"{server.address}/sv/", timeout=60)
        assert (answer.status_code, answer.headers["content-language"]) == (503, "sv")
        assert httpx.get(f"{server.address}/healthz").status_code == 200
        assert "serve.without_database" in server.log.read_text()
