"""`/hooks/{token}`: the hook URL of a source, and the routes of all hook endpoints.

The framework does not parse the body.
"""

from collections.abc import Sequence

from fastapi import Request, Response
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from app.web.dependencies import app_state
from app.web.hooks.opsgenie import METHODS as ALERT_METHODS
from app.web.hooks.opsgenie import alerts
from app.web.hooks.pagerduty import enqueue
from app.web.hooks.request import (
    accept_event,
    find_source,
    handle_errors,
    read_request,
    refuse_by_headers,
)
from app.web.problems import problem

__all__ = ["METHODS", "ROUTES", "hook"]

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT")
_ALLOWED = "GET, HEAD, OPTIONS, POST, PUT"
_MAX_ORIGIN_CHARS = 250


@handle_errors
async def hook(request: Request) -> Response:
    """Store the event and answer 202 with its id."""
    token, _, rest = request.path_params["rest"].partition("/")
    credentials = await find_source(request, token)
    if credentials is None:
        return problem(404, "hook_not_found", "There is no hook of a monitor at this URL.")
    if request.method == "OPTIONS":
        return _handshake(request)
    if request.method == "HEAD":
        return Response(headers={"Cache-Control": "no-store", "Allow": _ALLOWED})
    refused = refuse_by_headers(request, credentials)
    if refused is not None:
        return refused
    received = await read_request(request, f"/{rest}" if rest.strip("/") else "", credentials)
    event_id = await accept_event(app_state(request), credentials, received)
    if isinstance(event_id, Response):
        return event_id
    return JSONResponse({"event": event_id}, 202, {"Cache-Control": "no-store"})


def _handshake(request: Request) -> Response:
    """Answer the validation request of CloudEvents (http-webhook.md, section 4)."""
    headers = {"Allow": _ALLOWED, "Cache-Control": "no-store"}
    origin = request.headers.get("webhook-request-origin", "")
    if 0 < len(origin) <= _MAX_ORIGIN_CHARS and origin.isprintable() and origin.isascii():
        headers["WebHook-Allowed-Origin"] = origin
        if request.headers.get("webhook-request-rate", "").isdecimal():
            headers["WebHook-Allowed-Rate"] = request.headers["webhook-request-rate"][:10]
    return Response(headers=headers)


class _HookRoute(Route):
    """A route of Starlette, named in logs and metrics as FastAPI's routes are.

    FastAPI would take a fifth of the event loop's time for a request to find parameters of the
    handler, which has none, and to convert its result, which is a response.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


ROUTES: Sequence[BaseRoute] = (
    _HookRoute("/hooks/{rest:path}", hook, methods=METHODS),
    *(_HookRoute(path, enqueue, methods=["POST"]) for path in ("/v2/enqueue", "/v2/enqueue/")),
    *(
        _HookRoute(path, alerts, methods=ALERT_METHODS)
        for path in ("/v2/alerts", "/v2/alerts/{rest:path}")
    ),
)
