"""Gatus' custom alerting provider. Recipe, with the body to paste: docs/monitors/gatus.md.

Gatus inserts texts into the body without escaping, so the body may be invalid JSON. Then the first
occurrence of each field is used: the recipe puts state and names before any free text.
"""

import re
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import body_text, read_body
from app.payloads.options import check_words, state_words
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity, read_state
from app.payloads.strict_json import Json
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue
from app.ports.monitor import InboundEvent, MalformedPayloadError, MonitorAlert, ReportedState

__all__ = ["ADAPTER"]

_FIELD = re.compile(r'"(status|group|name|url)"\s*:\s*"([^"\\]*)"')

# The README's own example: "TRIGGERED: core - website - health check failed - ".
_SENTENCE = re.compile(r"(?P<state>\w+): (?P<group>.*?) - (?P<name>.*?) - (?P<rest>.*)", re.DOTALL)


def _parse(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    body = _body(event)
    group, name = body.at("group").text(), body.at("name").text()
    if not name:
        raise MalformedPayloadError("The payload lacks the endpoint's name.")
    word = body.at("status").text()
    firing, resolved = state_words(options)
    state = read_state(word, firing=firing, resolved=resolved)
    parts = [
        body.at(field).text(MAX_DESCRIPTION) for field in ("description", "errors", "conditions")
    ]
    alert = MonitorAlert(
        dedup_key=dedup_key(f"{body.at('group').key()}_{body.at('name').key()}"),
        state=state,
        title=" / ".join(part for part in (group, name) if part),
        # Gatus has no severities, but a configured state word may be one.
        severity=read_severity(word if state is ReportedState.FIRING else ""),
        description="\n".join(part for part in parts if part),
        labels={label: text for label, text in (("group", group), ("name", name)) if text},
        service=name,
        source_url=body.at("url").url(),
    )
    return [alert]


def _body(event: InboundEvent) -> UntrustedValue:
    try:
        body = read_body(event)
    except MalformedPayloadError:
        body = _first_fields(body_text(event))
        if not body.at("name"):
            raise
    sentence = _SENTENCE.fullmatch(body.at("text").text(MAX_DESCRIPTION) + " ")
    if body.at("name").text() or not sentence:
        return body
    return UntrustedValue(
        {
            "status": sentence["state"],
            "group": sentence["group"],
            "name": sentence["name"],
            "description": sentence["rest"].removesuffix(" ").removesuffix(" -"),
        }
    )


def _first_fields(text: str) -> UntrustedValue:
    """Extract the first occurrence of each field from a body that is not JSON."""
    fields: dict[str, Json] = {}
    for found in _FIELD.finditer(text):
        fields.setdefault(found[1], found[2])
    return UntrustedValue(fields) if fields else MISSING


ADAPTER = FunctionAdapter(
    kind="gatus",
    name="Gatus",
    parse_payload=_parse,
    options={"firing_values": check_words, "resolved_values": check_words},
)
