"""PagerDuty V3 webhooks; their incidents become alerts. Recipe: docs/monitors/pagerduty.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import UntrustedValue, as_labels
from app.payloads.vendor_tests import is_marked_as_test
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {
    "incident.triggered": ReportedState.FIRING,
    "incident.reopened": ReportedState.FIRING,
    "incident.unacknowledged": ReportedState.FIRING,
    "incident.resolved": ReportedState.RESOLVED,
}
# A changed priority changes the severity, of an incident that is open: an acknowledged one too.
_PRIORITY_CHANGE = "incident.priority_updated"
_OPEN_STATUSES = {"triggered", "acknowledged"}


def _parse(inbound: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    event = read_body(inbound).at("event")
    what, incident = event.at("event_type").text(), event.at("data")
    if not what:
        raise MalformedPayloadError("The payload holds no event.")
    if not what.startswith("incident.") or incident.at("type").text() not in {"", "incident"}:
        raise UnsupportedPayloadError("The event is a test, or not about an incident's state.")
    key = dedup_key(incident.at("id").key())
    if not key:
        raise MalformedPayloadError("The incident has no id.")
    state = _state(what, incident)
    if is_marked_as_test(incident.at("title").text()) and state is ReportedState.FIRING:
        raise UnsupportedPayloadError("The incident is of a test notification.")
    times = TimeReader(inbound.received_at)
    reported_at = times.instant(event, "occurred_at")
    service = incident.at("service", "summary")
    alert = MonitorAlert(
        dedup_key=key,
        state=state,
        title=incident.at("title").text() or key,
        severity=read_severity(
            incident.at("priority", "summary").text(), incident.at("urgency").text()
        ),
        labels=_labels(event, incident),
        service=service.text() or None,
        source_url=incident.at("html_url").url(),
        # A reopened incident keeps the time at which it was created.
        started_at=reported_at
        if what == "incident.reopened"
        else times.instant(incident, "created_at"),
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        notes=tuple(times.notes),
    )
    return [alert]


def _state(what: str, incident: UntrustedValue) -> ReportedState:
    if what == _PRIORITY_CHANGE and incident.at("status").text() in _OPEN_STATUSES:
        return ReportedState.FIRING
    return _STATES.get(what, ReportedState.NEITHER)


def _labels(event: UntrustedValue, incident: UntrustedValue) -> dict[str, str]:
    return as_labels(
        [
            ("event_type", event.at("event_type")),
            ("service", incident.at("service", "summary")),
            ("service_id", incident.at("service", "id")),
            ("urgency", incident.at("urgency")),
            ("priority", incident.at("priority", "summary")),
        ]
    )


def _read_key(inbound: InboundEvent) -> str | None:
    """The id of the event in the signed body; the header X-Webhook-Id is not signed."""
    event = read_body(inbound).at("event")
    event_id = event.at("id").key()
    return dedup_key(event_id, event.at("data", "id").key()) if event_id else None


ADAPTER = FunctionAdapter(
    kind="pagerduty",
    name="PagerDuty",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=_read_key,
    test_body=(
        '{"event": {"id": "test", "event_type": "pagey.ping", "resource_type": "pagey", "'
        'data": {"type": "ping"}}}'
    ),
)
