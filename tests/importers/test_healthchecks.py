"""Healthchecks: wrong answers, other keys, and what the sample does not have."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.healthchecks import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.servers import Answer, Requests, serve
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "a6c7b0a8a66bed0df66abfdab3c77736861703ee"


def read_all(
    answers: Mapping[str, object],
    *,
    history: bool = True,
    skip_broken: bool = False,
    path: str = "",
    requests: Requests | None = None,
) -> list[ImportItem | ReportEntry]:
    """What the reader yields of a server that gives these answers."""

    def answer(asked: str, _: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        assert headers["x-api-key"] == "test-token-not-secret"
        if asked not in answers:
            return 404, "application/json", b"{}"
        return 200, "application/json", json.dumps(answers[asked]).encode()

    options = ReadOptions(NOW, history=history, skip_broken=skip_broken)
    with serve(answer, requests) as url, tools_for(f"{url}{path}") as tools:
        return list(read(tools, options))


def check(**more: object) -> dict[str, object]:
    return {"name": "Backup", "slug": "backup", "status": "up", "unique_key": KEY, **more}


def project(flips: object, **more: object) -> dict[str, object]:
    return {
        "/api/v3/checks/": {"checks": [check(**more)]},
        f"/api/v3/checks/{KEY}/flips/": flips,
    }


def flip(time: str, up: int) -> dict[str, object]:
    return {"timestamp": f"2026-11-20T{time}:00+00:00", "up": up}


def uptime(found: list[ImportItem | ReportEntry]) -> list[tuple[Any, Any]]:
    return [
        (each.content["from"][11:16], each.content["to"][11:16])
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.UPTIME
    ]


def service(found: list[ImportItem | ReportEntry]) -> Any:  # noqa: ANN401  # JSON
    return next(
        each.content
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SERVICE
    )


def test_without_the_option_for_history_no_flips_are_read() -> None:
    requests = Requests()
    found = read_all(project([]), history=False, requests=requests)
    assert ReportEntry("incomplete.history") in found
    assert list(requests.paths) == ["/api/v3/checks/"]


def test_a_key_that_may_write_gives_the_refs_of_one_that_only_reads() -> None:
    ping = "https://hc-ping.com/31365bce-8da9-4729-8ff3-aaa71d56b712"
    first = service(
        read_all({"/api/v3/checks/": {"checks": [check(unique_key=None, ping_url=ping)]}})
    )
    half = {"checks": [check(unique_key=None, uuid="31365bce-8da9-4729-0000-000000000000")]}
    assert first["ref"] == service(read_all({"/api/v3/checks/": half}))["ref"]
    assert len(first["ref"]) == 40
    assert "31365bce" not in str(first)


def test_the_address_of_an_older_api_is_read_as_it_is() -> None:
    answers = {"/api/v1/checks/": {"checks": [check()]}}
    assert service(read_all(answers, path="/api/v1/"))["slug"] == "backup"


def test_flips_are_sorted_and_repeated_ones_change_nothing() -> None:
    flips = [
        flip("05:00", 1),
        flip("04:00", 0),
        flip("03:00", 0),
        flip("02:00", 1),
        flip("01:00", 1),
    ]
    found = read_all(project(flips))
    assert uptime(found) == [("03:00", "05:00")]
    assert service(found)["known_since"] == "2026-11-20T01:00:00Z"


@pytest.mark.parametrize(
    ("status", "last_ping", "end"),
    [
        ("down", None, "12:00"),
        ("paused", "2026-11-20T02:00:00Z", "02:00"),
        ("paused", None, "01:00"),
    ],
)
def test_a_failure_that_lasts_ends_at_the_last_sign_of_it(
    status: str, last_ping: str | None, end: str
) -> None:
    found = read_all(project([flip("01:00", 0)], status=status, last_ping=last_ping))
    assert ReportEntry("guessed.end", KEY) in found
    assert uptime(found) == [("01:00", end)]


@pytest.mark.parametrize("answer", [[], {"checks": {}}, {"error": "x"}, None])
def test_what_is_no_list_of_checks_is_refused(answer: object) -> None:
    with pytest.raises(InvalidError, match="is it an API of Healthchecks"):
        read_all({"/api/v3/checks/": answer})


def test_a_flip_without_a_time_refuses_its_check_or_leaves_it_out() -> None:
    answers = project([{"timestamp": "soon", "up": 1}])
    with pytest.raises(InvalidError, match="'soon', no time"):
        read_all(answers)
    assert ReportEntry("skipped.broken", KEY) in read_all(answers, skip_broken=True)


def test_odd_values_of_a_check_are_left_out() -> None:
    odd = check(slug="No slug!", desc=7, name=["x"])
    found = read_all({"/api/v3/checks/": {"checks": [odd, 3, check(unique_key="short")]}})
    assert [each.code for each in found if isinstance(each, ReportEntry)] == [
        "skipped.empty",
        "skipped.empty",
    ]
    assert "slug" not in service(read_all(project([], slug="No slug!")))
