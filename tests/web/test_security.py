import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from app.db.migrate import upgrade
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite


@pytest.mark.parametrize("path", ["/", "/sv/", "/healthz", "/nothing", "/api/v1/services"])
def test_every_answer_carries_the_security_headers(
    sqlite_url: str, tmp_path: Path, path: str
) -> None:
    with open_installation(sqlite_url, tmp_path) as installation:
        headers = installation.vera.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
    # Nothing inline, and nothing of other hosts.
    assert {source for rule in policy for source in rule.split()[1:]} == {"'none'", "'self'"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An application for tests that only read."""
    folder = tmp_path_factory.mktemp("security")
    file = folder / "fyr.db"
    copy_sqlite(Run.current(), upgrade, file)
    with open_installation(f"sqlite:///{file}", folder) as installation:
        yield installation


def _status(installation: Installation, hosts: list[bytes], **more: object) -> int:
    """The status of a request with these Host headers."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/healthz",
        "raw_path": b"/healthz",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", host) for host in hosts],
        "client": ("192.0.2.1", 1),
        "server": ("192.0.2.2", 443),
        **more,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(installation.app(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b""],
        [b"status.example.com", b"evil.example"],
        [b"status.example.com", b"status.example.com"],
        [b"status.example.com, evil.example"],
        [b"user@status.example.com"],
        [b"status.example.com/x"],
        [b"status.example.com evil"],
        [b"status.example.com:port"],
        [b"status.example.com:443:80"],
        [b"\xe5.example"],
        [b"[::1"],
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/console/login", "/api/v1/services", "/"])
def test_a_duplicate_missing_or_invalid_host_is_400(
    shared: Installation, hosts: list[bytes], path: str
) -> None:
    assert _status(shared, hosts, path=path, raw_path=path.encode()) == 400


@pytest.mark.parametrize(
    "host", [b"status.example.com", b"STATUS.example.com:8000", b"[2001:db8::1]:443", b"127.0.0.1:"]
)
def test_a_host_with_or_without_a_port_is_taken(shared: Installation, host: bytes) -> None:
    assert _status(shared, [host]) == 200


def test_a_request_of_http_1_0_needs_no_host(shared: Installation) -> None:
    # Load balancers check the health of a server in this way.
    assert _status(shared, [], http_version="1.0") == 200
    assert _status(shared, [b"a", b"b"], http_version="1.0") == 400


@pytest.mark.parametrize("path", ["/", "/sv/", "/healthz", "/nothing", "/console/login", "/v2/x"])
def test_an_https_page_demands_https_for_a_year(shared: Installation, path: str) -> None:
    assert shared.vera.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_http_page_does_not_demand_https(sqlite_url: str, tmp_path: Path) -> None:
    url = "http://127.0.0.1:8000"
    with open_installation(sqlite_url, tmp_path, base_url=url) as installation:
        headers = installation.vera.get("/").headers
    assert "Strict-Transport-Security" not in headers
