"""`/v2/enqueue`: endpoint that is compatible with the Events API v2 of PagerDuty.

The routing key is the token of a source of the kind `pagerduty-events`. It is in the body: its
beginning is searched for the key with a regular expression. Nothing is parsed of a body without the
key of a source, and no more of it is read than of any unknown sender.
"""

import asyncio
import hashlib
import json
import re
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from fastapi import Request, Response
from starlette.responses import JSONResponse

from app.payloads.strict_json import parse_json
from app.ports.monitor import MalformedPayloadError
from app.web.dependencies import app_state
from app.web.hooks.request import (
    ReceivedRequest,
    accept_event,
    find_source,
    handle_errors,
    read_request,
    refuse_by_headers,
)
from app.web.requests.request_body import parse_body

__all__ = ["enqueue"]

_KIND = "pagerduty-events"
_MOST_KEYS = 4
_ROUTING_KEY = re.compile(rb'"routing_key"[ \t\r\n]{0,100}:[ \t\r\n]{0,100}"([\x21-\x7e]{1,200}?)"')


@handle_errors
async def enqueue(request: Request) -> Response:
    """Store the event, and answer in the format of PagerDuty."""

    received = await _read_if_known(request)
    if received is None:
        return _invalid("'routing_key' is invalid.")
    payload = await parse_body(request.scope, partial(_parse_object, received.body))
    if payload is None:
        return _invalid("The body is no JSON object.")
    credentials = await find_source(request, str(payload.get("routing_key", "")))
    if credentials is None or credentials.kind != _KIND:
        return _invalid("'routing_key' is invalid.")
    refused = refuse_by_headers(request, credentials)
    if refused is not None:
        return refused
    if payload.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        return _invalid("'event_action' must be trigger, acknowledge or resolve.")
    key, prepared = await asyncio.to_thread(_prepare, payload, received)
    event_id = await accept_event(app_state(request), credentials, prepared)
    if isinstance(event_id, Response):
        return event_id
    answer = {"status": "success", "message": "Event processed", "dedup_key": key}
    return JSONResponse(answer, 202, {"Cache-Control": "no-store"})


async def _read_if_known(request: Request) -> ReceivedRequest | None:
    """Read the request; None if its beginning has no routing key of a source."""
    found: list[bool] = []

    async def identify(beginning: bytes) -> None:
        found.append(await _names_a_source(request, beginning))

    received = await read_request(request, "/v2/enqueue", identify=identify)
    if not found:
        await identify(received.body)
    return received if any(found) else None


async def _names_a_source(request: Request, text: bytes) -> bool:
    """Whether one of the first routing keys in a text, also in a nested object, is a token."""
    found = (match.group(1) for match in islice(_ROUTING_KEY.finditer(text), _MOST_KEYS))
    for key in dict.fromkeys(found):
        token = _unescaped(key)
        if token is not None and await find_source(request, token) is not None:
            return True
    return False


def _unescaped(key: bytes) -> str | None:
    """A key without JSON escapes, which some senders write; None for what is no token."""
    try:
        found = parse_json(f'"{key.decode("ascii")}"')
    except MalformedPayloadError:
        return None
    return found if isinstance(found, str) and found.isascii() else None


def _prepare(payload: dict[str, Any], received: ReceivedRequest) -> tuple[str, ReceivedRequest]:
    """Return the dedup key and the request as it is stored."""
    key, received = _with_dedup_key(payload, received)
    return key, _without_routing_key(received)


def _with_dedup_key(
    payload: dict[str, Any], received: ReceivedRequest
) -> tuple[str, ReceivedRequest]:
    """Return the dedup key and the request with it; a missing key is derived from the body."""
    dedup_key = payload.get("dedup_key")
    if isinstance(dedup_key, str) and dedup_key:
        return dedup_key, received
    derived = hashlib.sha256(received.body).hexdigest()[:32]
    body = json.dumps({**payload, "dedup_key": derived}).encode()
    return derived, replace(received, body=body)


def _without_routing_key(received: ReceivedRequest) -> ReceivedRequest:
    """Remove the routing key, which is the token of the source, from what is stored."""
    payload = _parse_object(received.body) or {}
    body = received.body.replace(str(payload.get("routing_key")).encode(), b"")
    if (_parse_object(body) or {}).get("routing_key"):  # written with escapes
        body = json.dumps({**payload, "routing_key": ""}).encode()
    return replace(received, body=body)


def _parse_object(body: bytes) -> dict[str, Any] | None:
    try:
        payload = parse_json(body.decode("utf-8-sig"))
    except (MalformedPayloadError, UnicodeDecodeError):
        return None
    return payload if isinstance(payload, dict) else None


def _invalid(reason: str) -> Response:
    answer = {"status": "invalid event", "message": "Event object is invalid", "errors": [reason]}
    return JSONResponse(answer, 400, {"Cache-Control": "no-store"})
