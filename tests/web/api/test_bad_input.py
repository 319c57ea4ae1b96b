"""Odd and hostile requests: each gets a clear refusal, on both databases, and nothing breaks."""

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from tests.cast import Installation

PATH = "/api/v1/incidents"
GOOD: dict[str, Any] = {"title": "T", "body": "B"}


def text_of(**fields: object) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


BODIES = [
    (b"", 400, "invalid_json"),
    (b"{", 400, "invalid_json"),
    (b'{"title": NaN}', 400, "invalid_json"),
    (b'{"title": -Infinity}', 400, "invalid_json"),
    (b'{"title": "T", "body": "B"} {}', 400, "invalid_json"),
    (b'\xef\xbb\xbf{"title": "T", "body": "B"}', 400, "invalid_json"),
    (b'{"title": "T\n", "body": "B"}', 400, "invalid_json"),
    (b'{"title": "\xff", "body": "B"}', 400, "invalid_utf8"),
    ('{"title": "T", "body": "B"}'.encode("utf-16"), 400, "invalid_utf8"),
    (b'{"title": "T", "title": "U", "body": "B"}', 400, "duplicate_key"),
    (b'{"title": "\\ud800", "body": "B"}', 400, "lone_surrogate"),
    (b'{"\\udfff": "T"}', 400, "lone_surrogate"),
    (b"[" * 100_000, 400, "json_too_deep"),
    (b"[" * 100_000 + b"]" * 100_000, 400, "json_too_deep"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, 400, "json_too_deep"),
    (b"[" * 40 + b"]" * 40, 400, "json_too_deep"),
    (b'{"title": ' + b"9" * 5000 + b"}", 400, "number_too_large"),
    (b'{"title": 1e999}', 400, "number_too_large"),
    (b"null", 422, "invalid"),
    (b'"text"', 422, "invalid"),
    (b"[]", 422, "invalid"),
    (gzip.compress(text_of(), mtime=0), 400, "invalid_utf8"),
    (text_of(title=""), 422, "empty_text"),
    (text_of(title="   "), 422, "empty_text"),
    (text_of(title={}), 422, "invalid"),
    (text_of(title={"en": 5}), 422, "invalid"),
    (text_of(title={"en": "T", "EN": "U"}), 422, "language_twice"),
    (text_of(title={"klingon": "T"}), 422, "unknown_language"),
    (text_of(title={"en\x00": "T"}), 422, "unknown_language"),
    (text_of(title={f"a{n}": "T" for n in range(200)}), 422, "invalid"),
    (text_of(title="T" * 256), 422, "text_too_long"),
    (text_of(body="B" * 50_001), 422, "text_too_long"),
    (text_of(title="T\x00"), 422, "control_character"),
    (text_of(title="T\u202e"), 422, "bidi_control"),
    (text_of(title="one\ntwo"), 422, "line_break"),
    (text_of(started_at="0001-01-01T00:00:00Z"), 422, "time_out_of_range"),
    (text_of(started_at="9999-12-31T23:59:59-14:00"), 422, "time_out_of_range"),
    (text_of(started_at="2021-09-30T14:01:00"), 422, "naive_time"),
    (text_of(started_at="2021-09-30"), 422, "invalid"),
    (text_of(started_at="2021-02-30T00:00:00Z"), 422, "invalid"),
    (text_of(started_at=1633010460), 422, "invalid"),
    (text_of(started_at="٢٠٢١-٠٩-٣٠T00:00:00Z"), 422, "invalid"),
    (text_of(publish="yes"), 422, "invalid"),
    (text_of(publish=1), 422, "invalid"),
    (text_of(status="closed"), 422, "invalid"),
    (text_of(services=[{"service": "a\x00", "status": "operational"}]), 422, "invalid_slug"),
    (text_of(services=[{"service": "a" * 9999, "status": "operational"}]), 422, "invalid_slug"),
    (text_of(services=[{"service": "a", "status": "operational"}] * 501), 422, "invalid"),
    (text_of(colour="red"), 422, "invalid"),
]


