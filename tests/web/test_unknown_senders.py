"""Nothing large of a request is read, and nothing is parsed on the event loop, for a stranger."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import Request
from starlette.types import Message

from app.db.migrate import upgrade
from app.domain.permissions import Role
from app.web.api import json_route
from tests.cast import BASE_URL, Installation, open_installation
from tests.console import staff
from tests.databases import Run, copy_sqlite
from tests.web.api.routes import every_route
from tests.web.hooks.samples import listen

ANONYMOUS = 65_536
MEGABYTE = 2**20
PART = 16_384
FORM = "application/x-www-form-urlencoded"
HEADERS = {"host": "status.example.com", "origin": BASE_URL, "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("strangers")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as opened:
        yield opened


@dataclass
class Exchange:
    """One request as an ASGI server passes it on, in parts, and what became of it."""

    read: int = 0
    sent: int = 0
    status: int = 0
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


def send(
    installation: Installation,
    method: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    is_declared: bool = True,
) -> Exchange:
    """Send a request; `read` counts what was read of its body before the response began."""
    exchange = Exchange()
    parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [b""]
    length = {"content-length": str(len(body))} if is_declared else {"transfer-encoding": "chunked"}

    async def receive() -> Message:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        exchange.sent += len(part)
        if not exchange.status:
            exchange.read += len(part)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status, exchange.headers = message["status"], dict(message["headers"])
        else:
            exchange.body += message["body"]

    async def ask() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in {**HEADERS, **length, **headers}.items()
            ],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await installation.app(scope, receive, answer)

    asyncio.run(ask())
    return exchange


def writing_routes(installation: Installation) -> set[tuple[str, str]]:
    """Each method and path that can take a body."""
    found = {
        (method, path)
        for method, path, _ in every_route(installation.app)
        if method not in {"GET", "HEAD", "OPTIONS"}
    }
    assert len(found) > 150
    return found


KINDS = ["application/json", FORM, "multipart/form-data; boundary=x", "text/plain"]


@pytest.mark.parametrize("is_declared", [True, False])
def test_no_route_reads_more_than_64_kb_of_a_stranger(
    installation: Installation, *, is_declared: bool
) -> None:
    for number, (method, path) in enumerate(sorted(writing_routes(installation))):
        headers = {"content-type": KINDS[number % len(KINDS)]}
        exchange = send(
            installation, method, path, b"&" * MEGABYTE, headers, is_declared=is_declared
        )
        assert 400 <= exchange.status < 500, (method, path, exchange.status)
        assert exchange.read <= ANONYMOUS + PART, (method, path, exchange.read)
        assert exchange.headers.get(b"connection") == b"close", (method, path)


def test_the_api_authenticates_by_headers_before_it_reads_anything(
    installation: Installation,
) -> None:
    tokens = ["", "Bearer fyr_made-up", "Bearer ", "Basic YTpi"]
    for number, (method, path) in enumerate(sorted(writing_routes(installation))):
        if path.startswith("/api/v1/"):
            token, kind = tokens[number % len(tokens)], KINDS[number // 4 % len(KINDS)]
            headers = {"authorization": token, "content-type": kind}
            exchange = send(installation, method, path, b'{"a": [' * 9000, headers)
            assert (exchange.status, exchange.code) == (401, "unauthenticated"), (method, path)
            assert exchange.read == 0, (method, path)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"&" * ANONYMOUS),
        (FORM, b"a=%41&" * (ANONYMOUS // 6)),
        (FORM, b"%" * ANONYMOUS),
        ("multipart/form-data; boundary=x", b"--x\r\n" * (ANONYMOUS // 5)),
        ("multipart/form-data; boundary=x", b"--x\r\nA: " + b"\r\nb:" * (ANONYMOUS // 5)),
        ("multipart/form-data; boundary=x;" + "a=b;" * 15_000, b"--x--"),
        ("multipart/form-data; boundary=" + "x" * 60_000, b"--x--"),
        ("multipart/form-data", b"--x--"),
    ],
)
def test_a_form_of_a_stranger_is_refused_as_a_page_whatever_it_is_made_of(
    installation: Installation, kind: str, body: bytes
) -> None:
    exchange = send(installation, "POST", "/console/login", body, {"content-type": kind})
    assert exchange.status in {401, 422}
    assert b"<h1>" in exchange.body


def test_a_form_of_staff_may_be_larger_and_that_of_a_stranger_may_not(
    installation: Installation,
) -> None:
    body = b"language=sv&x=" + b"y" * 200_000
    headers = {"content-type": FORM}
    cookie = {"cookie": staff(installation, Role.VIEWER).headers["Cookie"]}
    path = "/console/account/language"
    assert send(installation, "POST", path, body, {**headers, **cookie}).status == 303
    for stranger in ({}, {"cookie": "__Host-fyr=made-up"}):
        exchange = send(installation, "POST", path, body, {**headers, **stranger})
        assert (exchange.status, b"<h1>" in exchange.body) == (413, True)


def record_threads(patch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[str]:
    """The names of the threads in which this function of a module is called from now on."""
    call, threads = getattr(module, name), []

    def called(*args: object) -> object:
        threads.append(threading.current_thread().name)
        return call(*args)

    patch.setattr(module, name, called)
    return threads


HEAVY = [
    b'{"a": 1, "title": "x", "body": "y", "z": [' + b"0," * 500_000 + b"0]}",
    b'{"title": "' + b"\\u0041" * 170_000 + b'", "body": "y"}',
    b"[" + b"[]," * 300_000 + b"[]]",
    b"{" + b'"a":{},' * 140_000 + b'"b":1}',
    b'{"x":' * 170_000,
    b'"' + b"\\" * (MEGABYTE - 2) + b'"',
]


@pytest.mark.parametrize("body", HEAVY)
def test_json_of_a_known_sender_is_parsed_beside_the_event_loop(
    installation: Installation, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = record_threads(monkeypatch, json_route, "read_json")
    headers = {"authorization": f"Bearer {installation.tokens[Role.VIEWER]}"}
    exchange = send(installation, "POST", "/api/v1/incidents", body[:MEGABYTE], headers)
    assert exchange.status in {400, 403, 422}
    assert threads == ["fyr-parse-known_0"]


def test_a_body_of_more_values_than_any_request_needs_is_refused(
    installation: Installation,
) -> None:
    headers = {"authorization": f"Bearer {installation.tokens[Role.ADMIN]}"}
    for count, status in [(4990, 422), (5100, 400)]:
        for each in (b'"a,[{":"b,"', b'"c":[]'):
            body = b"{" + b",".join([each] * (count // (1 + each.count(b"[]")))) + b"}"
            exchange = send(installation, "POST", "/api/v1/incidents", body, headers)
            # Names that are repeated are found while parsing.
            expected = "too_many_values" if status == 400 else "duplicate_key"
            assert exchange.code == expected, (count, each)


def test_an_error_for_each_of_many_fields_is_made_beside_the_event_loop(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = record_threads(monkeypatch, json_route, "RequestValidationError")
    headers = {"authorization": f"Bearer {installation.tokens[Role.ADMIN]}"}
    body = json.dumps({f"field{number}": number for number in range(4900)}).encode()
    exchange = send(installation, "POST", "/api/v1/incidents", body, headers)
    assert (exchange.status, exchange.code) == (422, "invalid")
    assert len(json.loads(exchange.body)["errors"]) == 20
    assert threads == ["fyr-parse-known_0"]


# -- monitors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["basic", "bearer", "header"])
def test_a_hook_that_is_authenticated_by_headers_reads_no_body_before(
    installation: Installation, auth: str
) -> None:
    options = {"basic": {"username": "m"}, "header": {"header": "X-Secret"}}.get(auth, {})
    mona = listen(installation, auth=auth, auth_options=options)
    exchange = send(installation, "POST", mona.url, b"{" * MEGABYTE, {"x-secret": "wrong"})
    assert (exchange.status, exchange.read) == (401, 0)
    assert b"www-authenticate" in exchange.headers


def test_a_made_up_token_is_answered_before_the_body_is_read(installation: Installation) -> None:
    for path, headers in [
        ("/hooks/made-up", {}),
        ("/v2/alerts", {"authorization": "GenieKey made-up"}),
        ("/v2/alerts", {}),
    ]:
        exchange = send(installation, "POST", path, b"{" * MEGABYTE, headers)
        assert exchange.status in {401, 404}
        assert exchange.read == 0


@pytest.mark.parametrize("is_declared", [True, False])
def test_an_event_with_its_key_in_the_body_may_be_large_once_the_key_is_known(
    installation: Installation, *, is_declared: bool
) -> None:
    mona = listen(installation, kind="pagerduty-events")
    for padding, status, key in [
        (1000, 202, mona.token),
        (400_000, 202, mona.token),
        (400_000, 413, "x" * len(mona.token)),
        (MEGABYTE, 413, mona.token),
    ]:
        event = {
            "routing_key": key,
            "event_action": "trigger",
            "payload": {"summary": "s", "source": "h", "severity": "error"},
            "details": "d" * padding,
        }
        exchange = send(
            installation,
            "POST",
            "/v2/enqueue",
            json.dumps(event).encode(),
            {},
            is_declared=is_declared,
        )
        assert exchange.status == status, (padding, key)
    assert len(mona.events()) == 2


def test_nothing_is_parsed_of_a_body_without_the_key_of_a_source(
    installation: Installation,
) -> None:
    # A parser would refuse each of them as no JSON, which is another message.
    deep = b"[" * 30_000
    for body in (
        deep,
        b'{"routing_key": "' + b"n" * 32 + b'", "x": ' + deep,
        b'{"x": {"routing_key": 7}, "y": ' + deep,
        b'{"routing_key": "\\u12", "routing_key": "\\ud800"',
        b"\xff" * 60_000,
    ):
        exchange = send(installation, "POST", "/v2/enqueue", body, {})
        assert exchange.status == 400
        assert b"'routing_key' is invalid." in exchange.body
    mona = listen(installation, kind="pagerduty-events")
    known = b'{"routing_key": "%s", "x": %s' % (mona.token.encode(), deep)
    exchange = send(installation, "POST", "/v2/enqueue", known, {})
    assert b"The body is no JSON object." in exchange.body


def test_a_key_behind_other_fields_of_that_name_is_found(installation: Installation) -> None:
    mona = listen(installation, kind="pagerduty-events")
    event = {
        "payload": {"custom_details": {"routing_key": "another"}},
        "event_action": "trigger",
        "routing_key": mona.token,
    }
    exchange = send(installation, "POST", "/v2/enqueue", json.dumps(event).encode(), {})
    assert exchange.status == 202


def test_a_key_that_only_a_nested_object_names_is_no_key(installation: Installation) -> None:
    mona = listen(installation, kind="pagerduty-events")
    event = {"details": {"routing_key": mona.token}, "more": "m" * 200_000}
    exchange = send(installation, "POST", "/v2/enqueue", json.dumps(event).encode(), {})
    assert exchange.status == 400
    assert b"'routing_key' is invalid." in exchange.body


# -- cookies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookies",
    [
        'a="' + "\\" * 60_000 + '"',
        '__Host-fyr="' + "\\" * 60_000 + '"',
        "a=b;" * 15_000,
        "__Host-fyr=a;" * 4000,
        ";" * 60_000,
        "__Host-fyr" * 6000,
        ";" + " " * 60_000,
    ],
)
def test_cookies_that_are_not_ours_do_not_reach_the_framework(
    installation: Installation, cookies: str
) -> None:
    exchange = send(installation, "GET", "/healthz", b"", {"cookie": cookies})
    assert exchange.status == 200


def test_our_own_cookies_reach_the_application_beside_those_of_others(
    installation: Installation,
) -> None:
    def seen(request: Request) -> dict[str, str]:
        return dict(request.cookies)

    installation.app.add_api_route("/console/cookies", seen)
    cookies = 'a=b; __Host-fyr=secret_-1; c="d\\"";__Host-fyr-said="YQ=="; fyr=x; xfyr=y; fyrx=z'
    exchange = send(installation, "GET", "/console/cookies", b"", {"cookie": cookies})
    assert json.loads(exchange.body) == {
        "__Host-fyr": "secret_-1",
        "__Host-fyr-said": "YQ==",
        "fyr": "x",
    }


# -- the end of what is not read -------------------------------------------------------------------


def test_what_is_left_of_a_refused_body_is_read_and_thrown_away_after_the_response(
    installation: Installation,
) -> None:
    exchange = send(installation, "POST", "/api/v1/incidents", b"x" * MEGABYTE, {})
    assert (exchange.read, exchange.sent) == (0, MEGABYTE)
    large = send(installation, "POST", "/api/v1/incidents", b"x" * 8 * MEGABYTE, {})
    assert large.status == 413
    assert large.sent <= 4 * MEGABYTE + PART


def test_a_request_that_is_read_to_its_end_keeps_its_connection(
    installation: Installation,
) -> None:
    headers = {"authorization": f"Bearer {installation.tokens[Role.ADMIN]}"}
    body = json.dumps({"name": "A"}).encode()
    exchange = send(installation, "POST", "/api/v1/saved-replies", body, headers)
    assert exchange.status == 422
    assert b"connection" not in exchange.headers
    assert b"connection" not in send(installation, "GET", "/healthz", b"", {}).headers
