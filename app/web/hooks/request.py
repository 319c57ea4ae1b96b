"""Steps that all hook endpoints share: read, authenticate, limit and store a request."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from app.domain.alerts.queries import bare_fields, encode_query, parse_query
from app.domain.alerts.sources import decompress_body, replace_unstorable, stored_headers
from app.domain.errors import FyrError, InvalidError, UnavailableError
from app.payloads.secrets import blank_field, blank_texts
from app.ports.monitor import InboundEvent, PayloadError
from app.usecases.sources.inbox import BODY_LIMIT, ReceivedEvent
from app.usecases.sources.quota import seconds_until_next_day
from app.usecases.sources.records import SourceCredentials
from app.web.dependencies import AppState, app_state
from app.web.hooks.authentication import (
    CHALLENGES,
    AuthRequest,
    body_limit,
    is_authentic,
    is_authentic_by_headers,
    is_small,
)
from app.web.problems import RefusedError, problem
from app.web.requests.request_body import accept_whole_body

__all__ = [
    "ReceivedRequest",
    "accept_event",
    "find_source",
    "handle_errors",
    "read_request",
    "refuse_by_headers",
]

Handler = Callable[[Request], Awaitable[Response]]
Identify = Callable[[bytes], Awaitable[object]]

# A slow body occupies only its own connection, so the limit can be generous.
_BODY_TIMEOUT_SECONDS = 10.0
# A shorter secret may be a word of another value.
_MIN_SECRET_CHARS = 8
_MAX_URL_CHARS = 16_000


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """HTTP request with its whole body; `path` is the part of the URL that adapters parse.

    `bare_fields` are the names of fields in the query without an equals sign after another field.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    bare_fields: frozenset[str] = frozenset()


async def find_source(request: Request, token: str) -> SourceCredentials | None:
    """Find the enabled source of a token; the whole body is accepted then.

    Raises UnavailableError.
    """
    credentials = await app_state(request).receiver.find_source(token)
    if credentials is not None:
        accept_whole_body(request.scope)
    return credentials


def refuse_by_headers(request: Request, credentials: SourceCredentials) -> Response | None:
    """The response to a request whose headers alone fail authentication, before the body is read;
    None if the body decides, or the request is authentic so far.
    """
    headers = dict(reversed(request.headers.items()))
    query = dict(_query_of(request))
    now = app_state(request).database.clock()
    if is_authentic_by_headers(credentials, AuthRequest(headers, query, b"", now)):
        return None
    return _not_authentic(credentials)


async def read_request(
    request: Request,
    path: str,
    credentials: SourceCredentials | None = None,
    *,
    identify: Identify | None = None,
) -> ReceivedRequest:
    """Read the request; its body is at most as large as the credentials allow.

    `identify` is called with what has arrived of a body that is too large for an unknown sender,
    once, and can accept the rest with `find_source`.

    Raises RefusedError if the URL is too long, or the body too large, too slow or incomplete.
    """
    body = bytearray()
    limit = BODY_LIMIT if credentials is None else body_limit(credentials)
    anonymous = app_state(request).settings.anonymous_body_limit_bytes
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    detail = f"The body is larger than {limit} bytes; send less."
                    raise RefusedError(413, "body_too_large", detail)
                if identify is not None and len(body) >= anonymous:
                    await identify(bytes(body))
                    identify = None
    except TimeoutError:
        raise RefusedError(408, "too_slow", "The body took too long to arrive.") from None
    except ClientDisconnect:
        raise RefusedError(400, "body_incomplete", "The body ended too early.") from None
    if len(request.scope["query_string"]) + len(path) > _MAX_URL_CHARS:
        # A URL that is cut off would identify another alert.
        detail = f"The URL is longer than {_MAX_URL_CHARS} characters; send a body instead."
        raise RefusedError(414, "url_too_long", detail)
    return ReceivedRequest(
        request.method,
        replace_unstorable(path),
        _query_of(request),
        dict(reversed(request.headers.items())),
        bytes(body),
        bare_fields(_query_string(request)),
    )