def test_a_body_that_cannot_be_is_refused_with_its_reason(installation: Installation) -> None:
    for body, status, code in BODIES:
        answer = installation.ben.ask("POST", PATH, content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body[:80]
    assert installation.ben.get(PATH).json()["items"] == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"]
)
def test_a_body_of_another_type_is_refused(sqlite_installation: Installation, kind: str) -> None:
    answer = sqlite_installation.ben.post(PATH, GOOD, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"]
)
def test_json_by_any_of_its_names_is_taken(sqlite_installation: Installation, kind: str) -> None:
    answer = sqlite_installation.ben.post(PATH, GOOD, headers={"Content-Type": kind})
    assert answer.status_code == 201


def test_json_without_a_type_is_taken_for_what_it_is(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.ben.ask("POST", PATH, content=text_of())
    assert answer.status_code == 201


def test_ten_megabytes_are_refused_whether_declared_or_not(
    sqlite_installation: Installation,
) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    for content in (b" " * 10_485_760, unannounced()):
        answer = sqlite_installation.ben.ask("POST", PATH, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_nobody_reads_is_refused_all_the_same(
    sqlite_installation: Installation,
) -> None:
    answer = sqlite_installation.ben.ask(
        "POST", f"{PATH}/zzzzzzzzzzzz/publish", content=b" " * 2_000_000
    )
    assert answer.status_code == 413


ODD_IDS = [
    "%00",
    "zzzzzzzzzzz%00",
    "..%2f..%2fetc",
    "%ff%fe",
    "%F0%9F%92%A5",
    "ZZZZZZZZZZZZ",
    "1",
    "-1",
    "' OR 1=1 --",
    "x" * 60_000,
]


def test_an_id_that_cannot_be_is_not_found(installation: Installation) -> None:
    for odd in ODD_IDS:
        for path in (
            f"/api/v1/incidents/{odd}",
            f"/api/v1/services/{odd}x",
            f"/api/v1/targets/{odd}",
            f"/api/v1/maintenances/{odd}",
            f"/incidents/{odd}",
            f"/services/{odd}x",
        ):
            assert installation.ada.get(path).status_code == 404, path[:60]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=-1", "limit=1e3", f"limit={'9' * 5000}", "limit=%00"),
        *("cursor=%00", "cursor=x", f"cursor={'A' * 65}", "cursor=YmVmb3JlOi0x", "cursor=é"),
        "subject_id=%00",
    ],
)
def test_paging_that_cannot_be_is_refused(sqlite_installation: Installation, query: str) -> None:
    assert sqlite_installation.ada.get(f"/api/v1/audit?{query}").status_code == 422


def test_a_cursor_past_every_id_is_taken(installation: Installation) -> None:
    for path, place in (("targets", b"before:999999999"), ("incidents", b"after:1:999999999")):
        cursor = base64.urlsafe_b64encode(place).decode()
        answer = installation.ada.get(f"/api/v1/{path}?cursor={cursor}")
        assert answer.json() == {"items": [], "next": None}


def test_a_cursor_that_no_column_can_hold_is_refused(installation: Installation) -> None:
    places = (b"before:1", b"after:1:99999999999", b"after:9999999999999999999:1", b"after:1")
    for place in places:
        cursor = base64.urlsafe_b64encode(place).decode()
        answer = installation.ada.get(f"/api/v1/incidents?cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_cursor"), place


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 201, "é"])
def test_an_idempotency_key_that_is_none_is_refused(
    sqlite_installation: Installation, key: str
) -> None:
    answer = sqlite_installation.ben.post(PATH, GOOD, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")


def test_an_authorization_that_is_none_is_refused(sqlite_installation: Installation) -> None:
    for value in ("Bearer", "Bearer ", "bearer \x7f", f"Bearer {'x' * 5000}", "Token abc"):
        answer = sqlite_installation.vera.get(PATH, headers={"Authorization": value})
        assert answer.status_code == 401


@pytest.mark.parametrize("path", [PATH, f"{PATH}/zzzzzzzzzzzz/publish"])
def test_a_body_that_breaks_off_is_no_failure_of_ours(
    sqlite_installation: Installation, path: str
) -> None:
    arriving: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b'{"title": ', "more_body": True},
        {"type": "http.disconnect"},
    ]
    token = sqlite_installation.ben.headers["Authorization"].encode()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"status.example.com"),
            (b"authorization", token),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return arriving.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(sqlite_installation.app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["code"] == "body_incomplete"
