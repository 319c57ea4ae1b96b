"""The daily quota of stored inbound events: exact, and visible before it is used up."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.db.tables import HookUsageRow
from app.domain.permissions import Role
from app.usecases.context import Ctx
from app.usecases.sources import inbox
from app.usecases.sources.events import replay
from app.usecases.sources.inbox import ReceivedEvent
from app.usecases.sources.quota import HookQuota, all_levels
from app.usecases.sources.sources import required_source
from tests.cast import ADA, Installation, open_installation
from tests.console import staff
from tests.web.hooks.samples import listen

FIRING = json.dumps({"dedup_key": "cpu", "status": "firing", "service": "payments"})
_EVENING = datetime(2026, 11, 30, 23, 59, 30, tzinfo=UTC)


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose sources may store 10,000 bytes a day, and all of them 25,000."""
    with _limited(sqlite_url, tmp_path) as opened:
        yield opened


def _limited(url: str, folder: Path, **more: object) -> AbstractContextManager[Installation]:
    limits = {"hook_source_day_bytes": 10_000, "hook_day_bytes": 25_000, **more}
    return open_installation(url, folder, **limits)


def _usage(ctx: Ctx) -> list[int]:
    return list(ctx.session.exec(select(HookUsageRow.bytes)).all())


def test_a_source_that_used_up_its_quota_is_refused_until_midnight_utc(
    database_url: str, tmp_path: Path
) -> None:
    with _limited(database_url, tmp_path) as installation:
        installation.clock.now = _EVENING
        mona = listen(installation)
        assert [mona.post(b"x" * 4000) for _ in range(3)] == [202, 202, 429]
        answer = installation.vera.ask("POST", mona.url, content=b"x" * 4000)
        assert answer.json()["code"] == "hook_quota_used_up"
        assert answer.headers["retry-after"] == "30"
        assert len(mona.events()) == 2
        installation.clock.forward(seconds=30)
        assert mona.post(b"x" * 4000) == 202


def test_smaller_events_and_those_of_other_sources_still_fit(
    database_url: str, tmp_path: Path
) -> None:
    with _limited(database_url, tmp_path) as installation:
        mona, other = listen(installation), listen(installation)
        assert [mona.post(b"x" * 4000) for _ in range(3)] == [202, 202, 429]
        assert mona.post(FIRING) == 202
        assert other.post(b"x" * 4000) == 202


def test_all_sources_together_have_a_quota(small: Installation) -> None:
    first, second, third = (listen(small) for _ in range(3))
    assert [each.post(b"x" * 9000) for each in (first, second)] == [202, 202]
    assert third.post(b"x" * 9000) == 429
    assert third.post(b"x" * 100) == 202


def test_headers_and_urls_count_and_an_empty_event_takes_room(small: Installation) -> None:
    mona = listen(small)
    assert small.vera.ask("GET", f"{mona.url}?text={'x' * 9000}").status_code == 202
    assert small.vera.ask("GET", f"{mona.url}?text={'x' * 9000}").status_code == 429
    silent = listen(small)
    answers = [silent.post(b"") for _ in range(25)]
    assert answers.count(202) < 20
    assert answers[-1] == 429


def test_a_retry_of_a_stored_event_is_confirmed_when_the_quota_is_used_up(
    database_url: str, tmp_path: Path
) -> None:
    with _limited(database_url, tmp_path) as installation:
        mona = listen(installation)
        body = FIRING + " " * 5000

        def send(key: str) -> tuple[int, object]:
            headers = {"webhook-id": key}
            answer = installation.vera.ask("POST", mona.url, content=body, headers=headers)
            return answer.status_code, answer.json().get("event")

        first = send("a")
        assert first[0] == 202
        assert send("b")[0] == 429
        assert [send("a") for _ in range(3)] == [first] * 3
        # Retries store nothing, so they use nothing of the quota.
        assert mona.post(b"x" * 3000) == 202


@pytest.mark.parametrize("kind", ["pagerduty-events", "opsgenie"])
def test_the_endpoints_of_other_products_have_the_quota(small: Installation, kind: str) -> None:
    mona = listen(small, kind)

    def send() -> int:
        if kind == "opsgenie":
            headers = {"Authorization": f"GenieKey {mona.token}"}
            body = json.dumps({"message": "x" * 6000})
            return small.vera.ask("POST", "/v2/alerts", content=body, headers=headers).status_code
        payload = {"summary": "x" * 6000, "source": "s", "severity": "critical"}
        event = {"routing_key": mona.token, "event_action": "trigger", "payload": payload}
        return small.vera.ask("POST", "/v2/enqueue", content=json.dumps(event)).status_code

    assert [send(), send()] == [202, 429]


def test_no_limit_is_no_limit(sqlite_url: str, tmp_path: Path) -> None:
    with _limited(sqlite_url, tmp_path, hook_source_day_bytes=0, hook_day_bytes=0) as opened:
        mona = listen(opened)
        assert [mona.post(b"x" * 9000) for _ in range(4)] == [202] * 4


