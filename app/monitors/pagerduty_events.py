"""PagerDuty's Events API v2, as clients send it. Recipe: docs/monitors/pagerduty-events.md."""

import hashlib
from collections.abc import Mapping, Sequence

from app.payloads.adapter import Sender
from app.payloads.bodies import read_body
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.untrusted import MAX_DESCRIPTION, Reading, as_labels
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    Said,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {"trigger": Said.FIRING, "resolve": Said.RESOLVED, "acknowledge": Said.NEITHER}
_LABELS = ("source", "component", "group", "class", "severity")


def _read(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    if event.path.rstrip("/").endswith("/change/enqueue"):
        raise UnsupportedPayloadError("A change event states no alert.")
    action, given = body.at("event_action").text().casefold(), body.at("dedup_key").key()
    if action not in _STATES:
        raise MalformedPayloadError("event_action must be trigger, acknowledge or resolve.")
    if not given and action != "trigger":
        raise MalformedPayloadError("Only a trigger may come without a dedup_key.")
    payload, said = body.at("payload"), _STATES[action]
    said_at = payload.at("timestamp").instant()
    alert = MonitorAlert(
        dedup_key=dedup_key(given) or _made_key(event),
        said=said,
        title=payload.at("summary").text() or given or "Alert",
        severity=read_severity(payload.at("severity").text()),
        description=_description(payload),
        labels=_labels(payload),
        service=payload.at("component").text() or None,
        source_url=body.at("client_url").url(),
        said_at=said_at,
        # Who keeps no key does not come back to resolve.
        resolves=bool(given),
    )
    return [alert]


def _made_key(event: InboundEvent) -> str:
    """A key for a trigger without one: the same for the same body, so that a retry joins it."""
    return hashlib.sha256(event.body).hexdigest()[:32]


def _labels(payload: Reading) -> dict[str, str]:
    details = payload.at("custom_details").labels()
    return {**details, **as_labels((name, payload.at(name)) for name in _LABELS)}


def _description(payload: Reading) -> str:
    details = payload.at("custom_details")
    return details.text(MAX_DESCRIPTION) or details.at("firing").text(MAX_DESCRIPTION)


ADAPTER = Sender(kind="pagerduty-events", name="PagerDuty Events API v2", read=_read)
