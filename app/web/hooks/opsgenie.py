"""`/v2/alerts`: endpoint that is compatible with the Alert API of Opsgenie.

The key of `Authorization: GenieKey KEY` is the token of a source of the kind `opsgenie`.
"""

import re
from uuid import uuid4

from fastapi import Request, Response
from starlette.responses import JSONResponse

from app.web.dependencies import app_state
from app.web.hooks.request import (
    accept_event,
    find_source,
    handle_errors,
    read_request,
    refuse_by_headers,
)

__all__ = ["METHODS", "alerts"]

METHODS = ("DELETE", "PATCH", "POST", "PUT")
_KIND = "opsgenie"
_KEY = re.compile(r"geniekey +([\x21-\x7e]{1,200})", re.IGNORECASE)


@handle_errors
async def alerts(request: Request) -> Response:
    """Store the event, and answer in the format of Opsgenie."""
    match = _KEY.fullmatch(request.headers.get("authorization", ""))
    credentials = await find_source(request, match.group(1)) if match else None
    if credentials is None or credentials.kind != _KIND:
        return _answer({"message": "Could not authenticate"}, 401)
    refused = refuse_by_headers(request, credentials)
    if refused is not None:
        return refused
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0]
    received = await read_request(request, path, credentials)
    event_id = await accept_event(app_state(request), credentials, received)
    if isinstance(event_id, Response):
        return event_id
    return _answer({"result": "Request will be processed"}, 202)


def _answer(fields: dict[str, str], status: int) -> Response:
    body = {**fields, "took": 0.001, "requestId": str(uuid4())}
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'GenieKey realm="fyr"'
    return JSONResponse(body, status, headers)
