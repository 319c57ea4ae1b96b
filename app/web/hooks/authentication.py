"""Authentication of a monitor's request by the method of its source, besides the token."""

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook

from app.domain.alerts.signatures import (
    equals_any,
    is_recent,
    verify_checkly,
    verify_grafana,
    verify_hmac,
    verify_pagerduty,
    verify_sentry,
)
from app.domain.alerts.sources import decompress_body
from app.domain.errors import InvalidError
from app.payloads.secrets import read_field
from app.ports.monitor import InboundEvent
from app.usecases.sources.inbox import BODY_LIMIT
from app.usecases.sources.records import SourceCredentials

if TYPE_CHECKING:  # imported with the first message of Amazon SNS
    from app.web.intake.sns_signatures import SnsCertificates

__all__ = [
    "CHALLENGES",
    "AuthRequest",
    "body_limit",
    "is_authentic",
    "is_authentic_by_headers",
    "is_small",
]

_BASIC = re.compile(r"basic +([A-Za-z0-9+/=_-]{1,2000})", re.IGNORECASE)
_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,1000})", re.IGNORECASE)
_MAX_SIGNATURES = 8
# A secret in the body is found by parsing it before the sender is authenticated.
_PARSED_BODY_LIMIT = 65_536
# Signing these takes 20 microseconds, and parsing them 100; the way to a thread and back takes 100,
# and up to 5 ms for each of its two turns while another thread holds the interpreter's lock.
_SMALL_BODY = 8_192


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """Parts of a request that authentication checks: lower-case headers, query, raw body."""

    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    now: datetime


Check = Callable[[SourceCredentials, AuthRequest], bool]


def body_limit(credentials: SourceCredentials) -> int:
    """Largest body, before and after decompression, that is read for this source."""
    return _PARSED_BODY_LIMIT if credentials.auth == "body" else BODY_LIMIT


