"""What other tools got wrong, each under its name. Source: monitors/README.md section 1."""

import pytest

from app.monitors import ADAPTERS
from app.payloads.prometheus import fingerprint
from app.ports.monitor import (
    MonitorAlert,
    MonitorSeverity,
    ReportedState,
    UnsupportedPayloadError,
)
from tests.monitors.recorded import (
    Recorded,
    alerts,
    all_recorded,
    deliver,
    document,
    one,
    parse,
    recorded,
)

ALARM = {"AlarmName": "a", "AWSAccountId": "1", "Region": "r", "NewStateValue": "ALARM"}


# Only each alert's own status counts.


def test_a_truncated_group_that_says_resolved_ends_only_the_alerts_it_names() -> None:
    stand_in, alert = alerts("alertmanager", "truncated_trap")
    cut_off = alerts("alertmanager", "firing")[1]
    assert alert.state is ReportedState.RESOLVED
    assert alert.dedup_key != cut_off.dedup_key
    assert (stand_in.state, stand_in.is_placeholder, stand_in.service) == (
        ReportedState.FIRING,
        True,
        "checkout",
    )


def test_what_was_cut_off_ends_when_the_whole_group_is_listed_and_resolved() -> None:
    key = alerts("alertmanager", "truncated_firing")[0].dedup_key
    whole = alerts("alertmanager", "resolved")[0]
    assert (whole.dedup_key, whole.state, whole.is_placeholder) == (
        key,
        ReportedState.RESOLVED,
        True,
    )
    for case in ("firing", "partial"):
        assert not any(alert.is_placeholder for alert in alerts("alertmanager", case))


def test_a_mixed_group_says_of_each_alert_what_it_is() -> None:
    state = [ReportedState.RESOLVED, ReportedState.FIRING]
    assert [alert.state for alert in alerts("alertmanager", "partial")] == state
    assert [alert.state for alert in alerts("grafana", "mixed")] == [ReportedState.RESOLVED, *state]


def test_unrelated_alerts_under_one_group_key_stay_apart() -> None:
    first, second = alerts("grafana", "docs_firing")
    assert first.dedup_key != second.dedup_key


def test_an_alert_without_a_fingerprint_gets_the_one_prometheus_would_give() -> None:
    first, second = alerts("alertmanager", "firing")
    assert [fingerprint(alert.labels) for alert in (first, second)] == [
        first.dedup_key,
        second.dedup_key,
    ]
    assert len(one("alertmanager", "v3_firing").dedup_key) == 16


def test_an_end_in_the_year_one_means_not_ended() -> None:
    assert one("alertmanager", "down_firing").ended_at is None


# What makes a later alert the same alert.

PAIRS = [
    ("alertmanager", "down_firing", "down_resolved"),
    ("checkly", "firing", "resolved"),
    ("checkly", "degraded", "degraded_recovery"),
    ("cloudevents", "firing", "resolved"),
    ("cloudwatch-sns", "firing", "resolved"),
    ("cloudwatch-sns", "raw_delivery_firing", "resolved"),
    ("cloudwatch-sns", "eventbridge_firing", "eventbridge_resolved"),
    ("datadog", "recommended_firing", "recommended_resolved"),
    ("datadog", "recommended_firing.form", "recommended_resolved"),
    ("datadog", "default_firing", "default_resolved"),
    ("gatus", "firing", "resolved"),
    ("gatus", "invalid_json_firing", "resolved"),
    ("gatus", "placeholders_firing", "placeholders_resolved"),
    ("gatus", "readme_firing", "readme_resolved"),
    ("generic", "default_firing", "default_resolved.form"),
    ("grafana", "firing", "resolved"),
    ("grafana", "legacy_firing", "legacy_resolved"),
    ("healthchecks", "firing", "resolved"),
    ("healthchecks", "firing.query", "resolved"),
    ("opsgenie", "firing", "resolved"),
    ("pagerduty", "firing", "resolved"),
    ("pagerduty-events", "firing", "resolved"),
    ("sentry", "firing", "resolved"),
    ("sentry", "issue_firing", "issue_resolved"),
    ("standard-webhooks", "firing", "resolved"),
    ("uptime-kuma", "firing", "resolved"),
    ("uptime-kuma", "firing.multipart", "resolved"),
    ("uptime-kuma", "firing.query", "resolved"),
    ("uptimerobot", "default_firing.query", "default_resolved"),
    ("uptimerobot", "firing", "resolved"),
    ("zabbix", "mediatype_firing", "mediatype_resolved"),
    ("zabbix", "firing", "resolved"),
]


