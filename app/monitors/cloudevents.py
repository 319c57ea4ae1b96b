"""CloudEvents 1.0 over HTTP: structured, batched and binary. Recipe: docs/monitors/cloudevents.md.

Source: the HTTP protocol binding 1.0.2, https://github.com/cloudevents/spec.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import body_text, read_body
from app.payloads.mapping import (
    MAPPING_OPTIONS,
    find_header_names,
    is_test_event,
    map_alerts,
    read_mapped_key,
)
from app.payloads.sanitize import dedup_key
from app.payloads.strict_json import Json, looks_like_json, parse_json
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_DEFAULTS = {
    "dedup_key": (
        "data.dedup_key || data.deduplication_key || subject && join(':', [source, subject])"
    ),
    "status": "data.status || data.state || type",
    "title": "data.title || data.summary || data.message || type",
    "severity": "data.severity",
    "service": "data.service",
    "started_at": "data.started_at",
    "ended_at": "data.ended_at",
    "reported_at": "time",
    "url": "data.url",
    "description": "data.description",
    "labels": "merge({type: type, source: source}, data.labels || `{}`)",
}


def _parse(inbound: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    found = _events(inbound)
    events = [event.value for event in found if not is_test_event(event.at("type").text(), options)]
    if found and not events:
        raise UnsupportedPayloadError("The type of the event says that this is a test.")
    return map_alerts(UntrustedValue(events), inbound, options, _DEFAULTS, skip_other_events=True)


def _read_key(inbound: InboundEvent) -> str | None:
    """An event is identified by source and id, a batch by those of all its events."""
    ids = [(event.at("source").key(), event.at("id").key()) for event in _events(inbound)]
    if not all(source and event_id for source, event_id in ids):
        return None
    if len(ids) == 1:
        return dedup_key(*ids[0])
    written = "\n".join(" ".join(pair) for pair in ids)
    return f"batch:{hashlib.sha256(written.encode(errors='surrogatepass')).hexdigest()}"


def _events(inbound: InboundEvent) -> Sequence[UntrustedValue]:
    if "ce-type" in inbound.headers:
        return [_binary(inbound)]
    document = read_body(inbound)
    if document.is_array and not document.items():
        raise UnsupportedPayloadError("The batch holds no event.")
    events = document.items() or [document]
    return [_structured(event) for event in events]


def _structured(event: UntrustedValue) -> UntrustedValue:
    if not event.at("specversion").text() or not event.at("type").text():
        raise MalformedPayloadError("This is no CloudEvent: it lacks specversion or type.")
    encoded = event.at("data_base64").value
    if not isinstance(event.value, dict) or not isinstance(encoded, str):
        return event
    try:
        data = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise MalformedPayloadError("The event's data_base64 cannot be decoded.") from error
    return UntrustedValue({**event.value, "data": UntrustedValue(data).parsed().value})


def _binary(inbound: InboundEvent) -> UntrustedValue:
    event: dict[str, Json] = {
        name.removeprefix("ce-"): unquote(value, errors="surrogateescape")
        for name, value in inbound.headers.items()
        if name.startswith("ce-")
    }
    text = body_text(inbound)
    return UntrustedValue({**event, "data": parse_json(text) if looks_like_json(text) else text})


ADAPTER = FunctionAdapter(
    kind="cloudevents",
    name="CloudEvents",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=_read_key,
    options=MAPPING_OPTIONS,
    read_configured_key=read_mapped_key,
    find_header_names=find_header_names,
    test_body=(
        '{"specversion": "1.0", "type": "com.example.test", "source": "test", "id": "test'
        '", "data": {"dedup_key": "test", "title": "Test"}}'
    ),
)
