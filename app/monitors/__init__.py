"""Registry of monitor adapters: one file and one registry line per monitor."""

from collections.abc import Mapping
from types import MappingProxyType

from app.monitors import (
    alertmanager,
    checkly,
    cloudevents,
    cloudwatch_sns,
    datadog,
    gatus,
    generic,
    grafana,
    healthchecks,
    opsgenie,
    pagerduty,
    pagerduty_events,
    sentry,
    standard_webhooks,
    uptime_kuma,
    uptimerobot,
    zabbix,
)
from app.payloads.mapping import check_mapping
from app.ports.monitor import ConfigurableAdapter

__all__ = ["ADAPTERS", "check_mapping"]

ADAPTERS: Mapping[str, ConfigurableAdapter] = MappingProxyType(
    {
        "alertmanager": alertmanager.ADAPTER,
        "checkly": checkly.ADAPTER,
        "cloudevents": cloudevents.ADAPTER,
        "cloudwatch-sns": cloudwatch_sns.ADAPTER,
        "datadog": datadog.ADAPTER,
        "gatus": gatus.ADAPTER,
        "generic": generic.ADAPTER,
        "grafana": grafana.ADAPTER,
        "healthchecks": healthchecks.ADAPTER,
        "opsgenie": opsgenie.ADAPTER,
        "pagerduty": pagerduty.ADAPTER,
        "pagerduty-events": pagerduty_events.ADAPTER,
        "sentry": sentry.ADAPTER,
        "standard-webhooks": standard_webhooks.ADAPTER,
        "uptime-kuma": uptime_kuma.ADAPTER,
        "uptimerobot": uptimerobot.ADAPTER,
        "zabbix": zabbix.ADAPTER,
    }
)
