"""Grouped alerts in the format of Prometheus Alertmanager, which Grafana uses too.

Only the status of each alert is used: a group's status is `resolved` even while an alert that
`max_alerts` truncated still fires. While alerts are truncated, a placeholder alert fires for them,
because their end is not reported. Source: monitors/README.md section 1, finding 5.

No field states the time of a report. `startsAt` is the start of the alert: after Alertmanager ended
an alert that no client repeated for `resolve_timeout`, the alert fires again with that `startsAt`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.payloads.adapter import check_alert_count
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, UntrustedValue
from app.payloads.vendor_tests import is_grafana_test
from app.ports.monitor import (
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    UnsupportedPayloadError,
)

__all__ = ["fingerprint", "read_group"]

_SERVICE_LABELS = ("service", "component", "app")
_STATES = {"firing": ReportedState.FIRING, "resolved": ReportedState.RESOLVED}
# Why Grafana 9 and newer end an alert whose rule is evaluated no longer (StateReasonPaused and
# StateReasonRuleDeleted in pkg/services/ngalert/models). Other reasons are ends: an edited rule
# (`Updated`) may have other labels, and fires again if it must.
_STATE_REASON = "grafana_state_reason"
_NO_ENDS = {"paused": "was paused", "ruledeleted": "was deleted"}

# A test of a receiver has the key RECEIVER-FINGERPRINT-TIME (TestReceivers in grafana/alerting),
# whatever labels were typed; the key of a group starts with the path of its route, such as `{}`.
_TEST_GROUP_KEY = re.compile(r"(?!\{).*-[0-9a-f]{16}-\d{9,11}", re.DOTALL)

# FNV-1a, 64 bits: prometheus/common model/fnv.go and model/signature.go.
_FNV_OFFSET = 14695981039346656037
_FNV_PRIME = 1099511628211
_SEPARATOR = b"\xff"


def read_group(document: UntrustedValue, received_at: datetime) -> Sequence[MonitorAlert]:
    """Parse the alerts of a group that came at `received_at`, and add the placeholder for truncated
    ones.

    Raises MalformedPayloadError without an array of alerts or for an alert without identity,
    UnsupportedPayloadError for an empty group and for a test notification.
    """
    alerts = document.at("alerts")
    if not alerts.is_array:
        raise MalformedPayloadError("The payload has no array of alerts.")
    if not alerts.items():
        raise UnsupportedPayloadError("The group states no alert.")
    listed = [_alert(alert, received_at) for alert in check_alert_count(alerts.items())]
    listed = [alert for alert in listed if not is_grafana_test(alert.labels)]
    if not listed or _TEST_GROUP_KEY.fullmatch(document.at("groupKey").key()):
        raise UnsupportedPayloadError("This is a test notification.")
    return check_alert_count([*_placeholder(document, listed), *listed])


def fingerprint(labels: Mapping[str, str]) -> str:
    """Compute Prometheus' fingerprint of a label set: 16 hexadecimal digits."""
    state = _FNV_OFFSET
    for pair in sorted(labels.items()):
        name, value = (text.encode(errors="surrogatepass") for text in pair)
        for octet in name + _SEPARATOR + value + _SEPARATOR:
            state = (state ^ octet) * _FNV_PRIME % 2**64
    return f"{state:016x}"


def _alert(alert: UntrustedValue, received_at: datetime) -> MonitorAlert:
    labels, annotations = alert.at("labels").labels(), alert.at("annotations")
    state = _STATES.get(alert.at("status").text().casefold(), ReportedState.NEITHER)
    times = TimeReader(received_at)
    withdrawn = _NO_ENDS.get(annotations.at(_STATE_REASON).text().casefold())
    if withdrawn and state is ReportedState.RESOLVED:
        state = ReportedState.NEITHER
        times.notes.append(f"the rule {withdrawn} in Grafana, which is no end of the alert")
    return MonitorAlert(
        dedup_key=_key(alert),
        state=state,
        title=annotations.at("summary").text() or labels.get("alertname", "") or "Alert",
        severity=read_severity(labels.get("severity", "")),
        description=annotations.first("description", "message").text(MAX_DESCRIPTION),
        labels=labels,
        service=_service(labels),
        source_url=alert.at("generatorURL").url(),
        started_at=times.instant(alert, "startsAt"),
        # While an alert fires, endsAt is the time at which it would end without a repetition.
        ended_at=times.instant(alert, "endsAt") if state is ReportedState.RESOLVED else None,
        notes=tuple(times.notes),
    )


def _placeholder(
    document: UntrustedValue, listed: Sequence[MonitorAlert]
) -> Sequence[MonitorAlert]:
    """Placeholder for truncated alerts, with the labels that the listed alerts share.

    It fires from the first truncated event until an event lists all alerts and none fires.
    """
    count, group = document.at("truncatedAlerts").value, document.at("groupKey").key()
    if not isinstance(count, int) or not group:
        return ()
    if count <= 0 and any(alert.state is not ReportedState.RESOLVED for alert in listed):
        return ()
    labels = {**document.at("commonLabels").labels(), **document.at("groupLabels").labels()}
    return [
        MonitorAlert(
            dedup_key=dedup_key("cut off", group),
            state=ReportedState.FIRING if count > 0 else ReportedState.RESOLVED,
            title="Alerts that max_alerts cut off",
            severity=read_severity(labels.get("severity", "")),
            labels=labels,
            service=_service(labels),
            # The newest time in the group, of any alert.
            reported_from=max(
                filter(None, (alert.ended_at or alert.started_at for alert in listed)),
                default=None,
            ),
            is_placeholder=True,
        )
    ]


def _service(labels: Mapping[str, str]) -> str | None:
    return next((labels[name] for name in _SERVICE_LABELS if name in labels), None)


def _key(alert: UntrustedValue) -> str:
    """Fingerprint in the payload, else (Alertmanager before 0.17) computed from the labels.

    It is computed from the labels as sent: `UntrustedValue.labels` limits their number and length.
    """
    if key := dedup_key(alert.at("fingerprint").key()):
        return key
    sent = alert.at("labels").value
    pairs = sent.items() if isinstance(sent, dict) else ()
    labels = {name: value for name, value in pairs if isinstance(value, str) and value}
    if not labels:
        raise MalformedPayloadError("An alert has neither a fingerprint nor labels.")
    return fingerprint(labels)
