"""Prometheus' Alertmanager, `webhook_configs`. Recipe: docs/monitors/alertmanager.md."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.prometheus import read_group
from app.ports.monitor import InboundEvent, MonitorAlert, ReportOrder

__all__ = ["ADAPTER"]


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    return read_group(read_body(event), event.received_at)


ADAPTER = FunctionAdapter(
    kind="alertmanager",
    name="Prometheus Alertmanager",
    parse_payload=_parse,
    order=ReportOrder.ALERT_TIMES,
    # 2.5 times repeat_interval, which is 4 hours unless set.
    stale_after=timedelta(hours=10),
    test_body=(
        '{"version": "4", "status": "firing", "alerts": [{"status": "firing", "labels": {'
        '"alertname": "TestAlert"}, "startsAt": "2026-11-23T10:00:00Z", "fingerprint": "t'
        'est"}]}'
    ),
)