def is_small(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a body is searched, signed or parsed in less time than a thread needs to begin.

    A small body that is compressed may be large.
    """
    return len(body) <= _SMALL_BODY and "content-encoding" not in headers


def is_authentic_by_headers(credentials: SourceCredentials, request: AuthRequest) -> bool:
    """Whether the request may still be authentic, judged by its headers and query."""
    check = _CHECKS.get(credentials.auth)
    return check is None or credentials.auth not in _HEADER_CHECKS or check(credentials, request)


async def is_authentic(
    credentials: SourceCredentials,
    request: AuthRequest,
    certificates: "Callable[[], SnsCertificates]",
) -> bool:
    """Whether the request is authentic. Raises UnavailableError if SNS's certificate is missing."""
    if credentials.auth in _ASYNC_CHECKS:
        return await _ASYNC_CHECKS[credentials.auth](credentials, request, certificates)
    if credentials.auth in _HEADER_CHECKS:
        return is_authentic_by_headers(credentials, request)
    if is_small(request.body, request.headers):
        return _is_signed(credentials, request)
    # In a thread: signing, and unpacking, a body of a megabyte takes some milliseconds.
    return await asyncio.to_thread(_is_signed, credentials, request)


def _is_signed(credentials: SourceCredentials, request: AuthRequest) -> bool:
    check = _CHECKS.get(credentials.auth)
    if check is None:
        return False
    if check(credentials, request):
        return True
    encoding = request.headers.get("content-encoding", "")
    try:
        plain = decompress_body(request.body, encoding, body_limit(credentials))
    except InvalidError:
        return False
    # Some senders sign the body before compression, some after it.
    return plain is not request.body and check(
        credentials, AuthRequest(request.headers, request.query, plain, request.now)
    )


def _token(_keys: SourceCredentials, _shown: AuthRequest) -> bool:
    return True


def _basic(credentials: SourceCredentials, request: AuthRequest) -> bool:
    match = _BASIC.fullmatch(request.headers.get("authorization", ""))
    try:
        credentials_sent = base64.b64decode(match.group(1)).decode() if match else ""
    except (binascii.Error, UnicodeDecodeError):
        return False
    username = credentials.auth_options.get("username")
    return equals_any(credentials_sent, [f"{username}:{secret}" for secret in credentials.secrets])


def _bearer(credentials: SourceCredentials, request: AuthRequest) -> bool:
    match = _BEARER.fullmatch(request.headers.get("authorization", ""))
    # The binding of CloudEvents to HTTP webhooks allows the parameter too.
    token = match.group(1) if match else request.query.get("access_token", "")
    return equals_any(token, credentials.secrets)


def _header(credentials: SourceCredentials, request: AuthRequest) -> bool:
    name = str(credentials.auth_options.get("header")).lower()
    return equals_any(request.headers.get(name, ""), credentials.secrets)


def _query(credentials: SourceCredentials, request: AuthRequest) -> bool:
    name = str(credentials.auth_options.get("parameter"))
    return equals_any(request.query.get(name, ""), credentials.secrets)


def _body(credentials: SourceCredentials, request: AuthRequest) -> bool:
    path = str(credentials.auth_options.get("field"))
    event = InboundEvent("POST", "", (), request.headers, request.body, request.now)
    return equals_any(read_field(event, path), credentials.secrets)


def _hmac(credentials: SourceCredentials, request: AuthRequest) -> bool:
    return verify_hmac(
        request.headers, request.body, credentials.secrets, credentials.auth_options, request.now
    )


def _pagerduty(credentials: SourceCredentials, request: AuthRequest) -> bool:
    return verify_pagerduty(request.headers, request.body, credentials.secrets)


def _sentry(credentials: SourceCredentials, request: AuthRequest) -> bool:
    return verify_sentry(request.headers, request.body, credentials.secrets)


def _checkly(credentials: SourceCredentials, request: AuthRequest) -> bool:
    return verify_checkly(request.headers, request.body, credentials.secrets)


def _grafana(credentials: SourceCredentials, request: AuthRequest) -> bool:
    return verify_grafana(
        request.headers, request.body, credentials.secrets, credentials.auth_options, request.now
    )


def _standard_webhooks(credentials: SourceCredentials, request: AuthRequest) -> bool:
    headers = request.headers
    timestamp, message_id = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not message_id or not is_recent(timestamp, request.now):
        return False
    try:
        body = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # The library's own check reads the system clock; here the time is an argument.
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    expected = [Webhook(secret).sign(message_id, signed_at, body) for secret in credentials.secrets]
    signatures = headers.get("webhook-signature", "").split(" ")[:_MAX_SIGNATURES]
    found = [equals_any(signature, expected) for signature in signatures]
    return any(found)


async def _sns(
    credentials: SourceCredentials,
    request: AuthRequest,
    certificates: "Callable[[], SnsCertificates]",
) -> bool:
    # In a thread: the first time it imports them.
    verifier = await asyncio.to_thread(certificates)
    return await verifier.verify(request.body, credentials.auth_options.get("topics"), request.now)


_CHECKS: Mapping[str, Check] = {
    "token": _token,
    "basic": _basic,
    "bearer": _bearer,
    "header": _header,
    "query": _query,
    "body": _body,
    "hmac": _hmac,
    "checkly": _checkly,
    "grafana": _grafana,
    "pagerduty": _pagerduty,
    "sentry": _sentry,
    "standard-webhooks": _standard_webhooks,
}
# These need no body.
_HEADER_CHECKS = frozenset({"token", "basic", "bearer", "header", "query"})
_ASYNC_CHECKS: Mapping[
    str,
    Callable[[SourceCredentials, AuthRequest, "Callable[[], SnsCertificates]"], Awaitable[bool]],
] = {"sns": _sns}
# Some senders, SNS among them, send a password only after a challenge.
CHALLENGES: Mapping[str, str] = {"basic": 'Basic realm="fyr", charset="UTF-8"'}
