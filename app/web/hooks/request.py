"""The way of one request from the wire to where it is kept, the same for every address."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from app.domain.alerts.sources import replace_unstorable, stored_headers
from app.domain.errors import FyrError, UnavailableError
from app.usecases.sources.inbox import BODY_LIMIT, ReceivedEvent
from app.usecases.sources.records import SourceCredentials
from app.web.dependencies import AppState, app_state
from app.web.hooks.authentication import CHALLENGES, AuthRequest, is_authentic
from app.web.problems import RefusedError, problem

__all__ = ["ReceivedRequest", "accept_event", "find_source", "handle_errors", "read_request"]

Handler = Callable[[Request], Awaitable[Response]]

# A sender that takes longer for its body is given up; it holds nothing but its own connection.
_PATIENCE_SECONDS = 10.0
_SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "key", "secret", "token"})
_LONGEST_ADDRESS = 4000


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it came. `path` is what adapters see of its address."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


async def find_source(request: Request, token: str) -> SourceCredentials | None:
    """The source that a token belongs to. Raises UnavailableError."""
    return await app_state(request).receiver.keys(token)


async def read_request(request: Request, path: str) -> ReceivedRequest:
    """The request with its whole body. Raises RefusedError: too large, too slow, cut off."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > BODY_LIMIT:
                    detail = f"The body is larger than {BODY_LIMIT} bytes; send less."
                    raise RefusedError(413, "body_too_large", detail)
    except TimeoutError:
        raise RefusedError(408, "too_slow", "The body took too long to arrive.") from None
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None
    query = request.scope["query_string"].decode("latin-1")[:_LONGEST_ADDRESS]
    return ReceivedRequest(
        request.method,
        replace_unstorable(path)[:_LONGEST_ADDRESS],
        tuple(parse_qsl(query, keep_blank_values=True)),
        dict(reversed(request.headers.items())),
        bytes(body),
    )


async def accept_event(
    state: AppState, keys: SourceCredentials, arrived: ReceivedRequest
) -> str | Response:
    """The public id under which the delivery is kept, or how it is refused.

    Raises UnavailableError when it cannot be kept now.
    """
    now = state.database.clock()
    shown = AuthRequest(arrived.headers, dict(arrived.query), arrived.body, now)
    if not await is_authentic(keys, shown, state.certificates):
        challenge = {"WWW-Authenticate": CHALLENGES.get(keys.auth, 'Bearer realm="fyr"')}
        detail = "This delivery does not prove that it comes from its source."
        return problem(401, "hook_not_proven", detail, headers=challenge)
    seconds = state.receiver.wait_for(keys)
    if seconds:
        detail = "This source sends more than it may; send it again later."
        return problem(503, "hook_rate_limited", detail, headers={"Retry-After": str(seconds)})
    event = ReceivedEvent(
        source=keys.source_id,
        received_at=now,
        method=arrived.method,
        path=arrived.path,
        query=_without_secrets(arrived.query),
        headers=stored_headers(arrived.headers),
        body=arrived.body,
    )
    return await state.receiver.keep(event, keys.kind)


def handle_errors(handler: Handler) -> Handler:
    """The handler, with an answer to whatever cannot be read or kept now."""

    @wraps(handler)
    async def answering(request: Request) -> Response:
        try:
            return await handler(request)
        except RefusedError as error:
            # A request that could not be read: its connection is of no more use.
            closing = {"Connection": "close"}
            return problem(error.status_code, error.code, error.detail, headers=closing)
        except FyrError as error:
            # 503 is the one answer after which every sender that ever repeats does.
            code = error.code if isinstance(error, UnavailableError) else UnavailableError.code
            detail = "This cannot be kept now; send it again."
            return problem(503, code, detail, headers={"Retry-After": "5"})

    return answering


def _without_secrets(query: tuple[tuple[str, str], ...]) -> str:
    kept = [(name, "" if name.lower() in _SECRET_PARAMETERS else value) for name, value in query]
    return urlencode(kept).replace("%00", "%EF%BF%BD")
