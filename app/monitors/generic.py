"""Any sender, by configuration alone. The options: docs/monitors/generic.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import Sender, read_delivery_id
from app.payloads.bodies import read_body
from app.payloads.mapping import MAPPING_OPTIONS, map_alerts
from app.ports.monitor import InboundEvent, MonitorAlert

__all__ = ["ADAPTER"]


def _read(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    return map_alerts(read_body(event), event, options)


ADAPTER = Sender(
    kind="generic",
    name="Anything else",
    read=_read,
    read_id=read_delivery_id,
    options=MAPPING_OPTIONS,
)
