"""Test deliveries state no alert, for every kind of monitor; real alerts are not taken for them."""

import json
import os
from pathlib import Path

import pytest

from app.monitors import ADAPTERS
from app.ports.monitor import ReportedState, UnsupportedPayloadError
from tests.monitors.recorded import document, parse, recorded_tests

# Senders without a test button, or whose test is not documented: docs/monitors/ says so.
UNKNOWN = {"checkly", "gatus", "uptimerobot"}
CASES = Path(os.environ.get("FYR_CASES", "../shared/cases"))
PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "monitors"


def is_nothing(kind: str, body: object, **options: object) -> bool:
    try:
        found = parse(kind, body, **options)
    except UnsupportedPayloadError:
        return True
    return all(alert.state is ReportedState.NEITHER for alert in found)


def test_every_kind_has_a_recorded_test_or_says_that_none_is_known() -> None:
    assert {found.kind for found in recorded_tests()} == set(ADAPTERS) - UNKNOWN
    for kind in UNKNOWN:
        section = (PAGES / f"{kind}.md").read_text(encoding="utf-8").partition("**Tests**")[2]
        assert "does not document" in section or "no test button" in section


def test_every_recorded_test_states_no_alert() -> None:
    for found in recorded_tests():
        try:
            stated = ADAPTERS[found.kind].parse(found.event, found.options)
        except UnsupportedPayloadError:
            continue
        assert {alert.state for alert in stated} == {ReportedState.NEITHER}, found


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases (FYR_CASES)")
def test_the_reported_test_of_grafana_7_states_no_alert() -> None:
    assert is_nothing("grafana", (CASES / "alerts" / "grafana-legacy-test.json").read_bytes())


def test_a_test_of_grafana_is_recognized_by_one_mark() -> None:
    legacy = document("grafana", "test_legacy")
    assert is_nothing("grafana", {**legacy, "ruleId": 0, "state": "ok"})
    assert not is_nothing("grafana", {**legacy, "ruleName": "Disk full"})
    group = document("grafana", "test")
    renamed = {"alertname": "TestAlert", "instance": "mine"}
    alert = {"status": "firing", "fingerprint": "f", "labels": renamed}
    assert is_nothing("grafana", {**group, "groupKey": "{}", "alerts": [alert]})
    resolved = {**alert, "status": "resolved"}
    assert is_nothing("alertmanager", {**group, "groupKey": "{}", "alerts": [resolved]})


def test_real_alerts_beside_a_test_of_grafana_are_read() -> None:
    group = document("grafana", "test")
    real = {"status": "firing", "fingerprint": "f", "labels": {"alertname": "Down"}}
    tested = [*json.loads(json.dumps(group["alerts"])), real]
    (found,) = parse("grafana", {**group, "groupKey": "{}:{}", "alerts": tested})
    assert found.title == "Down"
    key = '{}/{team="a"}:{host="a-0123456789abcdef-1795428000"}'
    (found,) = parse("grafana", {**group, "groupKey": key, "alerts": [real]})
    assert found.state is ReportedState.FIRING


@pytest.mark.parametrize(
    "changed",
    [
        {"alert_title": "[TEST] Disk full"},
        {"alert_title": "[P2] [TEST] [Warn on {host:a}] Disk full"},
        {"alert_title": "Disk full", "event_title": "[TEST] [Triggered] Disk full"},
        {"alert_title": "Disk full", "text_only_msg": "Test notification triggered by a@b.c."},
        {"alert_title": "[TEST] [No data] Disk full", "alert_transition": "No Data"},
    ],
)
def test_a_test_of_datadog_is_recognized_in_any_of_its_variables(changed: dict[str, str]) -> None:
    body = document("datadog", "recommended_firing")
    assert is_nothing("datadog", {**body, **changed}, no_data="firing")


def test_a_monitor_of_datadog_with_test_in_its_name_is_real() -> None:
    for title in ("[Triggered] [TEST] Disk full", "[P1] [Triggered on {a:b}] [TEST] Disk", "Test"):
        assert not is_nothing("datadog", {"alert_transition": "Triggered", "alert_id": "1"})
        body = {"alert_transition": "Triggered", "alert_id": "1", "alert_title": title}
        assert not is_nothing("datadog", body)


def test_an_incident_of_pagerduty_that_is_called_a_test_later_still_ends() -> None:
    event = document("pagerduty", "resolved")["event"]
    assert isinstance(event, dict)
    event["data"]["title"] = "[TEST] renamed"
    assert parse("pagerduty", {"event": event})[0].state is ReportedState.RESOLVED
    event["event_type"] = "incident.triggered"
    assert is_nothing("pagerduty", {"event": event})


def test_an_alarm_of_cloudwatch_that_was_set_by_hand_for_a_test_opens_nothing() -> None:
    raw = document("cloudwatch-sns", "raw_delivery_firing")
    for reason in (
        *("test", "Testing purposes", '"TEST"', "Tested by Ada", "This is a test"),
        *("Just a manual test", "Triggered manually for testing", "for testing", "Alarm test"),
    ):
        assert is_nothing("cloudwatch-sns", {**raw, "NewStateReason": reason})
    event = document("cloudwatch-sns", "eventbridge_firing")
    detail = event["detail"]
    assert isinstance(detail, dict)
    by_hand = {**detail, "state": {**detail["state"], "reason": "testing"}}
    assert is_nothing("cloudwatch-sns", {**event, "detail": by_hand})
    for reason in (
        *("Threshold Crossed: test", "Testimony missing", "by hand", "Smoke tests failed"),
        *("Tests failed on web-1", "The test has failed", "The latest deployment broke the shop"),
    ):
        assert not is_nothing("cloudwatch-sns", {**raw, "NewStateReason": reason})


@pytest.mark.parametrize("kind", ["cloudevents", "standard-webhooks"])
def test_an_event_whose_type_ends_with_test_opens_nothing_whatever_state_it_has(kind: str) -> None:
    for event_type in ("alert.test", "com.example.PING", "test"):
        data = {"dedup_key": "a", "id": "a", "status": "firing"}
        event = {"specversion": "1.0", "type": event_type, "source": "s", "id": "1", "data": data}
        assert is_nothing(kind, event)
        assert not is_nothing(kind, {**event, "type": "alert.tested"})
        assert not is_nothing(kind, event, firing_values=["firing", event_type])


def test_the_word_test_is_a_state_only_where_the_source_says_so() -> None:
    for word in ("test", "TESTING", "Ping", "alert.test"):
        body = {"dedup_key": "a", "status": word}
        assert is_nothing("generic", body, other_values="firing")
    body = {"dedup_key": "a", "status": "test"}
    assert not is_nothing("generic", body, firing_values=["test"])


def test_a_real_check_named_test_fires() -> None:
    body = {"code": "c", "status": "down", "name": "TEST", "check": {"n_pings": 7}}
    assert not is_nothing("healthchecks", body)