def test_parallel_transactions_store_no_more_than_the_quota(
    database_url: str, tmp_path: Path
) -> None:
    with open_installation(database_url, tmp_path) as installation:
        mona, other = listen(installation), listen(installation)
        with installation.reading(ADA) as ctx:
            numbers = [required_source(ctx, each.id).id or 0 for each in (mona, other)]
        quota = HookQuota(source_bytes=20_000, all_bytes=30_000)

        def store(turn: int) -> int:
            event = ReceivedEvent(
                numbers[turn % 2], installation.clock.now, "POST", "", "", {}, b"x" * 488
            )
            with installation.database.writing(ADA) as ctx:
                connection = ctx.session.connection()
                ids = inbox.store_within(connection, ctx.now, [event] * 5, quota)
            return sum(each is not None for each in ids)

        with ThreadPoolExecutor(8) as pool:
            stored = sum(pool.map(store, range(16)))
        with installation.reading(ADA) as ctx:
            total, *levels = all_levels(ctx, quota)
        # Each event counts for 1000 bytes.
        assert stored == 30
        assert total.stored_bytes == 30_000
        assert max(each.stored_bytes for each in levels) <= 20_000


def test_staff_are_warned_at_80_percent(sqlite_url: str, tmp_path: Path) -> None:
    with _limited(sqlite_url, tmp_path) as installation:
        mona = listen(installation)
        ben = staff(installation, Role.EDITOR)
        path, warning = f"/console/sources/{mona.id}", "of the daily quota is used"
        mona.post(b"x" * 7000)
        assert warning not in ben.get(path).text + ben.get("/console/").text
        mona.post(b"x" * 200)
        assert warning in ben.get(path).text
        now = ben.get("/console/").text
        assert warning in now
        assert f'href="{path}"' in now


def test_metrics_have_the_bytes_of_the_day_and_the_limits(sqlite_url: str, tmp_path: Path) -> None:
    with _limited(sqlite_url, tmp_path, metrics_token="w" * 32) as installation:
        mona = listen(installation)
        mona.post(b"x" * 7500)
        bearer = {"Authorization": f"Bearer {'w' * 32}"}
        wording = installation.vera.get("/metrics", headers=bearer).text
    (line,) = [
        each for each in wording.splitlines() if each.startswith("fyr_hook_source_day_bytes{")
    ]
    assert float(line.split()[-1]) >= 8000
    assert f'source="{mona.id}"' in line
    assert "fyr_hook_source_day_limit_bytes 10000" in wording
    assert "fyr_hook_day_limit_bytes 25000" in wording


def test_what_staff_replay_counts_and_is_never_refused(small: Installation) -> None:
    mona = listen(small)
    assert mona.post(b"x" * 9000) == 202
    (event,) = mona.events()
    with small.writing(ADA) as ctx:
        replay(ctx, mona.id, event.id)
    assert len(mona.events()) == 2
    assert mona.post(b"") == 429


def test_the_usage_of_former_days_is_deleted(small: Installation) -> None:
    mona = listen(small)
    mona.post(b"x" * 9000)
    small.clock.forward(days=3)
    with small.writing(ADA) as ctx:
        inbox.delete_expired(ctx, 14)
        assert len(_usage(ctx)) == 1
        inbox.delete_expired(ctx, 2)
        assert _usage(ctx) == []


def test_the_api_shows_how_much_of_its_quota_a_source_has_used(small: Installation) -> None:
    small.clock.now = _EVENING
    mona, other = listen(small), listen(small)
    assert mona.post(b"x" * 4000) == 202
    path = "/api/v1/sources"
    items = small.cy.get(path).json()["items"]
    used = {each["id"]: each["quota"] for each in items}
    assert used == {each: small.cy.get(f"{path}/{each}").json()["quota"] for each in used}
    assert used.keys() == {mona.id, other.id}
    full = used[mona.id]
    assert 4000 < full["stored_bytes"] < 6000
    assert (full["limit_bytes"], full["resets_at"]) == (10_000, "2026-12-01T00:00:00Z")


def test_the_quota_of_the_api_begins_anew_at_midnight_utc(small: Installation) -> None:
    small.clock.now = _EVENING
    mona, other = listen(small), listen(small)
    assert (mona.post(b"x" * 4000), other.post(b"")) == (202, 202)
    small.clock.forward(seconds=30)
    items = small.cy.get("/api/v1/sources").json()["items"]
    assert {each["quota"]["stored_bytes"] for each in items} == {0}
    assert {each["quota"]["resets_at"] for each in items} == {"2026-12-02T00:00:00Z"}


def test_a_quota_without_a_limit_is_null(sqlite_url: str, tmp_path: Path) -> None:
    with _limited(sqlite_url, tmp_path, hook_source_day_bytes=0) as installation:
        made = installation.ada.post("/api/v1/sources", {"kind": "generic", "name": "A"}).json()
        assert made["quota"]["limit_bytes"] is None
        changed = installation.ada.patch(f"/api/v1/sources/{made['id']}", {"name": "B"}).json()
        assert changed["quota"] == made["quota"]
