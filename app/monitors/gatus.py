"""Gatus' custom alerting provider. Recipe, with the body to paste: docs/monitors/gatus.md.

Gatus inserts texts into the body without escaping, so the body may be invalid JSON. Then the first
occurrence of each field is used: the recipe puts state and names before any free text. A name with
quotes is read up to the next field of the recipe, and refused if its end is ambiguous: a name that
is cut off would be the name of several endpoints.
"""

import json
import re
from collections.abc import Mapping, Sequence

from app.payloads.adapter import FunctionAdapter
from app.payloads.bodies import body_text, read_body
from app.payloads.options import check_words, state_words
from app.payloads.sanitize import dedup_key
from app.payloads.state_words import read_severity, read_state
from app.payloads.strict_json import Json
from app.payloads.untrusted import MAX_DESCRIPTION, MISSING, UntrustedValue
from app.ports.monitor import (
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    ReportedState,
    ReportOrder,
)

__all__ = ["ADAPTER"]

# The end of a text, followed by the next member of the object or by its end.
_MEMBER = r'"\s*(?:,\s*"(?:%s)"\s*:\s*%s|\}\s*\Z)'
_VALID_TEXT = re.compile(
    r'((?:[^"\\]|\\.)*)' + _MEMBER % (r"\w+", r'(?:["{\[\d-]|true\b|false\b|null\b)'), re.DOTALL
)
_RECIPE = "status|group|name|url|description|errors|conditions|text"
_END = re.compile(_MEMBER % (_RECIPE, '"'))
_FREE_TEXT = re.compile(r'"(?:description|errors|conditions)"\s*:\s*"')
_AMBIGUOUS = (
    "The body is not valid JSON, and where the status, group or name ends is ambiguous. "
    "Remove the quotes from the name of the endpoint, or escape them in the body."
)
_ANY_END = re.compile(r'"\s*,\s*"\w+"\s*:')
_OBJECT_END = re.compile(r'"\s*\}\s*\Z')

# The README's own example: "TRIGGERED: core - website - health check failed - ".
_SENTENCE = re.compile(r"(?P<state>\w+): (?P<rest>.*)", re.DOTALL)
_SENTENCE_PARTS = 4


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
        dedup_key=_key(body),
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


def _key(body: UntrustedValue) -> str:
    """Group and name, as in the key that Gatus makes of them; an underscore in a group is escaped.

    Otherwise the group `a_b` with the name `c` would equal the group `a` with the name `b_c`.
    """
    group = body.at("group").key().replace("\\", "\\\\").replace("_", "\\_")
    return dedup_key(f"{group}_{body.at('name').key()}")


def _body(event: InboundEvent) -> UntrustedValue:
    try:
        body = read_body(event, fields_are_texts=True)
    except MalformedPayloadError:
        body = _read_broken(body_text(event))
        if not body:
            raise
    text = body.at("text").key()
    return body if body.at("name").text() or not text else _read_sentence(text)


def _read_broken(text: str) -> UntrustedValue:
    """Read the first occurrence of each field of a body that is not JSON.

    MISSING without any. Raises MalformedPayloadError if the end of a name is ambiguous.
    """
    fields: dict[str, Json] = {}
    sentence, name_start = _start("text", text), _start("name", text)
    if sentence and (name_start is None or sentence.start() < name_start.start()):
        # What looks like a field after its beginning is a part of the sentence.
        end = _OBJECT_END.search(text, sentence.end())
        return UntrustedValue({"text": text[sentence.end() : end.start()]}) if end else MISSING
    _check_once(text)
    for name in ("status", "group", "name"):
        if found := _start(name, text):
            fields[name] = _read_text(text, found.end())
    if (found := _start("url", text)) and (valid := _VALID_TEXT.match(text, found.end())):
        fields["url"] = valid[1]
    return UntrustedValue(fields) if fields else MISSING


def _check_once(text: str) -> None:
    """Raise MalformedPayloadError if a field occurs twice before the free texts.

    A name such as `Shop","status":"UP` contains what looks like the next field.
    """
    free = _FREE_TEXT.search(text)
    before = text[: free.start()] if free else text
    for name in ("status", "group", "name", "url"):
        if len(re.findall(rf'(?:\A\s*\{{|"\s*,)\s*"{name}"\s*:\s*"', before)) > 1:
            raise MalformedPayloadError(_AMBIGUOUS)


def _start(name: str, text: str) -> re.Match[str] | None:
    return re.search(rf'"{name}"\s*:\s*"', text)


def _read_text(text: str, start: int) -> str:
    if valid := _VALID_TEXT.match(text, start):
        return _unescaped(valid[1])
    end = _END.search(text, start)
    if not end or _ANY_END.search(text, start, end.start() + 1):
        raise MalformedPayloadError(_AMBIGUOUS)
    return _unescaped(text[start : end.start()])


def _unescaped(raw: str) -> str:
    """Undo JSON escapes, as in a valid body; a text that is no JSON is taken literally."""
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return raw


def _read_sentence(text: str) -> UntrustedValue:
    """Read the README's own body. Raises MalformedPayloadError unless it has exactly four parts."""
    found = _SENTENCE.fullmatch(f"{text} ")
    parts = found["rest"].split(" - ") if found else []
    if not found or len(parts) != _SENTENCE_PARTS:
        raise MalformedPayloadError(
            "The text is not STATE: GROUP - NAME - DESCRIPTION - ERRORS, or a part contains ' - ', "
            "so where the name ends is ambiguous. Use the body of the recipe."
        )
    group, name, *rest = (part.strip() for part in parts)
    description = " - ".join(part for part in rest if part)
    return UntrustedValue(
        {"status": found["state"], "group": group, "name": name, "description": description}
    )


ADAPTER = FunctionAdapter(
    kind="gatus",
    name="Gatus",
    parse_payload=_parse,
    order=ReportOrder.ARRIVAL,
    options={"firing_values": check_words, "resolved_values": check_words},
    test_body='{"status": "TEST", "group": "", "name": "test"}',
)
