"""Which events show that a source is set up, so that it may publish."""

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.errors import ConflictError
from app.monitors import ADAPTERS
from app.usecases.sources.records import SourceChanges
from app.usecases.sources.sources import edit_source, get_source
from tests.usecases.sources.monitoring import SEALER, MonitorDriver

ALERT = {"dedup_key": "cpu", "status": "firing", "service": "payments"}
GRAFANA_TEST = {
    "alerts": [{"status": "firing", "labels": {"alertname": "TestAlert", "instance": "Grafana"}}]
}
ALERT_ID = {"id": "1", "service": "payments"}
CONFIGURED = {
    "detail-type": "CloudWatch Alarm Configuration Change",
    "resources": ["arn:aws:cloudwatch:eu-north-1:1:alarm:a"],
    "detail": {"alarmName": "a", "operation": "delete", "state": {"value": "ALARM"}},
}
WATCHDOG = {
    "alerts": [{"status": "firing", "labels": {"alertname": "Watchdog", "severity": "none"}}]
}
EXPIRY = {"msg": "[payments] Server certificate a.example will expire in 7 days"}


def is_understood(monitoring: MonitorDriver, source: int) -> bool:
    with monitoring.ada() as ctx:
        return get_source(ctx, monitoring.ids[source]).tested


@pytest.mark.parametrize(
    ("kind", "body", "verdict"),
    [
        ("generic", {**ALERT, "status": "pending"}, EventVerdict.NOTHING),
        ("generic", {**ALERT, "service": "ignored"}, EventVerdict.NOTHING),
        ("generic", {"alerts": []}, EventVerdict.NOTHING),
        ("generic", {"status": "firing"}, EventVerdict.MALFORMED),
        ("generic", {**ALERT, "status": "resolved"}, EventVerdict.ALERTS),
        ("grafana", GRAFANA_TEST, EventVerdict.NOTHING),
        ("pagerduty", {"event": {"event_type": "pagey.ping"}}, EventVerdict.NOTHING),
        ("standard-webhooks", {"type": "silence.active", "data": ALERT_ID}, EventVerdict.NOTHING),
        ("standard-webhooks", {"type": "ticket.opened", "data": ALERT_ID}, EventVerdict.NOTHING),
        ("cloudwatch-sns", CONFIGURED, EventVerdict.NOTHING),
        ("alertmanager", WATCHDOG, EventVerdict.ALERTS),
        ("uptime-kuma", EXPIRY, EventVerdict.ALERTS),
    ],
)
def test_an_event_of_no_alert_that_can_be_public_does_not_unlock_publishing(
    monitoring: MonitorDriver, kind: str, body: dict[str, object], verdict: EventVerdict
) -> None:
    monitoring.route(matchers=(("service", "=", "ignored"),), action="ignore")
    source = monitoring.source("New", kind)
    assert monitoring.deliver(body, source=source) is verdict
    assert not is_understood(monitoring, source)
    with monitoring.ada() as ctx, pytest.raises(ConflictError):
        edit_source(ctx, SEALER, monitoring.ids[source], SourceChanges(publish="auto"), ADAPTERS)


def test_an_alert_that_begins_unlocks_publishing(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    source = monitoring_on_each_database.source("New")
    monitoring_on_each_database.deliver(ALERT, source=source)
    assert is_understood(monitoring_on_each_database, source)
    with monitoring_on_each_database.ada() as ctx:
        edited = edit_source(
            ctx,
            SEALER,
            monitoring_on_each_database.ids[source],
            SourceChanges(publish="auto"),
            ADAPTERS,
        )
    assert edited.publish == "auto"


def test_an_outdated_event_does_not_unlock_publishing(monitoring: MonitorDriver) -> None:
    source = monitoring.source("New")
    now = monitoring.clock.now
    monitoring.deliver({**ALERT, "status": "resolved", "said_at": now.isoformat()}, source=source)
    monitoring.clock.forward(minutes=1)
    late = {**ALERT, "said_at": now.replace(hour=1).isoformat()}
    assert monitoring.deliver(late, source=source) is EventVerdict.OUTDATED
    assert not is_understood(monitoring, source)
