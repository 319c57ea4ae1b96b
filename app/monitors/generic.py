"""Generic webhook, mapped by configuration. Options: docs/monitors/generic.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter, read_idempotency_key
from app.payloads.bodies import read_mapped_body
from app.payloads.mapping import (
    MAPPING_OPTIONS,
    find_header_names,
    map_alerts,
    read_mapped_key,
)
from app.ports.monitor import InboundEvent, MonitorAlert, ReportOrder

__all__ = ["ADAPTER"]


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    return map_alerts(read_mapped_body(event), event, options)


ADAPTER = FunctionAdapter(
    kind="generic",
    name="Generic webhook",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=read_idempotency_key,
    options=MAPPING_OPTIONS,
    read_configured_key=read_mapped_key,
    find_header_names=find_header_names,
    test_body='{"dedup_key": "test", "status": "test", "title": "Test"}',
)
