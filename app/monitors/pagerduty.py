"""PagerDuty's V3 webhooks: its incidents are our alerts. Recipe: docs/monitors/pagerduty.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import Sender
from app.payloads.bodies import read_body
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.untrusted import Reading, as_labels
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    Said,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {
    "incident.triggered": Said.FIRING,
    "incident.reopened": Said.FIRING,
    "incident.unacknowledged": Said.FIRING,
    "incident.resolved": Said.RESOLVED,
}


def _read(delivery: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    event = read_body(delivery).at("event")
    what, incident = event.at("event_type").text(), event.at("data")
    if not what:
        raise MalformedPayloadError("The payload holds no event.")
    if not what.startswith("incident.") or incident.at("type").text() not in {"", "incident"}:
        raise UnsupportedPayloadError("The event is a test, or not about an incident's state.")
    key = dedup_key(incident.at("id").key())
    if not key:
        raise MalformedPayloadError("The incident has no id.")
    said, said_at = _STATES.get(what, Said.NEITHER), event.at("occurred_at").instant()
    service = incident.at("service", "summary")
    alert = MonitorAlert(
        dedup_key=key,
        said=said,
        title=incident.at("title").text() or key,
        severity=read_severity(
            incident.at("priority", "summary").text(), incident.at("urgency").text()
        ),
        labels=_labels(event, incident),
        service=service.text() or None,
        source_url=incident.at("html_url").url(),
        started_at=incident.at("created_at").instant(),
        ended_at=said_at if said is Said.RESOLVED else None,
        said_at=said_at,
    )
    return [alert]


def _labels(event: Reading, incident: Reading) -> dict[str, str]:
    return as_labels(
        [
            ("event_type", event.at("event_type")),
            ("service", incident.at("service", "summary")),
            ("service_id", incident.at("service", "id")),
            ("urgency", incident.at("urgency")),
            ("priority", incident.at("priority", "summary")),
        ]
    )


def _read_id(delivery: InboundEvent) -> str | None:
    """The event's id stands in the signed body; X-Webhook-Id does not."""
    event = read_body(delivery).at("event")
    event_id = event.at("id").key()
    return dedup_key(event_id, event.at("data", "id").key()) if event_id else None


ADAPTER = Sender(kind="pagerduty", name="PagerDuty", read=_read, read_id=_read_id)