@pytest.mark.parametrize(("kind", "firing", "resolved"), PAIRS)
def test_a_resolve_has_the_key_of_what_it_resolves(kind: str, firing: str, resolved: str) -> None:
    begun, ended = one(kind, firing), one(kind, resolved)
    assert begun.dedup_key == ended.dedup_key
    assert (begun.state, ended.state) == (ReportedState.FIRING, ReportedState.RESOLVED)
    assert begun.resolves


def test_two_incidents_of_pagerduty_are_two_alerts() -> None:
    other = one("pagerduty", "resolved_other_incident")
    assert other.dedup_key != one("pagerduty", "firing").dedup_key


def test_the_event_id_in_a_zabbix_link_is_not_the_problems() -> None:
    assert "1052" not in one("zabbix", "firing").dedup_key


def test_datadogs_event_id_is_not_the_alerts() -> None:
    body = {**document("datadog", "recommended_firing"), "id": "new every time"}
    assert parse("datadog", body)[0].dedup_key == one("datadog", "recommended_firing").dedup_key


def test_an_arn_names_an_alarm_where_there_is_one() -> None:
    assert parse("cloudwatch-sns", {**ALARM, "AlarmArn": "arn:aws:x"})[0].dedup_key == "arn:aws:x"


# Neither firing nor resolved.

NEITHER = [
    ("cloudwatch-sns", "insufficient_data"),
    ("datadog", "recommended_nodata"),
    ("pagerduty", "acknowledged"),
    ("pagerduty-events", "acknowledge"),
    ("zabbix", "mediatype_update"),
]


@pytest.mark.parametrize(("kind", "case"), NEITHER)
def test_what_is_neither_firing_nor_resolved_is_said_to_be_neither(kind: str, case: str) -> None:
    assert one(kind, case).state is ReportedState.NEITHER


@pytest.mark.parametrize("status", [2, 3, "PENDING", None])
def test_pending_and_maintenance_of_uptime_kuma_are_neither(status: object) -> None:
    body = {"heartbeat": {"status": status, "monitorID": 1}, "monitor": {"id": 1, "name": "a"}}
    assert parse("uptime-kuma", body)[0].state is ReportedState.NEITHER


def test_a_renotification_fires_again() -> None:
    assert one("datadog", "recommended_renotify").state is ReportedState.FIRING
    assert one("uptime-kuma", "resend_firing").state is ReportedState.FIRING


@pytest.mark.parametrize(
    ("kind", "case", "option"),
    [
        ("datadog", "recommended_nodata", "no_data"),
        ("cloudwatch-sns", "insufficient_data", "insufficient_data"),
    ],
)
def test_a_source_may_say_that_no_data_fires(kind: str, case: str, option: str) -> None:
    adapter, event = ADAPTERS[kind], recorded(kind, case).event
    assert adapter.parse(event, {option: "firing"})[0].state is ReportedState.FIRING
    assert adapter.check_options({option: "perhaps"})[option].code == "unknown_choice"


