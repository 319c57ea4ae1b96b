"""`/v2/enqueue`: endpoint that is compatible with the Events API v2 of PagerDuty.

The routing key is the token of a source of the kind `pagerduty-events`. It is in the body: of one
that is too large for an unknown sender the beginning is searched for the key, and the rest is read
if it has one.
"""

import asyncio
import hashlib
import json
import re
from dataclasses import replace
from functools import partial
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
from app.web.request_body import parse_body

__all__ = ["enqueue"]

_KIND = "pagerduty-events"
_ROUTING_KEY = re.compile(rb'"routing_key"[ \t\r\n]{0,100}:[ \t\r\n]{0,100}"([\x21-\x7e]{1,200}?)"')


@handle_errors
async def enqueue(request: Request) -> Response:
    """Store the event, and answer in the format of PagerDuty."""

    async def identify(beginning: bytes) -> None:
        match = _ROUTING_KEY.search(beginning)
        if match is not None:
            await find_source(request, match.group(1).decode("ascii"))

    received = await read_request(request, "/v2/enqueue", identify=identify)
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
    key, received = await asyncio.to_thread(_prepare, payload, received)
    event_id = await accept_event(app_state(request), credentials, received)
    if isinstance(event_id, Response):
        return event_id
    answer = {"status": "success", "message": "Event processed", "dedup_key": key}
    return JSONResponse(answer, 202, {"Cache-Control": "no-store"})


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
