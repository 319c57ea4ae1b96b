"""Visitors are served while a stranger sends what is too large, too slow and too much."""

import json
import os
import resource
import select
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.serving import Server, serving
from tests.e2e.sources import add_source
from tests.e2e.visitors import Visitors
from tests.network import PLAIN

MEGABYTE = 2**20
# Without the limits Python takes half a minute to remove the quotes of such a cookie.
_COOKIE = b'GET /console/login HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: a="'
SILENT, BURST, UPLOADS, STALLED, SIGN_INS, EVENTS = 1100, 600, 50, 50, 20, 200


@pytest.fixture(scope="module", params=["protocol", "asgi"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, str]]:
    """A server, for each way in which requests are answered, and the path of a hook."""
    folder: Path = tmp_path_factory.mktemp("attacked")
    environment = {"FYR_DATA_DIR": str(folder), "FYR_FRONT": request.param, "FYR_HOOK_RATE": "0"}
    source = add_source(folder, "generic", rate_limit=0)
    with serving(folder, "--no-worker", environment=environment) as running:
        yield running, f"/hooks/{source.token}"


@pytest.fixture(scope="module", autouse=True)
def _enough_open_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(server: Server) -> socket.socket:
    port = urlsplit(server.address).port
    assert port is not None
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def send(line: socket.socket, *packets: bytes) -> bytes:
    """What the server answers; it may stop reading, and close, before all is sent."""
    with suppress(ConnectionError):
        for packet in packets:
            line.sendall(packet)
    answer = b""
    with suppress(ConnectionError):
        while data := line.recv(65_536):
            answer += data
    return answer


@contextmanager
def visited(server: Server) -> Iterator[None]:
    """Visitors who are all answered, before, during and after."""
    visitors = Visitors(server.address)
    with visitors.asking():
        visitors.go_on(server)
        yield
        visitors.go_on(server)
    assert visitors.failed == []


def test_heads_without_an_end_are_refused_and_visitors_are_served(
    server: tuple[Server, str],
) -> None:
    running, _ = server
    packet = b"a" * 65_536
    endless = [
        ([b"GET /", *[packet] * 640, b" HTTP/1.1\r\n\r\n"], b"414"),
        ([b"GET / HTTP/1.1\r\nHost: h\r\nX: ", *[packet] * 930, b"\r\n\r\n"], b"431"),
        ([b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 5000 + b"\r\n"], b"431"),
        ([_COOKIE, b"\\" * 60_000, b'"\r\n\r\n'], b"200"),
    ]
    with visited(running):
        for packets, status in endless:
            with connect(running) as line:
                assert send(line, *packets).startswith(b"HTTP/1.1 " + status)


def test_bodies_of_a_megabyte_without_a_token_are_refused_and_visitors_are_served(
    server: tuple[Server, str],
) -> None:
    running, _ = server
    bodies = {
        "/api/v1/incidents": (b'{"a":[' * 150_000, 401),
        "/v2/enqueue": (b'{"a":[' * 150_000, 413),
        "/console/login": (b"&" * MEGABYTE, 413),
    }
    origin = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    with visited(running), httpx.Client(timeout=60, verify=PLAIN) as client:
        for path, (body, status) in bodies.items():
            for _ in range(3):
                url = f"{running.address}{path}"
                assert client.post(url, content=body, headers=origin).status_code == status


def test_1100_silent_connections_do_not_end_service(server: tuple[Server, str]) -> None:
    running, _ = server
    with visited(running), ExitStack() as stack:
        for _ in range(SILENT):
            stack.enter_context(connect(running))
        with httpx.Client(timeout=60, verify=PLAIN) as client:
            assert client.get(f"{running.address}/en/").status_code == 200


def test_a_visitor_who_is_connected_is_served_amid_a_burst_of_requests(
    server: tuple[Server, str],
) -> None:
    running, _ = server
    head = f"Host: {urlsplit(running.address).netloc}\r\n\r\n".encode()
    (web,) = running.children("web")
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(running)) for _ in range(BURST)]
        visitor = stack.enter_context(connect(running))
        visitor.sendall(b"HEAD /en/ HTTP/1.1\r\n" + head)
        assert visitor.recv(65_536).startswith(b"HTTP/1.1 200")  # all are accepted by now
        os.kill(web, signal.SIGSTOP)  # until all have arrived, so that a slow sender is no excuse
        try:
            for line in lines:
                line.sendall(b"GET /nowhere HTTP/1.1\r\n" + head)
            visitor.sendall(b"GET /en/ HTTP/1.1\r\n" + head)
        finally:
            os.kill(web, signal.SIGCONT)
        assert visitor.recv(12) == b"HTTP/1.1 200"
        poll = select.poll()
        for line in lines:
            poll.register(line, select.POLLIN)
        assert len(poll.poll(0)) < BURST * 2 / 3
        assert all(line.recv(12) == b"HTTP/1.1 404" for line in lines)


def test_slow_uploads_stalled_connections_sign_ins_and_a_hook_storm_leave_visitors_served(
    server: tuple[Server, str],
) -> None:
    running, hook = server
    upload = b"POST /console/login HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: same-origin\r\n"
    upload += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
    over = threading.Event()
    with visited(running), ExitStack() as stack:
        uploads = [stack.enter_context(connect(running)) for _ in range(UPLOADS)]
        stalled = [stack.enter_context(connect(running)) for _ in range(STALLED)]
        for line in uploads:
            line.sendall(upload)
        for number, line in enumerate(stalled):
            line.sendall(b"GET /en/ HTTP/1.1\r\nHost: h\r\n"[: number % 28])
        threads = stack.enter_context(ThreadPoolExecutor(SIGN_INS + 5))
        dripping = threads.submit(_drip, uploads, over)
        signing_in = [threads.submit(_sign_in, running) for _ in range(SIGN_INS)]
        storm = [threads.submit(_post_events, running, hook, EVENTS // 4) for _ in range(4)]
        assert {each.result() for each in storm} == {EVENTS // 4}
        # Refused for a wrong password, or because there are too many attempts at once.
        assert {each.result() for each in signing_in} <= {401, 429, 503}
        over.set()
        dripping.result()


def _drip(lines: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(0.2):
        for line in lines:
            with suppress(ConnectionError):
                line.sendall(b"a" * 400)


def _sign_in(server: Server) -> int:
    form = {"email": "ada@example.com", "password": "not the password of anybody"}
    headers = {"Sec-Fetch-Site": "same-origin"}
    url = f"{server.address}/console/login"
    return httpx.post(url, data=form, headers=headers, timeout=60, verify=PLAIN).status_code


def _post_events(server: Server, hook: str, count: int) -> int:
    """How many events were accepted."""
    with httpx.Client(timeout=60, verify=PLAIN) as client:
        statuses = [
            client.post(
                f"{server.address}{hook}",
                content=json.dumps({"dedup_key": str(number), "status": "firing", "title": "t"}),
            ).status_code
            for number in range(count)
        ]
    return statuses.count(202)
