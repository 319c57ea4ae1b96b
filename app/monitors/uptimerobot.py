"""UptimeRobot's webhooks: query, form or JSON. Recipe: docs/monitors/uptimerobot.md."""

from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import body_text, read_body, read_query
from app.payloads.sanitize import clean, dedup_key
from app.payloads.strict_json import Json, looks_like_json
from app.payloads.time_reader import TimeReader
from app.payloads.untrusted import MAX_DESCRIPTION, MAX_TEXT, UntrustedValue
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    MonitorSeverity,
    ReportedState,
    ReportOrder,
)

__all__ = ["ADAPTER"]

_STATES = {
    "1": ReportedState.FIRING,
    "2": ReportedState.RESOLVED,
    "down": ReportedState.FIRING,
    "up": ReportedState.RESOLVED,
}
_CERTIFICATE = "3"
# Variables of UptimeRobot, by normalised name.
_VARIABLES = frozenset(
    {
        *("monitorid", "monitorurl", "monitorfriendlyname", "monitoralertcontacts"),
        *("alerttype", "alerttypefriendlyname", "alertdetails", "alertduration", "alertdatetime"),
        *("sslexpirydate", "sslexpirydaysleft"),
    }
)
# Part of the name of other expiry types, such as that of domains.
_EXPIRY = "expir"


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    fields = _fields(event)
    key = _key(event, fields)
    kind = fields.first("alerttype", "alerttypefriendlyname").text().casefold()
    is_notice = kind == _CERTIFICATE or _EXPIRY in _kind_name(fields)
    state = ReportedState.FIRING if is_notice else _STATES.get(kind, ReportedState.NEITHER)
    times = TimeReader(event.received_at)
    reported_at = times.instant(fields, "alertdatetime")
    name = fields.at("monitorfriendlyname").text()
    alert = MonitorAlert(
        # The end of a certificate notice is not reported, and "up" must not end it.
        dedup_key=dedup_key(key, _subject(kind)) if is_notice else dedup_key(key),
        state=state,
        title=name or clean(key, MAX_TEXT),
        severity=MonitorSeverity.MINOR if is_notice else MonitorSeverity.UNKNOWN,
        description=fields.at("alertdetails").text(MAX_DESCRIPTION),
        labels={"name": name} if name else {},
        service=name or None,
        source_url=fields.at("monitorurl").url(),
        started_at=reported_at if state is ReportedState.FIRING and not is_notice else None,
        ended_at=reported_at if state is ReportedState.RESOLVED else None,
        reported_at=reported_at,
        resolves=not is_notice,
        notes=tuple(times.notes),
    )
    return [alert]


def _key(event: InboundEvent, fields: UntrustedValue) -> str:
    for name in ("monitorid", "monitorurl", "monitorfriendlyname"):
        if not (key := fields.at(name).key()):
            continue
        if name != "monitorid" and _is_cut_off(event, name):
            raise MalformedPayloadError(
                "A field without a name that UptimeRobot sends follows the monitor's name or URL, "
                "as if an ampersand in it were not escaped. Send monitorID too."
            )
        return key
    raise MalformedPayloadError("The payload names no monitor.")


def _is_cut_off(event: InboundEvent, name: str) -> bool:
    """Whether the field after `name` in the query or form is none of UptimeRobot's."""
    names = [*_by_normalised_name(read_query(event, fields_are_texts=True))]
    if name not in names and not looks_like_json(body_text(event)):
        names = [*_by_normalised_name(read_body(event, fields_are_texts=True))]
    after = names[names.index(name) + 1 :] if name in names else []
    return bool(after) and after[0] not in _VARIABLES


def _kind_name(fields: UntrustedValue) -> str:
    return fields.at("alerttypefriendlyname").text().casefold()


def _subject(kind: str) -> str:
    return "ssl" if kind == _CERTIFICATE else f"type {kind}"


def _fields(event: InboundEvent) -> UntrustedValue:
    """Fields of body and query by normalised name: `monitorID` and `monitor_id` are equal."""
    query = read_query(event, fields_are_texts=True)
    found = _by_normalised_name(query)
    try:
        found |= _by_normalised_name(read_body(event, fields_are_texts=True))
    except MalformedPayloadError:
        # A custom body may be any text while the query has all fields.
        if not query.value:
            raise
    return UntrustedValue(found)


def _by_normalised_name(document: UntrustedValue) -> dict[str, Json]:
    pairs = document.value.items() if isinstance(document.value, dict) else ()
    return {name.replace("_", "").casefold(): value for name, value in pairs}


ADAPTER = FunctionAdapter(
    kind="uptimerobot",
    name="UptimeRobot",
    parse_payload=_parse,
    order=ReportOrder.REPORT_TIME,
    test_body=('{"monitorID": "test", "alertType": "0", "monitorFriendlyName": "Test"}'),
)
