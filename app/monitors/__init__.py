"""Who can tell us of alerts: one file per sender, one line each here."""

from collections.abc import Mapping
from types import MappingProxyType

from app.monitors import alertmanager, generic
from app.payloads.mapping import check_mapping
from app.ports.monitor import ConfigurableAdapter

__all__ = ["ADAPTERS", "check_mapping"]

ADAPTERS: Mapping[str, ConfigurableAdapter] = MappingProxyType(
    {
        "alertmanager": alertmanager.ADAPTER,
        "generic": generic.ADAPTER,
    }
)
