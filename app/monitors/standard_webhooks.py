"""Standard Webhooks, for custom scripts. Recipe: docs/monitors/standard-webhooks.md.

Source: https://github.com/standard-webhooks/standard-webhooks, the specification.
"""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter, read_idempotency_key
from app.payloads.bodies import read_body
from app.payloads.mapping import (
    MAPPING_OPTIONS,
    find_header_names,
    is_test_event,
    map_alerts,
    read_mapped_key,
)
from app.ports.monitor import InboundEvent, MonitorAlert, ReportOrder, UnsupportedPayloadError

__all__ = ["ADAPTER"]

_DEFAULTS = {
    # The request is a single event; a field `alerts` has no special meaning.
    "items": "@",
    "dedup_key": "data.dedup_key || data.deduplication_key || data.id",
    "status": "data.status || data.state || type",
    "title": "data.title || data.summary || data.message || type",
    "severity": "data.severity",
    "service": "data.service",
    "started_at": "data.started_at",
    "ended_at": "data.ended_at",
    "reported_at": "timestamp",
    "url": "data.url",
    "description": "data.description",
    "labels": "merge({type: type}, data.labels || `{}`)",
}


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    if is_test_event(body.at("type").text(), options):
        raise UnsupportedPayloadError("The type of the event says that this is a test.")
    return map_alerts(body, event, options, _DEFAULTS, skip_other_events=True)


ADAPTER = FunctionAdapter(
    kind="standard-webhooks",
    name="Standard Webhooks",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=read_idempotency_key,
    options=MAPPING_OPTIONS,
    read_configured_key=read_mapped_key,
    find_header_names=find_header_names,
    test_body='{"type": "test", "data": {"id": "test", "title": "Test"}}',
)
