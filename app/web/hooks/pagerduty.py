"""`/v2/enqueue`: what can page PagerDuty (Events API v2) can reach us.

The routing key is the token of a source of the kind `pagerduty-events`.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from starlette.responses import JSONResponse

from app.web.dependencies import app_state
from app.web.hooks.request import (
    ReceivedRequest,
    accept_event,
    find_source,
    handle_errors,
    read_request,
)

__all__ = ["enqueue"]

_KIND = "pagerduty-events"


@handle_errors
async def enqueue(request: Request) -> Response:
    """Keep an event, and answer as PagerDuty does."""
    arrived = await read_request(request, "/v2/enqueue")
    said = _object(arrived.body)
    if said is None:
        return _invalid("The body is no JSON object.")
    keys = await find_source(request, str(said.get("routing_key", "")))
    if keys is None or keys.kind != _KIND:
        return _invalid("'routing_key' is invalid.")
    if said.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        return _invalid("'event_action' must be trigger, acknowledge or resolve.")
    key, arrived = _named(said, arrived)
    kept = await accept_event(app_state(request), keys, arrived)
    if isinstance(kept, Response):
        return kept
    answer = {"status": "success", "message": "Event processed", "dedup_key": key}
    return JSONResponse(answer, 202, {"Cache-Control": "no-store"})


def _named(said: dict[str, Any], arrived: ReceivedRequest) -> tuple[str, ReceivedRequest]:
    """The dedup key, and the event with it: who gives none is told the one that we made."""
    given = said.get("dedup_key")
    if isinstance(given, str) and given:
        return given, arrived
    made = hashlib.sha256(arrived.body).hexdigest()[:32]
    body = json.dumps({**said, "dedup_key": made}).encode()
    return made, replace(arrived, body=body)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _invalid(reason: str) -> Response:
    answer = {"status": "invalid event", "message": "Event object is invalid", "errors": [reason]}
    return JSONResponse(answer, 400, {"Cache-Control": "no-store"})