async def accept_event(
    state: AppState, credentials: SourceCredentials, received: ReceivedRequest
) -> str | Response:
    """Authenticate and store the event; return its public id, or the response that refuses it.

    Raises UnavailableError if it cannot be stored now.
    """
    now = state.database.clock()
    request = AuthRequest(received.headers, dict(received.query), received.body, now)
    if not await is_authentic(credentials, request, state.sns_certificates):
        return _not_authentic(credentials)
    seconds = state.receiver.retry_after_seconds(credentials)
    if seconds:
        detail = "This source exceeds its rate limit; send the request again later."
        return problem(503, "hook_rate_limited", detail, headers={"Retry-After": str(seconds)})
    if is_small(received.body, received.headers):
        event = _stored_event(credentials, received, now)
    else:
        # The body is searched, and parsed if its secret is in a field.
        event = await asyncio.to_thread(_stored_event, credentials, received, now)
    event_id = await state.receiver.store(event, credentials)
    if event_id is None:
        detail = "The quota of stored bytes is used up for today; send it again tomorrow (UTC)."
        headers = {"Retry-After": str(seconds_until_next_day(now))}
        return problem(429, "hook_quota_used_up", detail, headers=headers)
    return event_id


def _not_authentic(credentials: SourceCredentials) -> Response:
    challenge = {"WWW-Authenticate": CHALLENGES.get(credentials.auth, 'Bearer realm="fyr"')}
    detail = "The request is not authenticated as one of this source."
    return problem(401, "hook_not_proven", detail, headers=challenge)


def handle_errors(handler: Handler) -> Handler:
    """Wrap a handler so that refused requests and failures to store get a problem response."""

    @wraps(handler)
    async def wrapper(request: Request) -> Response:
        try:
            return await handler(request)
        except RefusedError as error:
            # The rest of the body was not read, so the connection cannot be used again.
            closing = {"Connection": "close"}
            return problem(error.status_code, error.code, error.detail, headers=closing)
        except FyrError as error:
            # 503 is the status on which every sender retries that retries at all.
            code = error.code if isinstance(error, UnavailableError) else UnavailableError.code
            detail = "The request cannot be stored now; send it again."
            return problem(503, code, detail, headers={"Retry-After": "5"})

    return wrapper


def _query_of(request: Request) -> tuple[tuple[str, str], ...]:
    return parse_query(_query_string(request))


def _query_string(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def _stored_event(
    credentials: SourceCredentials, received: ReceivedRequest, now: datetime
) -> ReceivedEvent:
    event = ReceivedEvent(
        source=credentials.source_id,
        received_at=now,
        method=received.method,
        path=received.path,
        query=_stored_query(received, credentials),
        headers=_stored_headers(received.headers, credentials),
        body=received.body,
    )
    return _without_secrets(event, credentials)


def _stored_query(received: ReceivedRequest, credentials: SourceCredentials) -> str:
    """Query without the secret of the source; other values stay until the event is mapped."""
    parameter = credentials.auth_options.get("parameter")
    names = {"access_token", str(parameter) if parameter else "access_token"}
    pairs = [
        (name, "" if name in names or value in credentials.secrets else value)
        for name, value in received.query
    ]
    return encode_query(pairs, received.bare_fields).replace("%00", "%EF%BF%BD")


def _stored_headers(headers: Mapping[str, str], credentials: SourceCredentials) -> dict[str, str]:
    found = stored_headers(headers, credentials.header_names)
    secret_header = str(credentials.auth_options.get("header", "")).lower()
    return {
        name: value
        for name, value in found.items()
        if name != secret_header and not _has_secret(value, credentials)
    }


def _has_secret(text: str, credentials: SourceCredentials) -> bool:
    return any(
        secret in text for secret in credentials.secrets if len(secret) >= _MIN_SECRET_CHARS
    ) or (text in credentials.secrets)


def _without_secrets(event: ReceivedEvent, credentials: SourceCredentials) -> ReceivedEvent:
    """Event without the secrets of its source, also where authentication does not look."""
    path = credentials.auth_options.get("field")
    if credentials.auth == "body" and isinstance(path, str):
        event = _without_field(event, path, credentials)
    return replace(event, body=blank_texts(event.body, credentials.secrets))


def _without_field(
    event: ReceivedEvent, path: str, credentials: SourceCredentials
) -> ReceivedEvent:
    headers = dict(event.headers)
    encoding = headers.pop("content-encoding", "")
    try:
        plain = decompress_body(event.body, encoding, body_limit(credentials))
        found = InboundEvent("POST", "", (), headers, plain, event.received_at)
        return replace(event, headers=headers, body=blank_field(found, path).body)
    except (InvalidError, PayloadError):
        # An authentic body is readable; without its secret removed nothing of it is stored.
        return replace(event, headers=headers, body=b"")
