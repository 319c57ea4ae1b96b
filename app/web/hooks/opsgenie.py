"""`/v2/alerts`: what can call the Alert API of Opsgenie can reach us.

The key of `Authorization: GenieKey KEY` is the token of a source of the kind `opsgenie`.
"""

import re
from uuid import uuid4

from fastapi import Request, Response
from starlette.responses import JSONResponse

from app.web.dependencies import app_state
from app.web.hooks.request import accept_event, find_source, handle_errors, read_request

__all__ = ["METHODS", "alerts"]

METHODS = ("DELETE", "PATCH", "POST", "PUT")
_KIND = "opsgenie"
_KEY = re.compile(r"geniekey +([\x21-\x7e]{1,200})", re.IGNORECASE)


@handle_errors
async def alerts(request: Request) -> Response:
    """Keep what is said of an alert, and answer as Opsgenie does."""
    match = _KEY.fullmatch(request.headers.get("authorization", ""))
    keys = await find_source(request, match.group(1)) if match else None
    if keys is None or keys.kind != _KIND:
        return _answer({"message": "Could not authenticate"}, 401)
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    arrived = await read_request(request, raw.decode("latin-1").partition("?")[0])
    kept = await accept_event(app_state(request), keys, arrived)
    if isinstance(kept, Response):
        return kept
    return _answer({"result": "Request will be processed"}, 202)


def _answer(said: dict[str, str], status: int) -> Response:
    body = {**said, "took": 0.001, "requestId": str(uuid4())}
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'GenieKey realm="fyr"'
    return JSONResponse(body, status, headers)
