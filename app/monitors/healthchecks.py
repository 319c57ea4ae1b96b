"""Healthchecks' webhook integration. Recipe, with body and URL: docs/monitors/healthchecks.md."""

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
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

_STATES = {"down": ReportedState.FIRING, "up": ReportedState.RESOLVED}
_TEST_NAME, _TEST_PINGS = "TEST", "42"


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    # $JSON may be the whole body, the field `check`, or absent.
    check = body.at("check") if body.at("check").is_object else body
    key = dedup_key(body.first("code", "uuid").key() or check.first("uuid", "unique_key").key())
    if not key:
        raise MalformedPayloadError("The payload lacks the check's code.")
    name = body.at("name").text() or check.at("name").text()
    if name == _TEST_NAME and check.at("n_pings").text() in {"", _TEST_PINGS}:
        raise UnsupportedPayloadError("This is Healthchecks' test notification.")
    status = body.at("status").text() or check.at("status").text()
    state = _STATES.get(status.casefold(), ReportedState.NEITHER)
    times = TimeReader(event.received_at)
    reported_at = times.instant(body, "at", "now")
    labels = {**read_tags(_tags(body, check)), **pick(check, {"slug": "slug"}), "check": name}
    alert = MonitorAlert(
        dedup_key=key,
        state=state,
        title=name or key,
        description=check.at("desc").text(MAX_DESCRIPTION),
        labels={label: text for label, text in labels.items() if text},
        service=labels.get("service") or check.at("slug").text() or name or None,
        source_url=check.at("details_url").url(),
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        notes=tuple(times.notes),
    )
    return [alert]


def _tags(body: UntrustedValue, check: UntrustedValue) -> UntrustedValue:
    return body.at("tags") if body.at("tags").text() else check.at("tags")


ADAPTER = FunctionAdapter(
    kind="healthchecks",
    name="Healthchecks",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    test_body='{"code": "test", "status": "down", "name": "TEST"}',
)
