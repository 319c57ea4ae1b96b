"""Zabbix, by a webhook media type. Recipe, with the script to paste: docs/monitors/zabbix.md."""

import re
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.options import check_time_zone, zone
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, UntrustedValue, as_labels, pick
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

_STATES = {
    "problem": ReportedState.FIRING,
    "1": ReportedState.FIRING,
    "resolved": ReportedState.RESOLVED,
    "ok": ReportedState.RESOLVED,
    "0": ReportedState.RESOLVED,
}
# EVENT.NSEVERITY, from 0 "not classified" to 5 "disaster".
_SEVERITY_NUMBERS = {
    "1": MonitorSeverity.INFO,
    "2": MonitorSeverity.MINOR,
    "3": MonitorSeverity.MINOR,
    "4": MonitorSeverity.MAJOR,
    "5": MonitorSeverity.CRITICAL,
}
_SEVERITY_WORDS = {"disaster": MonitorSeverity.CRITICAL, "not classified": MonitorSeverity.UNKNOWN}
# The Test form of a media type sends parameters as they are written.
_TEST_IDS = frozenset({"{EVENT.ID}", "{ALERT.ID}"})
# Part of EVENT.UPDATE.ACTION after someone changed the severity (get_problem_update_actions in
# src/libs/zbxmacros): "acknowledged and changed severity from Average to Disaster".
_SEVERITY_CHANGE = "changed severity from"
_TRIGGER_IN_LINK = re.compile(r"[?&]triggerid=(\d+)", re.ASCII)


def _parse(inbound: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = read_body(inbound)
    if _is_test(body):
        raise UnsupportedPayloadError("This is a test of the media type: no macro was replaced.")
    state = _state(body)
    # Zabbix writes dates in the server's zone, without an offset.
    times = TimeReader(inbound.received_at, zone(options, "time_zone", None), has_own_zone=True)
    reported = times.report_time(body, "sent_at", "now")
    started_at = times.instant(body, "started_at", "lastReceived")
    ended_at = times.instant(body, "ended_at")
    labels = _labels(body)
    alert = MonitorAlert(
        dedup_key=_key(body),
        state=state,
        title=body.first("name", "trigger", "subject").text() or "Problem",
        severity=_severity(body.at("severity").text()),
        description=body.first("description", "message", "item").text(MAX_DESCRIPTION),
        labels=labels,
        service=labels.get("service") or body.at("service").text() or None,
        source_url=body.first("url", "link").url(),
        started_at=started_at,
        ended_at=ended_at if state is ReportedState.RESOLVED else None,
        reported_at=reported.at,
        reported_from=reported.earliest,
        notes=tuple(times.notes),
    )
    return [alert]


def _is_test(body: UntrustedValue) -> bool:
    """Whether EVENT.ID, which every message of an action has, stands there unreplaced."""
    names = ("id", "event_id", "eventid")
    return any(str(body.at(name).value).strip() in _TEST_IDS for name in names)


def _state(body: UntrustedValue) -> ReportedState:
    state = _STATES.get(body.first("status", "value").text().casefold(), ReportedState.NEITHER)
    # An acknowledgement or comment repeats PROBLEM without changing anything.
    if update := body.at("update_action").text(MAX_DESCRIPTION):
        is_change = _SEVERITY_CHANGE in update and state is ReportedState.FIRING
        return state if is_change else ReportedState.NEITHER
    return state


def _key(body: UntrustedValue) -> str:
    """EVENT.ID, which is that of the problem in all messages; else TRIGGER.ID and the host.

    A link contains the event id of the recovery, so only its trigger id is used.
    """
    if event := body.first("id", "event_id", "eventid").key():
        return dedup_key("event", event)
    trigger = body.first("triggerId", "trigger_id", "triggerid").key()
    linked = _TRIGGER_IN_LINK.search(body.at("link").key())
    trigger = trigger or (linked[1] if linked else "")
    if not trigger:
        raise MalformedPayloadError("The payload has neither EVENT.ID nor TRIGGER.ID.")
    return dedup_key("trigger", trigger, body.first("hostname", "host_name", "host").key())


def _severity(named: str) -> MonitorSeverity:
    folded = named.casefold()
    return _SEVERITY_NUMBERS.get(folded) or _SEVERITY_WORDS.get(folded) or read_severity(named)


def _labels(body: UntrustedValue) -> dict[str, str]:
    tags = body.at("tags").parsed()
    pairs = as_labels((tag.at("tag").text(), tag.at("value")) for tag in tags.items())
    host = body.first("hostname", "host_name", "host").text()
    return {**pairs, **pick(body, {"severity": "severity"}), **({"host": host} if host else {})}


ADAPTER = FunctionAdapter(
    kind="zabbix",
    name="Zabbix",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    options={"time_zone": check_time_zone},
    test_body=('{"id": "{EVENT.ID}", "status": "{EVENT.STATUS}", "value": "{EVENT.VALUE}"}'),
)
