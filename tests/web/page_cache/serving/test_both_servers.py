"""The page cache protocol and the ASGI middleware send the same bytes."""

import random
import re
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.db.migrate import upgrade
from app.web.page_cache.serving.limited_protocol import LimitedProtocol
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.uvicorn_protocol import (
    UVICORN_SERIES,
    PageCacheProtocol,
    select_http_protocol,
)
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident
from tests.web.page_cache.conftest import installation_with_refresher

ROOT = Path(__file__).resolve().parents[4]
ROUNDS = 600
_BAD = b"Invalid HTTP request received."
_ONE_PACKET = 8000
# These differ between two answers to one request.
_VARYING = re.compile(rb"(?:date|x-request-id): [^\r]+\r\n")


class Way:
    """A server on a port of its own."""

    def __init__(self, middleware: PageCacheMiddleware, protocol: type[HttpToolsProtocol]) -> None:
        config = uvicorn.Config(
            middleware,
            port=0,
            http=protocol,
            lifespan="off",
            server_header=False,
            log_level="critical",
        )
        self.server = uvicorn.Server(config)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def ask(self, *packets: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer = b""
            try:
                for packet in packets:
                    line.sendall(packet)
                while data := line.recv(65536):
                    answer += data
            except ConnectionError:
                pass
        return _VARYING.sub(b"", answer)

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        self._listener.close()


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Way, Way]]:
    folder: Path = tmp_path_factory.mktemp("ways")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with installation_with_refresher(f"sqlite:///{folder / 'fyr.db'}", folder) as watched:
        with watched.installation.writing() as ctx:
            make_incident(ctx)
        middleware = PageCacheMiddleware(watched.installation.app, watched.renderer, https=True)
        both = (Way(middleware, HttpToolsProtocol), Way(middleware, PageCacheProtocol))
        yield both
        for way in both:
            way.close()


