"""PagerDuty's Events API v2, as called by clients. Recipe: docs/monitors/pagerduty-events.md."""

import hashlib
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import clean, dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MAX_TEXT, UntrustedValue, as_labels
from app.payloads.vendor_tests import (
    is_grafana_test,
    is_grafana_test_text,
    is_marked_as_test,
)
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
    "trigger": ReportedState.FIRING,
    "resolve": ReportedState.RESOLVED,
    "acknowledge": ReportedState.NEITHER,
}
# The source in an event of Uptime Kuma's Test button (server/notification-providers/pagerduty.js).
_KUMA_TEST = "Uptime Kuma Test Button"
_LABELS = ("source", "component", "group", "class", "severity")


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    if event.path.rstrip("/").endswith("/change/enqueue"):
        raise UnsupportedPayloadError("A change event states no alert.")
    action, dedup_value = body.at("event_action").text().casefold(), body.at("dedup_key").key()
    if action not in _STATES:
        raise MalformedPayloadError("event_action must be trigger, acknowledge or resolve.")
    if not dedup_value and action != "trigger":
        raise MalformedPayloadError("Only a trigger may come without a dedup_key.")
    payload, state = body.at("payload"), _STATES[action]
    if state is ReportedState.FIRING and _is_test(payload):
        raise UnsupportedPayloadError("This is a test notification.")
    times = TimeReader(event.received_at)
    # "The time at which the emitting tool detected or generated the event": clients that repeat a
    # trigger may repeat the time of the detection, so it does not order reports.
    stated_at = times.instant(payload, "timestamp")
    alert = MonitorAlert(
        dedup_key=dedup_key(dedup_value) or _body_key(event),
        state=state,
        title=payload.at("summary").text() or clean(dedup_value, MAX_TEXT) or "Alert",
        severity=read_severity(payload.at("severity").text()),
        description=_description(payload),
        labels=_labels(payload),
        service=payload.at("component").text() or None,
        source_url=body.at("client_url").url(),
        started_at=stated_at if state is ReportedState.FIRING else None,
        ended_at=stated_at if state is ReportedState.RESOLVED else None,
        # A client that sends no dedup key cannot resolve the alert later.
        resolves=bool(dedup_value),
        notes=tuple(times.notes),
    )
    return [alert]


def _is_test(payload: UntrustedValue) -> bool:
    return (
        payload.at("source").text() == _KUMA_TEST
        or is_marked_as_test(payload.at("summary").text())
        or is_grafana_test(payload.at("custom_details").labels())
        or is_grafana_test_text(payload.at("custom_details", "firing").key())
    )


def _body_key(event: InboundEvent) -> str:
    """Key for a trigger without one: a hash of the body, so that a retry gets an equal key."""
    return hashlib.sha256(event.body).hexdigest()[:32]


def _labels(payload: UntrustedValue) -> dict[str, str]:
    details = payload.at("custom_details").labels()
    return {**details, **as_labels((name, payload.at(name)) for name in _LABELS)}


def _description(payload: UntrustedValue) -> str:
    details = payload.at("custom_details")
    return details.text(MAX_DESCRIPTION) or details.at("firing").text(MAX_DESCRIPTION)


ADAPTER = FunctionAdapter(
    kind="pagerduty-events",
    name="PagerDuty Events API v2",
    parse_payload=_parse,
    order=ReportOrder.ALERT_TIMES,
    test_body=(
        '{"event_action": "acknowledge", "dedup_key": "test", "payload": {"summary": "Test"}}'
    ),
)
