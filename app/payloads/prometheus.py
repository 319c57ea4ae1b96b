"""Alerts in groups, as Prometheus' Alertmanager posts them, and Grafana after it.

Only each alert's own status counts: a group's status says `resolved` while an alert that
`max_alerts` cut off still fires. Source: monitors/README.md section 1, finding 5.
"""

from collections.abc import Mapping, Sequence

from app.payloads.limits import limited
from app.payloads.reading import MAX_DESCRIPTION, Reading
from app.payloads.texts import dedup_key
from app.payloads.words import read_severity
from app.ports.monitor import MalformedPayloadError, MonitorAlert, Said, UnsupportedPayloadError

__all__ = ["fingerprint", "read_group"]

_SERVICE_LABELS = ("service", "component", "app")
_STATES = {"firing": Said.FIRING, "resolved": Said.RESOLVED}

# FNV-1a, 64 bits: prometheus/common model/fnv.go and model/signature.go.
_FNV_OFFSET = 14695981039346656037
_FNV_PRIME = 1099511628211
_SEPARATOR = b"\xff"


def read_group(document: Reading) -> Sequence[MonitorAlert]:
    """The alerts of a group, each with its own state.

    Raises MalformedPayloadError where there is no array of alerts or one cannot be told apart,
    UnsupportedPayloadError for a group of none.
    """
    alerts = document.at("alerts")
    if not alerts.is_array:
        raise MalformedPayloadError("The payload has no array of alerts.")
    if not alerts.items():
        raise UnsupportedPayloadError("The group states no alert.")
    return [_alert(alert) for alert in limited(alerts.items())]


def fingerprint(labels: Mapping[str, str]) -> str:
    """The fingerprint Prometheus gives to a set of labels: 16 hexadecimal digits."""
    state = _FNV_OFFSET
    for name, value in sorted(labels.items()):
        for octet in name.encode() + _SEPARATOR + value.encode() + _SEPARATOR:
            state = (state ^ octet) * _FNV_PRIME % 2**64
    return f"{state:016x}"


def _alert(alert: Reading) -> MonitorAlert:
    labels, notes = alert.at("labels").labels(), alert.at("annotations")
    said = _STATES.get(alert.at("status").text().casefold(), Said.NEITHER)
    started_at, ended_at = alert.at("startsAt").instant(), alert.at("endsAt").instant()
    return MonitorAlert(
        dedup_key=_key(alert, labels),
        said=said,
        title=notes.at("summary").text() or labels.get("alertname", "") or "Alert",
        severity=read_severity(labels.get("severity", "")),
        description=notes.first("description", "message").text(MAX_DESCRIPTION),
        labels=labels,
        service=next((labels[name] for name in _SERVICE_LABELS if name in labels), None),
        source_url=alert.at("generatorURL").url(),
        started_at=started_at,
        ended_at=ended_at if said is Said.RESOLVED else None,
        said_at=ended_at if said is Said.RESOLVED else started_at,
    )


def _key(alert: Reading, labels: Mapping[str, str]) -> str:
    """The fingerprint sent, else (Alertmanager before 0.17) the one that its labels have."""
    key = dedup_key(alert.at("fingerprint").key())
    if not key and not labels:
        raise MalformedPayloadError("An alert has neither a fingerprint nor labels.")
    return key or fingerprint(labels)
