"""Datadog's webhooks integration. Recipe, with the payload to paste: docs/monitors/datadog.md."""

import re
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.options import choice, one_of
from app.payloads.sanitize import clean, dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MAX_TEXT, UntrustedValue, pick, read_tags
from app.payloads.vendor_tests import is_marked_as_test
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

_FIRING = {"triggered", "re-triggered", "warn", "re-warn", "renotify"}
_NO_DATA = {"no data", "re-no data"}
_LABELS = {
    "monitor": "alert_id",
    "scope": "alert_scope",
    "host": "hostname",
    "priority": "alert_priority",
    "transition": "alert_transition",
}

# Datadog adds this sentence, with a user's address, to the message of a test notification.
_TEST_TEXT = "Test notification triggered by "

# Datadog cuts long titles off; a monitor whose short name ends in dots is left alone.
_CUT_OFF_CHARS = 80

# The title of an event: "[P1] [Triggered on {host:i-1}] Name of the monitor".
_TITLE = re.compile(
    r"(?:\[P\d\]\s*)*\[(?P<state>[A-Za-z -]{2,20}?)(?: on \{(?P<scope>[^}]*)\})?\]\s*"
    r"(?P<name>.*)",
    re.DOTALL,
)


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(event)
    if _is_test(body):
        raise UnsupportedPayloadError("This is a test notification of Datadog.")
    title = _TITLE.fullmatch(body.at("title").key())
    transition = (
        body.at("alert_transition").text() or (title["state"] if title else "")
    ).casefold()
    state = _state(
        transition, ReportedState(choice(options, "no_data", ReportedState.NEITHER, *ReportedState))
    )
    times = TimeReader(event.received_at)
    reported_at = times.instant(body, "date", "last_updated")
    labels = {**read_tags(body.first("tags", "event_tags")), **pick(body, _LABELS)}
    alert = MonitorAlert(
        dedup_key=_key(body, title),
        state=state,
        title=body.at("alert_title").text() or _name(title) or "Alert",
        severity=_severity(body, transition),
        description=body.first("alert_status", "body").text(MAX_DESCRIPTION),
        labels=labels,
        service=labels.get("service"),
        source_url=body.at("link").url(),
        started_at=reported_at if state is ReportedState.FIRING else None,
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        notes=tuple(times.notes),
    )
    return [alert]


def _is_test(body: UntrustedValue) -> bool:
    """Whether the payload is of Test Notifications, which uses the ids of the real monitor."""
    titles = (body.at(name).text() for name in ("title", "alert_title", "event_title"))
    texts = (body.at(name).key() for name in ("alert_status", "body", "text_only_msg", "event_msg"))
    return any(map(is_marked_as_test, titles)) or any(_TEST_TEXT in text for text in texts)


def _name(title: re.Match[str] | None) -> str:
    return clean(title["name"], MAX_TEXT) if title else ""


def _state(transition: str, no_data: ReportedState) -> ReportedState:
    if transition in _NO_DATA:
        return no_data
    if transition == "recovered":
        return ReportedState.RESOLVED
    return ReportedState.FIRING if transition in _FIRING else ReportedState.NEITHER


def _key(body: UntrustedValue, title: re.Match[str] | None) -> str:
    """Alert cycle, else monitor and scope, else the title without its state.

    The id of the event is new each time. Datadog's default payload has only the title.
    """
    if cycle := body.at("alert_cycle_key").key():
        return dedup_key(cycle)
    if monitor := body.at("alert_id").key():
        return dedup_key(monitor, body.at("alert_scope").key())
    if title and title["name"]:
        if len(title["name"]) >= _CUT_OFF_CHARS and title["name"].endswith(("...", "…")):
            raise MalformedPayloadError(
                "The title is cut off and identifies no alert: use the payload of the recipe."
            )
        return dedup_key("title", body.at("org", "id").key(), title["scope"] or "", title["name"])
    raise MalformedPayloadError("The payload has neither alert_cycle_key nor alert_id.")


def _severity(body: UntrustedValue, transition: str) -> MonitorSeverity:
    if transition in {"warn", "re-warn"}:
        return MonitorSeverity.MINOR
    return read_severity(body.at("alert_priority").text(), body.at("alert_type").text())


ADAPTER = FunctionAdapter(
    kind="datadog",
    name="Datadog",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    options={"no_data": one_of(*ReportedState)},
    test_body='{"id": "1", "title": "[TEST] Fyr", "alert_type": "info"}',
)
