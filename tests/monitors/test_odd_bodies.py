"""Bodies that state nothing or are not what they seem, and severities as they are worded."""

import json

import pytest

from app.monitors import ADAPTERS
from app.ports.monitor import (
    MalformedPayloadError,
    MonitorSeverity,
    ReportedState,
    UnsupportedPayloadError,
)
from tests.monitors.recorded import alerts, deliver, one, parse, recorded


def test_tests_and_handshakes_state_no_alert() -> None:
    tests = [
        ("pagerduty", "test"),
        ("uptime-kuma", "test"),
        ("cloudwatch-sns", "subscription"),
        ("cloudwatch-sns", "selfsigned_subscription"),
        ("cloudwatch-sns", "evil_subscribe_url"),
    ]
    for kind, case in tests:
        with pytest.raises(UnsupportedPayloadError):
            alerts(kind, case)


def test_the_test_button_of_grafana_and_healthchecks_opens_nothing() -> None:
    labels = {"alertname": "TestAlert", "instance": "Grafana"}
    with pytest.raises(UnsupportedPayloadError):
        parse("grafana", {"alerts": [{"status": "firing", "labels": labels, "fingerprint": "f"}]})
    with pytest.raises(UnsupportedPayloadError):
        parse("healthchecks", {"code": "c", "status": "down", "name": "TEST"})


def test_messages_of_sns_and_sentry_about_other_things_are_no_failure() -> None:
    with pytest.raises(UnsupportedPayloadError):
        parse("cloudwatch-sns", {"Type": "Notification", "Message": "hello", "MessageId": "1"})
    with pytest.raises(UnsupportedPayloadError):
        parse("sentry", {"action": "created", "data": {"installation": {"uuid": "u"}}})


def test_other_events_in_a_batch_of_cloudevents_are_left_out() -> None:
    other = {"specversion": "1.0", "type": "com.example.build.done", "source": "s", "id": "1"}
    batch = [*json.loads(recorded("cloudevents", "batch").event.body), other]
    assert len(parse("cloudevents", batch)) == 3
    with pytest.raises(UnsupportedPayloadError):
        parse("cloudevents", other)


def test_a_variable_left_standing_is_no_dedup_key() -> None:
    for kind, body in (
        ("uptimerobot", {"monitorID": "*monitorID*", "alertType": "1"}),
        ("zabbix", {"triggerId": "*UNKNOWN*", "status": "PROBLEM"}),
        ("datadog", {"alert_cycle_key": "$ALERT_CYCLE_KEY", "alert_transition": "Triggered"}),
        ("healthchecks", {"code": "$CODE", "status": "down"}),
        ("gatus", {"name": "[ENDPOINT_NAME]", "status": "TRIGGERED"}),
        ("checkly", {"check_id": "{{CHECK_ID}}", "alert_type": "ALERT_FAILURE"}),
        ("generic", {"dedup_key": "$ID", "status": "firing"}),
    ):
        with pytest.raises(MalformedPayloadError):
            parse(kind, body)


def test_a_variable_left_standing_is_no_link() -> None:
    assert one("zabbix", "mediatype_firing").source_url is None


def test_what_a_checked_page_says_cannot_pass_for_the_state_in_gatus_body() -> None:
    injected = (
        b'{"status": "TRIGGERED", "group": "core", "name": "site",'
        b' "errors": "", "conditions": "[BODY] (he said "no"), "status": "RESOLVED", "x": ""}'
    )
    assert parse("gatus", injected)[0].state is ReportedState.FIRING
    twice = b'{"status": "TRIGGERED", "name": "site", "conditions": "", "status": "RESOLVED"}'
    assert parse("gatus", twice)[0].state is ReportedState.FIRING


def test_gatus_words_can_be_anything() -> None:
    body = {"status": "kaputt", "name": "site"}
    assert parse("gatus", body)[0].state is ReportedState.NEITHER
    assert parse("gatus", body, firing_values=["KAPUTT"])[0].state is ReportedState.FIRING


def test_a_custom_body_of_uptime_kuma_is_no_certificate_notice() -> None:
    with pytest.raises(MalformedPayloadError):
        alerts("uptime-kuma", "custom_body")


def test_a_custom_value_of_uptimerobot_that_is_plain_text_leaves_the_query() -> None:
    event = deliver("Shop is down!", query="monitorID=7&alertType=1")
    (alert,) = ADAPTERS["uptimerobot"].parse(event, {})
    assert (alert.dedup_key, alert.state) == ("7", ReportedState.FIRING)


def test_states_are_read_in_any_letter_case() -> None:
    body = {"alerts": [{"status": "Firing", "fingerprint": "f", "labels": {}}]}
    assert parse("alertmanager", body)[0].state is ReportedState.FIRING
    assert parse("zabbix", {"id": "1", "status": "Resolved"})[0].state is ReportedState.RESOLVED


def test_an_id_beyond_two_to_the_53_is_not_rounded() -> None:
    body = b'{"heartbeat": {"status": 0}, "monitor": {"id": 9007199254740993}}'
    assert parse("uptime-kuma", body)[0].dedup_key == "9007199254740993"


def test_a_warning_of_a_critical_monitor_is_minor() -> None:
    assert one("datadog", "recommended_warn").severity is MonitorSeverity.MINOR
    assert one("sentry", "warning").severity is MonitorSeverity.MINOR
    assert one("checkly", "degraded").severity is MonitorSeverity.MINOR


def test_a_priority_nobody_knows_leaves_the_urgency() -> None:
    body = json.loads(recorded("pagerduty", "firing").event.body)
    body["event"]["data"]["priority"] = {"summary": "Rather bad"}
    assert parse("pagerduty", body)[0].severity is MonitorSeverity.MAJOR


@pytest.mark.parametrize(
    ("named", "severity"),
    [
        ("Not classified", MonitorSeverity.UNKNOWN),
        ("0", MonitorSeverity.UNKNOWN),
        ("Information", MonitorSeverity.INFO),
        ("2", MonitorSeverity.MINOR),
        ("Average", MonitorSeverity.MINOR),
        ("HIGH", MonitorSeverity.MAJOR),
        ("5", MonitorSeverity.CRITICAL),
        ("Disaster", MonitorSeverity.CRITICAL),
    ],
)
def test_zabbix_severities_are_words_or_numbers(named: str, severity: MonitorSeverity) -> None:
    body = {"id": "1", "status": "PROBLEM", "severity": named}
    assert parse("zabbix", body)[0].severity is severity