def test_a_rule_of_grafana_that_could_not_be_evaluated_is_neither_but_its_end_counts() -> None:
    blind = {"labels": {"alertname": "DatasourceNoData", "rulename": "x"}, "fingerprint": "f"}

    def state(status: str, **options: object) -> ReportedState:
        return parse("grafana", {"alerts": [{**blind, "status": status}]}, **options)[0].state

    assert (state("firing"), state("resolved")) == (ReportedState.NEITHER, ReportedState.RESOLVED)
    assert state("firing", no_data="firing") is ReportedState.FIRING


@pytest.mark.parametrize("kind", ["alertmanager", "grafana"])
def test_a_rule_of_grafana_that_is_paused_or_deleted_ends_no_alert_and_says_why(kind: str) -> None:
    def resolved_because(reason: str) -> MonitorAlert:
        annotations = {"grafana_state_reason": reason}
        alert = {"status": "resolved", "fingerprint": "f", "annotations": annotations}
        return parse(kind, {"alerts": [alert]})[0]

    for reason in ("Paused", "RuleDeleted"):
        alert = resolved_because(reason)
        assert alert.state is ReportedState.NEITHER
        assert "no end of the alert" in alert.notes[0]
    for reason in ("Updated", "MissingSeries", "NoData"):
        assert resolved_because(reason).state is ReportedState.RESOLVED


# A severity that people change is reported by an event about the change alone.


@pytest.mark.parametrize(
    ("status", "update", "state"),
    [
        ("PROBLEM", "changed severity from Average to Disaster", ReportedState.FIRING),
        ("PROBLEM", "acknowledged and changed severity from High to Low", ReportedState.FIRING),
        ("RESOLVED", "changed severity from Average to Disaster", ReportedState.NEITHER),
        ("PROBLEM", "acknowledged, commented and closed", ReportedState.NEITHER),
    ],
)
def test_a_severity_that_is_changed_in_zabbix_is_reported(
    status: str, update: str, state: ReportedState
) -> None:
    body = {**document("zabbix", "mediatype_update"), "status": status, "update_action": update}
    assert parse("zabbix", body)[0].state is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("acknowledged", ReportedState.FIRING),
        ("triggered", ReportedState.FIRING),
        ("resolved", ReportedState.NEITHER),
    ],
)
def test_a_priority_that_is_changed_in_pagerduty_is_reported_while_the_incident_is_open(
    status: str, state: ReportedState
) -> None:
    incident = {"id": "Q1", "type": "incident", "status": status, "priority": {"summary": "P1"}}
    (alert,) = parse(
        "pagerduty", {"event": {"event_type": "incident.priority_updated", "data": incident}}
    )
    assert (alert.state, alert.severity) == (state, MonitorSeverity.CRITICAL)


# What never resolves, and must not be ended by something else.

ENDLESS = [
    ("checkly", "ssl", "firing"),
    ("sentry", "event_alert_firing", "issue_firing"),
    ("sentry", "activity_alert_firing", "issue_firing"),
    ("uptime-kuma", "cert_expiry", "firing"),
    ("uptimerobot", "ssl_expiry", "default_firing"),
]


@pytest.mark.parametrize(("kind", "notice", "outage"), ENDLESS)
def test_a_notice_without_an_end_is_marked_and_apart_from_outages(
    kind: str, notice: str, outage: str
) -> None:
    found = one(kind, notice)
    assert (found.state, found.resolves) == (ReportedState.FIRING, False)
    assert found.dedup_key != one(kind, outage).dedup_key


def test_a_certificate_notice_of_uptime_kuma_is_the_same_one_day_later() -> None:
    def key(days: int) -> str:
        text = f"[shop][https://a.example] Server certificate a.example will expire in {days} days"
        return parse("uptime-kuma", {"heartbeat": None, "monitor": None, "msg": text})[0].dedup_key

    assert key(7) == key(1)


def test_an_expiry_of_uptimerobot_that_nobody_heard_of_is_a_notice_too() -> None:
    body = {"monitorID": "1", "alertType": "4", "alertTypeFriendlyName": "Domain expiry"}
    (alert,) = parse("uptimerobot", body)
    assert (alert.dedup_key, alert.resolves) == ("1:type 4", False)


