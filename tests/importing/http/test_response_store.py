"""Responses with an entity tag are stored, and requested again only when they changed."""

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.importing.http.response_store import ResponseStore, TaggedResponse
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import SourceResponse
from tests.network import started


class VersionedServer:
    """A server whose resources have one version; records the status of each answer."""

    def __init__(self) -> None:
        self.version = 1
        self.headers: dict[str, str] = {}
        self.statuses: list[int] = []
        self.url = ""

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        tag = f'W/"{self.version}"'
        status = 304 if handler.headers.get("If-None-Match") == tag else 200
        self.statuses.append(status)
        body = b"" if status == 304 else f"body {self.version}".encode()
        handler.send_response(status)
        handler.send_header("ETag", tag)
        handler.send_header("Content-Type", "text/plain; charset=utf-8")
        handler.send_header("Link", '<?page=7>; rel="next"')
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[VersionedServer]:
    versioned = VersionedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            versioned.respond(self)

        def log_message(self, *_: object) -> None: ...

    opened = HTTPServer(("127.0.0.1", 0), Handler)
    with started(opened):
        versioned.url = f"http://127.0.0.1:{opened.server_port}"
        yield versioned


def fetch(
    server: VersionedServer,
    folder: Path,
    *paths: str,
    token: str | None = None,
    keep: bool = False,
    fails: bool = False,
) -> list[SourceResponse]:
    """The responses of one import, which ends with an error when it `fails`."""
    tools = SourceTools(
        server.url,
        Guard((ip_network("127.0.0.0/8"),)),
        token=token,
        responses=ResponseStore(folder, server.url),
        sleep=lambda _: None,
    )
    found = []
    with suppress(ZeroDivisionError), tools:
        found = [tools.get(path, keep=keep) for path in paths or ("/x",)]
        if fails:
            raise ZeroDivisionError
    return found


def test_an_unchanged_response_is_not_sent_again(server: VersionedServer, tmp_path: Path) -> None:
    first = fetch(server, tmp_path)
    assert fetch(server, tmp_path) == first
    assert first == [SourceResponse(200, "text/plain", b"body 1", 7)]
    assert server.statuses == [200, 304]
    server.version = 2
    assert fetch(server, tmp_path)[0].body == b"body 2"
    assert fetch(server, tmp_path)[0].body == b"body 2"
    assert server.statuses == [200, 304, 200, 304]


def test_what_a_token_shows_is_stored_on_request_only(
    server: VersionedServer, tmp_path: Path
) -> None:
    for _ in range(2):
        fetch(server, tmp_path, token="test-token-not-secret")
    assert list(tmp_path.rglob("*")) == []
    for token in ("test-token-not-secret", "test-token-not-secret", "another"):
        fetch(server, tmp_path, token=token, keep=True)
    assert server.statuses == [200, 200, 200, 304, 200]
    stored = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert all("token" not in file.read_text() + str(file.relative_to(tmp_path)) for file in stored)
    assert {file.stat().st_mode & 0o777 for file in stored} == {0o600}


def test_what_must_not_be_stored_is_not(server: VersionedServer, tmp_path: Path) -> None:
    server.headers = {"Cache-Control": "private, No-Store"}
    fetch(server, tmp_path)
    fetch(server, tmp_path)
    assert server.statuses == [200, 200]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\nx", b'["W/\\"1\\"", "t", null, "0"]\nbody'])
def test_a_damaged_file_counts_as_none(
    server: VersionedServer, tmp_path: Path, damage: bytes
) -> None:
    fetch(server, tmp_path)
    (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
    file.write_bytes(damage)
    assert fetch(server, tmp_path)[0].body == b"body 1"
    assert server.statuses == [200, 200]


def test_what_the_last_import_did_not_use_is_deleted(
    server: VersionedServer, tmp_path: Path
) -> None:
    def count() -> int:
        return sum(each.is_file() for each in tmp_path.rglob("*"))

    fetch(server, tmp_path, "/a", "/b")
    fetch(server, tmp_path, "/a", fails=True)
    assert count() == 2
    fetch(server, tmp_path, "/a")
    assert count() == 1


def test_a_large_response_is_not_stored(tmp_path: Path) -> None:
    store = ResponseStore(tmp_path, "source")
    store.save(TaggedResponse("tag", "text/plain", None, b"x" * 8_000_001), "/x")
    store.save(TaggedResponse("t" * 3_000, "text/plain", None, b"x"), "/x")
    assert store.find("/x") is None
    assert list(tmp_path.rglob("*")) == []
