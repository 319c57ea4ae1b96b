"""Grafana's webhook contact point, and the notification channel of Grafana 7 and older.

Recipe: docs/monitors/grafana.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.options import choice, one_of
from app.payloads.prometheus import read_group
from app.payloads.sanitize import dedup_key
from app.payloads.untrusted import MAX_DESCRIPTION, UntrustedValue, pick
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

# Alerts with which Grafana reports that a rule could not be evaluated.
_NO_DATA_ALERTS = {"DatasourceNoData", "DatasourceError"}
# "Send Test" of Grafana 7 (createTestEvalContext), with a new random ruleId each time.
_LEGACY_TEST_NAME = "Test notification"
_LEGACY_STATES = {"alerting": ReportedState.FIRING, "ok": ReportedState.RESOLVED}


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    no_data = ReportedState(choice(options, "no_data", ReportedState.NEITHER, *ReportedState))
    if body.at("ruleId") and not body.at("alerts").is_array:
        return [_legacy(body, no_data)]
    return [_apply_no_data(alert, no_data) for alert in read_group(body, event.received_at)]


def _apply_no_data(alert: MonitorAlert, no_data: ReportedState) -> MonitorAlert:
    is_no_data = (
        alert.labels.get("alertname") in _NO_DATA_ALERTS and alert.state is ReportedState.FIRING
    )
    return replace(alert, state=no_data) if is_no_data else alert


def _legacy(body: UntrustedValue, no_data: ReportedState) -> MonitorAlert:
    legacy_state, rule = body.at("state").text().casefold(), body.at("ruleId").key()
    if not rule:
        raise MalformedPayloadError("The payload's ruleId is no id.")
    if body.at("ruleName").text() == _LEGACY_TEST_NAME:
        raise UnsupportedPayloadError("This is Grafana's test notification.")
    return MonitorAlert(
        dedup_key=dedup_key("rule", rule),
        state=no_data
        if legacy_state == "no_data"
        else _LEGACY_STATES.get(legacy_state, ReportedState.NEITHER),
        title=body.first("ruleName", "title").text() or "Alert",
        description=body.at("message").text(MAX_DESCRIPTION),
        labels={**body.at("tags").labels(), **pick(body, {"rule": "ruleName"})},
        service=body.at("tags", "service").text() or None,
        source_url=body.at("ruleUrl").url(),
    )


ADAPTER = FunctionAdapter(
    kind="grafana",
    name="Grafana",
    parse_payload=_parse,
    order=ReportOrder.ALERT_TIMES,
    options={"no_data": one_of(*ReportedState)},
    # 2.5 times the repeat interval of notification policies, which is 4 hours unless set.
    stale_after=timedelta(hours=10),
    test_body=(
        '{"version": "1", "status": "firing", "alerts": [{"status": "firing", "labels": {'
        '"alertname": "TestAlert"}, "startsAt": "2026-11-23T10:00:00Z", "fingerprint": "t'
        'est"}]}'
    ),
)