def test_a_trigger_without_a_key_gets_one_that_a_retry_has_too_and_never_resolves() -> None:
    body = {"routing_key": "r", "event_action": "trigger", "payload": {"summary": "Disk full"}}
    first, again = parse("pagerduty-events", body)[0], parse("pagerduty-events", body)[0]
    assert first.dedup_key == again.dedup_key
    assert not first.resolves


# Clocks and orders.


def test_a_failure_of_checkly_that_comes_late_is_older_than_its_recovery() -> None:
    failed, recovered = one("checkly", "firing"), one("checkly", "resolved")
    assert failed.reported_at
    assert recovered.reported_at
    assert failed.reported_at < recovered.reported_at


def test_uptime_kumas_clock_is_utc_and_not_the_local_time_beside_it() -> None:
    reported_at = one("uptime-kuma", "firing").reported_at
    assert reported_at
    assert reported_at.isoformat() == "2023-07-31T18:56:15.374000+00:00"


def test_zabbix_dates_count_only_where_the_zone_is_known() -> None:
    assert one("zabbix", "mediatype_firing").started_at is None
    body = document("zabbix", "mediatype_firing")
    (alert,) = parse("zabbix", body, time_zone="Europe/Riga")
    assert alert.started_at
    assert alert.started_at.isoformat() == "2026-11-23T08:00:00+00:00"


# Which alert, which state, by path.


@pytest.mark.parametrize(
    ("method", "path", "state"),
    [
        ("POST", "/v2/alerts/a%2Fb/close", ReportedState.RESOLVED),
        ("POST", "/api/v2/alerts/a%2Fb/close/", ReportedState.RESOLVED),
        ("DELETE", "/v2/alerts/a%2Fb", ReportedState.RESOLVED),
        ("POST", "/v2/alerts/a%2Fb/acknowledge", ReportedState.NEITHER),
        ("POST", "/v2/alerts/a%2Fb/notes", ReportedState.NEITHER),
    ],
)
def test_opsgenies_path_says_what_is_done_to_which_alert(
    method: str, path: str, state: ReportedState
) -> None:
    event = deliver({"note": "x"}, method=method, path=path)
    (alert,) = ADAPTERS["opsgenie"].parse(event, {})
    assert (alert.dedup_key, alert.state) == ("a/b", state)


def test_asking_opsgenie_for_alerts_states_none() -> None:
    with pytest.raises(UnsupportedPayloadError):
        ADAPTERS["opsgenie"].parse(deliver(method="GET", path="/v2/alerts"), {})


def test_a_heartbeat_of_opsgenie_states_no_alert() -> None:
    with pytest.raises(UnsupportedPayloadError):
        ADAPTERS["opsgenie"].parse(deliver("{}", path="/v2/heartbeats/backup/ping"), {})


# Retries of an event.


def test_events_with_different_content_have_different_keys() -> None:
    def idempotency_key(found: Recorded) -> str | None:
        return ADAPTERS[found.kind].idempotency_key(found.event)

    keyed = [(found, idempotency_key(found)) for found in all_recorded()]
    kinds = {"checkly", "cloudevents", "cloudwatch-sns", "pagerduty", "sentry", "standard-webhooks"}
    assert {found.kind for found, told_id in keyed if told_id} == kinds
    events = [told_id for found, told_id in keyed if found.kind in {"checkly", "pagerduty"}]
    assert len(events) == len(set(events))


def test_a_webhook_id_that_may_name_the_subscription_is_no_idempotency_key() -> None:
    headers = {"x-webhook-id": "always the same"}
    assert ADAPTERS["generic"].idempotency_key(deliver("{}", headers=headers)) is None
    assert ADAPTERS["pagerduty"].idempotency_key(deliver("{}", headers=headers)) is None
