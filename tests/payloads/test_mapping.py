"""A sender nobody heard of is connected by configuration alone."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from app.monitors import check_mapping
from app.ports.monitor import (
    MalformedPayloadError,
    MonitorSeverity,
    ReportedState,
    UnsupportedPayloadError,
)
from tests.monitors.recorded import parse

FIRING = {"dedup_key": "disk", "status": "firing"}


def test_usual_names_need_no_mapping() -> None:
    (alert,) = parse("generic", {"fingerprint": "f1", "state": "ALERTING", "summary": "Disk full"})
    assert (alert.dedup_key, alert.state, alert.title) == ("f1", ReportedState.FIRING, "Disk full")


@pytest.mark.parametrize("body", [[FIRING, FIRING], {"alerts": [FIRING, FIRING]}])
def test_a_list_of_alerts_is_found(body: object) -> None:
    assert len(parse("generic", body)) == 2


def test_items_may_stand_anywhere_and_see_what_surrounds_them() -> None:
    body = {"cluster": "eu", "result": {"checks": [{"n": "a", "up": 0}, {"n": "b", "up": 1}]}}
    alerts = parse(
        "generic",
        body,
        items="result.checks",
        dedup_key="join('/', [_root.cluster, n])",
        status="up",
        firing_values=[0],
        resolved_values=["1"],
    )
    assert [(alert.dedup_key, alert.state) for alert in alerts] == [
        ("eu/a", ReportedState.FIRING),
        ("eu/b", ReportedState.RESOLVED),
    ]


def test_items_may_be_plain_texts() -> None:
    alerts = parse(
        "generic", {"down": ["a", "b"]}, items="down", dedup_key="_value", status="'down'"
    )
    assert [alert.dedup_key for alert in alerts] == ["a", "b"]


def test_the_sources_severities_go_before_the_usual_ones() -> None:
    def severity(word: str) -> MonitorSeverity:
        body = {**FIRING, "severity": word}
        return parse("generic", body, severity_values={"Warning": "major", "7": "critical"})[
            0
        ].severity

    assert [severity(word) for word in ("WARNING", "7", "fatal", "odd")] == [
        MonitorSeverity.MAJOR,
        MonitorSeverity.CRITICAL,
        MonitorSeverity.CRITICAL,
        MonitorSeverity.UNKNOWN,
    ]


def test_a_word_nobody_named_says_neither_unless_the_source_says_what() -> None:
    body = {"dedup_key": "a", "status": "wobbling"}
    assert parse("generic", body)[0].state is ReportedState.NEITHER
    assert parse("generic", body, other_values="firing")[0].state is ReportedState.FIRING


def test_usual_words_come_with_their_opposites() -> None:
    pairs = "red green, down up, failed passed, failing passing, offline online, open closed"
    more = "unavailable available, unhealthy healthy, firing resolved, failure success"
    for pair in f"{pairs}, {more}".split(", "):
        states = [parse("generic", {"dedup_key": "a", "status": each}) for each in pair.split()]
        firing, resolved = (one.state for (one,) in states)
        assert (firing, resolved) == (ReportedState.FIRING, ReportedState.RESOLVED), pair


def test_a_word_that_the_source_names_is_not_a_usual_one_too() -> None:
    body = {"dedup_key": "door", "status": "open"}
    assert parse("generic", body, resolved_values=["open"])[0].state is ReportedState.RESOLVED
    assert (
        parse("generic", {**body, "status": "ok"}, firing_values=["OK"])[0].state
        is ReportedState.FIRING
    )


@pytest.mark.parametrize("resolves", [False, "`false`", "paired", "missing"])
def test_a_sender_may_be_said_never_to_resolve(resolves: object) -> None:
    assert not parse("generic", {**FIRING, "paired": False}, resolves=resolves)[0].resolves


def test_times_without_an_offset_are_in_the_sources_zone() -> None:
    body = {**FIRING, "started_at": "2026-11-23 11:00"}
    (alert,) = parse("generic", body, time_zone="Europe/Stockholm")
    assert alert.started_at
    assert alert.started_at.isoformat() == "2026-11-23T10:00:00+00:00"


def test_json_inside_a_text_can_be_read() -> None:
    body = {"Message": '{"dedup_key": "m", "status": "ok"}'}
    (alert,) = parse("generic", body, json_fields=["Message"], items="Message")
    assert (alert.dedup_key, alert.state) == ("m", ReportedState.RESOLVED)


def test_an_alert_without_a_dedup_key_is_refused_and_never_known_by_its_title() -> None:
    with pytest.raises(MalformedPayloadError, match="dedup key"):
        parse("generic", {"status": "firing", "title": "Disk full", "id": "event-1"})


def test_a_request_of_no_alerts_is_no_failure() -> None:
    with pytest.raises(UnsupportedPayloadError):
        parse("generic", {"alerts": []})


def test_more_than_a_thousand_alerts_are_refused() -> None:
    assert len(parse("generic", [FIRING] * 1000)) == 1000
    with pytest.raises(MalformedPayloadError, match="1000"):
        parse("generic", [FIRING] * 1001)


def test_what_is_only_nice_to_know_does_not_cost_the_alert() -> None:
    (alert,) = parse("generic", {**FIRING, "n": 1}, title="join('', n)", labels="keys(n)")
    assert alert.title == "disk"


def test_an_expression_for_the_key_that_fails_is_named() -> None:
    with pytest.raises(MalformedPayloadError, match="dedup_key"):
        parse("generic", FIRING, dedup_key="join('', status)")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"dedup_key": "a."}, "bad_expression"),
        ({"status": "foo("}, "bad_expression"),
        ({"title": 7}, "not_text"),
        ({"firing_values": "down"}, "not_words"),
        ({"firing_values": []}, "not_words"),
        ({"severity_values": {"bad": "awful"}}, "unknown_severity"),
        ({"severity_values": ["bad"]}, "not_a_map"),
        ({"other_values": "perhaps"}, "unknown_choice"),
        ({"time_zone": "Mars/Olympus"}, "unknown_zone"),
        ({"dedupkey": "a"}, "unknown_option"),
    ],
)
def test_a_bad_mapping_is_reported_field_by_field(options: Mapping[str, object], code: str) -> None:
    found = check_mapping({"title": "name", **options})
    assert {name: problem.code for name, problem in found.items()} == dict.fromkeys(options, code)


@pytest.mark.parametrize(
    "options",
    [{"dedup_key": "a."}, {"firing_values": "x"}, {"time_zone": "?"}, {"other_values": "?"}],
)
def test_a_bad_mapping_that_was_stored_is_refused_and_not_guessed(
    options: Mapping[str, object],
) -> None:
    with pytest.raises(MalformedPayloadError, match=next(iter(options))):
        parse("generic", FIRING, **options)


def test_an_option_that_is_empty_is_not_set() -> None:
    options = {"dedup_key": "", "firing_values": None, "time_zone": "", "severity_values": None}
    assert check_mapping(options) == {}
    assert parse("generic", FIRING, **options)[0].dedup_key == "disk"


@pytest.mark.parametrize("name", ["reported_at", "said_at"])
def test_the_time_of_a_report_is_read_under_its_name_and_its_former_one(name: str) -> None:
    (by_field,) = parse("generic", {**FIRING, name: "2026-11-23T01:12:00Z"})
    (by_option,) = parse("generic", {**FIRING, "when": "2026-11-23T01:12:00Z"}, **{name: "when"})
    times = {alert.reported_at for alert in (by_field, by_option)}
    assert times == {datetime(2026, 11, 23, 1, 12, tzinfo=UTC)}
    assert check_mapping({name: "when"}) == {}
