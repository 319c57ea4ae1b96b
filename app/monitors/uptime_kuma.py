"""Uptime Kuma's webhooks: JSON, form-data or GET. Recipe: docs/monitors/uptime-kuma.md."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import clean, dedup_key
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MAX_TEXT, UntrustedValue
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    MonitorSeverity,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

# 2 (pending) and 3 (maintenance) are NEITHER.
_STATES = {"0": ReportedState.FIRING, "1": ReportedState.RESOLVED}

# Example: [shop][https://shop.example.com] Server certificate a.example will expire in 7 days
# Every part matches in only one way, so untrusted text cannot cause backtracking.
_EXPIRY = re.compile(
    r"\[(?P<monitor>[^\]]*)\](?:\[[^\]]*\])? ?(?P<what>.+?) will expire in \d+ days?\b", re.DOTALL
)


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    heartbeat, monitor = body.at("heartbeat"), body.at("monitor")
    if heartbeat.is_object:
        return [_alert(heartbeat, monitor, event.received_at)]
    return [_notice(body)]


def _alert(
    heartbeat: UntrustedValue, monitor: UntrustedValue, received_at: datetime
) -> MonitorAlert:
    key = monitor.at("id").key() or heartbeat.at("monitorID").key()
    if not key:
        raise MalformedPayloadError("The payload names no monitor.")
    state = _STATES.get(heartbeat.at("status").text(), ReportedState.NEITHER)
    # `time` is in UTC without an offset; `localDateTime` is not used.
    times = TimeReader(received_at)
    reported_at = times.instant(heartbeat, "time")
    labels = _labels(monitor)
    return MonitorAlert(
        dedup_key=dedup_key(key),
        state=state,
        title=monitor.at("name").text() or clean(key, MAX_TEXT),
        description=heartbeat.at("msg").text(MAX_DESCRIPTION),
        labels=labels,
        service=labels.get("service") or monitor.at("name").text() or None,
        source_url=monitor.at("url").url(),
        started_at=reported_at if state is ReportedState.FIRING else None,
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        notes=tuple(times.notes),
    )


def _labels(monitor: UntrustedValue) -> dict[str, str]:
    found = {"name": monitor.at("name").text(), "type": monitor.at("type").text()}
    for tag in monitor.at("tags").items():
        found[tag.at("name").text()] = tag.at("value").text() or "true"
    return {name: text for name, text in found.items() if name and text}


def _notice(body: UntrustedValue) -> MonitorAlert:
    """Notice that a certificate or domain expires: a text only, and its end is never reported."""
    text = body.at("msg").text(MAX_DESCRIPTION)
    if not text or body.at("status"):
        raise MalformedPayloadError("A custom body without heartbeat and monitor cannot be read.")
    found = _EXPIRY.match(text)
    if not found:
        raise UnsupportedPayloadError("This is a test, or a notice without a monitor.")
    return MonitorAlert(
        # Without the remaining days, which change.
        dedup_key=dedup_key("notice", found["monitor"], found["what"]),
        state=ReportedState.FIRING,
        title=clean(text, MAX_TEXT),
        severity=MonitorSeverity.MINOR,
        description=text,
        labels={"name": found["monitor"]} if found["monitor"] else {},
        service=found["monitor"] or None,
        resolves=False,
    )


ADAPTER = FunctionAdapter(
    kind="uptime-kuma",
    name="Uptime Kuma",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    test_body='{"heartbeat": null, "monitor": null, "msg": "Testing"}',
)
