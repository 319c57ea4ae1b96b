"""Checkly's webhook alert channel. Recipe: docs/monitors/checkly.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import dedup_key
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, UntrustedValue, pick, read_tags
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    MonitorSeverity,
    ReportedState,
    ReportOrder,
)

__all__ = ["ADAPTER"]

_LABELS = {
    "alert_type": "alert_type",
    "check": "check_name",
    "group": "group_name",
    "check_type": "check_type",
    "location": "run_location",
}


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    key, what = dedup_key(body.at("check_id").key()), body.at("alert_type").text().upper()
    if not key or not what:
        raise MalformedPayloadError("The payload lacks check_id or alert_type.")
    is_notice = what.startswith("ALERT_SSL")
    labels = {**read_tags(body.at("tags")), **pick(body, _LABELS)}
    state = ReportedState.FIRING if is_notice else _state(what)
    # Prefer the time of the check run: the header has the time of sending, which a retry changes.
    times = TimeReader(event.received_at)
    headers = UntrustedValue(dict(event.headers))
    reported_at = times.instant(body, "started_at") or times.instant(headers, "x-checkly-timestamp")
    alert = MonitorAlert(
        # A certificate notice has no recovery, and the recovery of the check must not end it.
        dedup_key=dedup_key(key, "ssl") if is_notice else key,
        state=state,
        title=body.first("event", "check_name").text() or key,
        severity=_severity(what),
        description=_description(body),
        labels=labels,
        service=labels.get("service") or body.at("check_name").text() or None,
        source_url=body.at("link").url(),
        started_at=reported_at if state is ReportedState.FIRING else None,
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        resolves=not is_notice,
        notes=tuple(times.notes),
    )
    return [alert]


def _state(what: str) -> ReportedState:
    if what.endswith("RECOVERY"):
        return ReportedState.RESOLVED
    return (
        ReportedState.FIRING if "FAILURE" in what or "DEGRADED" in what else ReportedState.NEITHER
    )


def _severity(what: str) -> MonitorSeverity:
    """Severity of the new state: the last of FAILURE and DEGRADED in the alert type."""
    if what.startswith("ALERT_SSL"):
        return MonitorSeverity.MINOR
    failed, degraded = what.rfind("FAILURE"), what.rfind("DEGRADED")
    if failed == degraded:
        return MonitorSeverity.UNKNOWN
    return MonitorSeverity.MAJOR if failed > degraded else MonitorSeverity.MINOR


def _description(body: UntrustedValue) -> str:
    if days := body.at("ssl_days_remaining").text():
        return f"{body.at('ssl_check_domain').text()}: {days} d"
    return body.at("check_error_message").text(MAX_DESCRIPTION)


def _read_key(event: InboundEvent) -> str | None:
    body = read_body(event)
    uuid, what = body.at("uuid").key(), body.at("alert_type").text()
    return dedup_key(uuid, what) if uuid else None


ADAPTER = FunctionAdapter(
    kind="checkly",
    name="Checkly",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    read_key=_read_key,
    test_body='{"check_id": "test", "alert_type": "TEST", "check_name": "Test"}',
)