TARGETS = [
    *("/", "/en/", "/sv/", "/ar/", "/history", "/en/history", "/en", "/SV/", "/%65n/", "//"),
    *("/?locale=sv", "/?lang=ar&x=1", "/en/?utm=1", "/?locale=%73v", "/?x=#y", "/#x", "/en/#x"),
    *("/en404", "404", "/nothing", "/healthz", "http://h/en/", "http://h/", "*", "/en/?\xff"),
    *("/api/v1/services", "/favicon.ico", "/en/?" + "x" * 3000, "/" + "a" * 9000),
]
METHODS = ["GET"] * 8 + ["HEAD"] * 4 + ["POST", "OPTIONS", "PUT", "BREW", "get"]
VERSIONS = ["HTTP/1.1"] * 12 + ["HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "http/1.1"]
HEADERS = [
    *("Accept-Encoding: br", "Accept-Encoding: gzip;q=0.5, zstd", "accept-encoding: identity"),
    *("Accept-Encoding: *;q=0", "Accept-Language: sv", "Accept-Language: ar;q=0.5, sv;q=0.4"),
    *("ACCEPT-LANGUAGE: \xe5", "If-None-Match: *", 'If-None-Match: "x", W/"y"', "Range: bytes=0-1"),
    *("Connection: keep-alive", "Connection: close", "Connection: close, x", "Cookie: a=b"),
    *("Content-Length: 0", "Content-Length: 5", "Content-Length: x", "Transfer-Encoding: chunked"),
    *("Expect: 100-continue", "Upgrade: h2c", "Connection: upgrade", "Accept: text/plain"),
    *("Upgrade: websocket", "X-Long: " + "x" * 20_000, "Bad Header: x", "X: \x00", ": empty"),
    *(" folded", "Host: evil.example", "X-Forwarded-For: 1.2.3.4", "If-Modified-Since: x"),
]
_LAST = b"GET /en/history HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


def request_of(random_: random.Random) -> bytes:
    target = random_.choice(TARGETS)
    headers = [random_.choice(HEADERS) for _ in range(random_.choice([0, 1, 1, 2, 3, 5]))]
    start = f"{random_.choice(METHODS)} {target} {random_.choice(VERSIONS)}"
    lines = [start, "Host: status.example", *headers, "", ""]
    request = "\r\n".join(lines).encode("latin-1")
    if "Content-Length: 5" in headers:
        request += b"hello"
    if "Transfer-Encoding: chunked" in headers:
        request += b"3\r\nabc\r\n0\r\n\r\n"
    return request


def packets_of(random_: random.Random) -> list[bytes]:
    """Some requests on one connection, the last one closing it, cut anywhere."""
    count = random_.choice([1, 1, 1, 2, 3, 6])
    stream = b"".join(request_of(random_) for _ in range(count)) + _LAST
    if random_.random() < 0.3:
        cut = random_.randrange(1, len(stream))
        return [stream[:cut], stream[cut:]]
    return [stream]


@pytest.mark.parametrize("part", range(4))
def test_both_protocols_send_the_same_bytes_on_generated_connections(
    ways: tuple[Way, Way], part: int
) -> None:
    random_ = random.Random(part)  # the same requests each time
    asgi, protocol = ways
    compared = 0
    for number in range(ROUNDS // 4):
        packets = packets_of(random_)
        expected, answer = asgi.ask(*packets), protocol.ask(*packets)
        if _BAD in expected + answer and (len(packets) > 1 or len(packets[0]) > _ONE_PACKET):
            continue  # uvicorn drops what it has not answered yet, which is a matter of luck
        if answer != expected:
            # A page that was packed anew between the two questions is asked for again.
            expected, answer = asgi.ask(*packets), protocol.ask(*packets)
        assert answer == expected, f"{part}/{number}: {packets!r}"
        compared += 1
    assert compared > ROUNDS // 8


def test_both_protocols_send_the_same_304(ways: tuple[Way, Way]) -> None:
    asgi, protocol = ways
    for coding in ("br", "zstd", "gzip", "identity"):
        first = asgi.ask(
            f"GET /sv/ HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {coding}\r\n\r\n".encode() + _LAST
        )
        etag = re.search(rb'etag: ("[^"]+")', first)
        assert etag is not None
        again = (
            b"GET /sv/ HTTP/1.1\r\nHost: h\r\nAccept-Encoding: "
            + coding.encode()
            + b"\r\nIf-None-Match: "
        )
        packet = again + etag[1] + b"\r\nConnection: close\r\n\r\n"
        answer = protocol.ask(packet)
        assert answer.startswith(b"HTTP/1.1 304 ")
        assert answer == asgi.ask(packet)


def test_both_protocols_close_an_idle_connection_after_the_time_out(ways: tuple[Way, Way]) -> None:
    for way in ways:
        way.server.config.timeout_keep_alive = 1
        assert way.ask(b"GET /en/ HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


def test_pipelined_hits_in_one_packet_are_all_answered(ways: tuple[Way, Way]) -> None:
    packet = b"GET /en/ HTTP/1.1\r\nHost: h\r\nAccept-Encoding: br\r\n\r\n" * 200 + _LAST
    asgi, protocol = (way.ask(packet) for way in ways)
    assert protocol.count(b"HTTP/1.1 200 OK") == 201
    assert protocol == asgi


def test_the_installed_uvicorn_is_of_the_series_that_the_protocol_knows() -> None:
    installed = ".".join(version("uvicorn").split(".")[:2])
    assert installed == UVICORN_SERIES, (
        f"uvicorn {installed} is installed, and PageCacheProtocol was written for "
        f"{UVICORN_SERIES}: compare HttpToolsProtocol of both, then change UVICORN_SERIES"
    )


def test_pyproject_allows_only_the_series_that_the_protocol_knows() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (requirement,) = (
        each for each in pyproject["project"]["dependencies"] if each.startswith("uvicorn")
    )
    major, minor = map(int, UVICORN_SERIES.split("."))
    assert requirement == f"uvicorn[standard]>={UVICORN_SERIES},<{major}.{minor + 1}"


@pytest.mark.parametrize(
    ("setting", "installed", "selected", "logged"),
    [
        ("protocol", f"{UVICORN_SERIES}.0", PageCacheProtocol, "way=protocol"),
        ("asgi", f"{UVICORN_SERIES}.0", LimitedProtocol, "way=asgi why=asked"),
        ("protocol", "9.0.0", "h11", "way=asgi why=unknown_uvicorn"),
        ("asgi", "9.0.0", "h11", "way=asgi why=unknown_uvicorn"),
    ],
)
def test_the_way_in_use_is_logged_and_another_uvicorn_serves_by_asgi(
    setting: str,
    installed: str,
    selected: object,
    logged: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(uvicorn, "__version__", installed)
    with caplog.at_level("INFO", "fyr.front"):
        assert select_http_protocol(setting) == selected
    assert f"front.way {logged} uvicorn={installed}" in caplog.text
