"""Opsgenie's Alert API, as called by clients. Recipe: docs/monitors/opsgenie.md."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import read_body
from app.payloads.sanitize import clean, dedup_key
from app.payloads.state_words import read_severity
from app.payloads.untrusted import MAX_DESCRIPTION, MAX_TEXT, UntrustedValue, as_labels, read_tags
from app.payloads.vendor_tests import is_grafana_test, is_marked_as_test
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
    UnsupportedPayloadError,
)

__all__ = ["ADAPTER"]

# The alias of Uptime Kuma's Test button (server/notification-providers/opsgenie.js).
_KUMA_TEST = "uptime-kuma-notification-test"

_HEARTBEAT = re.compile(r"/v2/heartbeats(?:/|\Z)")

# Only a known verb ends the alias, which may contain a slash that the client did not escape.
_PATH = re.compile(
    r"/v2/alerts(?:/(?P<alias>.+?)(?:/(?P<verb>close|acknowledge|unacknowledge|snooze|escalate"
    r"|assign|notes|tags|details|responders|teams|priority|message|description|attachments))?)?/?",
    re.DOTALL,
)


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    if _HEARTBEAT.search(event.path):
        raise UnsupportedPayloadError("A heartbeat states no alert.")
    found = _PATH.search(event.path)
    if found is None:
        raise MalformedPayloadError("The path does not belong to the Alert API.")
    found = _PATH.fullmatch(event.path, found.start()) or found
    if found["alias"]:
        return [
            _changed(
                unquote(found["alias"], errors="surrogateescape"), found["verb"] or "", event.method
            )
        ]
    if event.method != "POST":
        raise UnsupportedPayloadError("The request queries alerts and states none.")
    return [_created(read_body(event), event)]


def _created(body: UntrustedValue, event: InboundEvent) -> MonitorAlert:
    alias, title = body.at("alias").key(), body.at("message").text()
    if not alias and not title:
        raise MalformedPayloadError("The alert has neither an alias nor a message.")
    labels = {
        **read_tags(body.at("tags")),
        **body.at("details").labels(),
        **as_labels((name, body.at(name)) for name in ("entity", "source", "priority")),
    }
    is_test = alias == _KUMA_TEST or is_grafana_test(labels) or is_marked_as_test(title)
    if is_test:
        raise UnsupportedPayloadError("This is a test notification.")
    return MonitorAlert(
        dedup_key=dedup_key(alias) or hashlib.sha256(event.body).hexdigest()[:32],
        state=ReportedState.FIRING,
        title=title or clean(alias, MAX_TEXT),
        severity=read_severity(body.at("priority").text(), labels.get("severity", "")),
        description=body.at("description").text(MAX_DESCRIPTION),
        labels=labels,
        service=labels.get("service") or body.at("entity").text() or None,
        source_url=body.at("source").url(),
        # A client that sends no alias cannot close the alert later.
        resolves=bool(alias),
    )


def _changed(alias: str, verb: str, method: str) -> MonitorAlert:
    """Alert of a request about an existing alert: closed, or another operation."""
    key = dedup_key(alias)
    if not key:
        raise MalformedPayloadError("The path names no alert.")
    is_over = verb == "close" or (not verb and method == "DELETE")
    state = ReportedState.RESOLVED if is_over else ReportedState.NEITHER
    return MonitorAlert(dedup_key=key, state=state, title=key)


ADAPTER = FunctionAdapter(
    kind="opsgenie", name="Opsgenie Alert API", parse_payload=_parse, order=ReportOrder.ARRIVAL
)
