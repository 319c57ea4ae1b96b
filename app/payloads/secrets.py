"""Secrets in requests of monitors: found for authentication, removed from what is stored."""

import json
from collections.abc import Collection
from dataclasses import replace
from urllib.parse import quote, quote_plus

from app.payloads.bodies import read_body
from app.payloads.strict_json import Json
from app.payloads.untrusted import UntrustedValue
from app.ports.monitor import InboundEvent, PayloadError

__all__ = ["blank_field", "blank_texts", "read_field"]

# A shorter text may be a word of the payload.
_MIN_LENGTH = 12


def read_field(event: InboundEvent, path: str) -> str:
    """Text of a field of a JSON body or a form; `path` has dots between names and positions.

    Empty if the body cannot be read or has no such field.
    """
    try:
        document = read_body(event) if event.body.strip() else UntrustedValue(None)
    except PayloadError:
        return ""
    value = document.value
    for name in path.split("."):
        value = _member(value, name)
    return UntrustedValue(value).key()


def blank_field(event: InboundEvent, path: str) -> InboundEvent:
    """Replace the value of a field by an empty text; the body becomes JSON of equal meaning.

    Raises PayloadError if the body cannot be read.
    """
    document = read_body(event)
    *parents, last = path.split(".")
    value = document.value
    for name in parents:
        value = _member(value, name)
    if isinstance(value, dict) and last in value:
        value[last] = ""
    elif isinstance(value, list) and _member(value, last) is not None:
        value[int(last)] = ""
    return replace(event, body=json.dumps(document.value).encode())


def blank_texts(body: bytes, secrets: Collection[str]) -> bytes:
    """Remove secrets wherever a body has them, as text, in JSON or percent-encoded."""
    for secret in secrets:
        if len(secret) < _MIN_LENGTH:
            continue
        spellings = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)}
        for spelling in sorted(spellings, key=len, reverse=True):
            body = body.replace(spelling.encode(), b"")
    return body


def _member(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isascii() and name.isdecimal() and len(name) < 5:
        return value[int(name)] if int(name) < len(value) else None
    return None
