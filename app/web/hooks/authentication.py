"""How a delivery proves that it comes from its source, besides knowing the token."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from app.domain.alerts.signatures import (
    equals_any,
    is_recent,
    verify_checkly,
    verify_grafana,
    verify_pagerduty,
    verify_sentry,
)
from app.domain.alerts.sources import decompress_body
from app.domain.errors import InvalidError
from app.usecases.sources.inbox import BODY_LIMIT
from app.usecases.sources.records import SourceCredentials
from app.web.intake.sns_signatures import SnsCertificates

__all__ = ["CHALLENGES", "AuthRequest", "is_authentic"]

_BASIC = re.compile(r"basic +([A-Za-z0-9+/=_-]{1,2000})", re.IGNORECASE)
_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,1000})", re.IGNORECASE)
_MOST_SIGNATURES = 8


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """What a delivery shows: its headers by lower-case name, and its body as it was sent."""

    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    now: datetime


Proof = Callable[[SourceCredentials, AuthRequest], bool]


async def is_authentic(
    keys: SourceCredentials, shown: AuthRequest, certificates: SnsCertificates
) -> bool:
    """Whether the delivery comes from the source. Raises UnavailableError (SNS)."""
    if keys.auth in _AWAITED:
        return await _AWAITED[keys.auth](keys, shown, certificates)
    proof = _PROOFS.get(keys.auth)
    if proof is None:
        return False
    if proof(keys, shown):
        return True
    encoding = shown.headers.get("content-encoding", "")
    try:
        plain = decompress_body(shown.body, encoding, BODY_LIMIT)
    except InvalidError:
        return False
    # Some sign what they say, some what they send.
    return plain is not shown.body and proof(
        keys, AuthRequest(shown.headers, shown.query, plain, shown.now)
    )


def _token(_keys: SourceCredentials, _shown: AuthRequest) -> bool:
    return True


def _basic(keys: SourceCredentials, shown: AuthRequest) -> bool:
    match = _BASIC.fullmatch(shown.headers.get("authorization", ""))
    try:
        given = base64.b64decode(match.group(1)).decode() if match else ""
    except (binascii.Error, UnicodeDecodeError):
        return False
    username = keys.auth_options.get("username")
    return equals_any(given, [f"{username}:{secret}" for secret in keys.secrets])


def _bearer(keys: SourceCredentials, shown: AuthRequest) -> bool:
    match = _BEARER.fullmatch(shown.headers.get("authorization", ""))
    # The binding of CloudEvents to HTTP webhooks allows the parameter too.
    given = match.group(1) if match else shown.query.get("access_token", "")
    return equals_any(given, keys.secrets)


def _header(keys: SourceCredentials, shown: AuthRequest) -> bool:
    name = str(keys.auth_options.get("header")).lower()
    return equals_any(shown.headers.get(name, ""), keys.secrets)


def _pagerduty(keys: SourceCredentials, shown: AuthRequest) -> bool:
    return verify_pagerduty(shown.headers, shown.body, keys.secrets)


def _sentry(keys: SourceCredentials, shown: AuthRequest) -> bool:
    return verify_sentry(shown.headers, shown.body, keys.secrets)


def _checkly(keys: SourceCredentials, shown: AuthRequest) -> bool:
    return verify_checkly(shown.headers, shown.body, keys.secrets)


def _grafana(keys: SourceCredentials, shown: AuthRequest) -> bool:
    return verify_grafana(shown.headers, shown.body, keys.secrets, keys.auth_options, shown.now)


def _standard_webhooks(keys: SourceCredentials, shown: AuthRequest) -> bool:
    headers = shown.headers
    timestamp, message_id = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not message_id or not is_recent(timestamp, shown.now):
        return False
    try:
        body = shown.body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # The library's own check asks the machine's clock; ours is an argument.
    said_at = datetime.fromtimestamp(int(timestamp), UTC)
    right = [Webhook(secret).sign(message_id, said_at, body) for secret in keys.secrets]
    given = headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    found = [equals_any(signature, right) for signature in given]
    return any(found)


async def _sns(keys: SourceCredentials, shown: AuthRequest, certificates: SnsCertificates) -> bool:
    return await certificates.verify(shown.body, keys.auth_options.get("topics"), shown.now)


_PROOFS: Mapping[str, Proof] = {
    "token": _token,
    "basic": _basic,
    "bearer": _bearer,
    "header": _header,
    "checkly": _checkly,
    "grafana": _grafana,
    "pagerduty": _pagerduty,
    "sentry": _sentry,
    "standard-webhooks": _standard_webhooks,
}
_AWAITED: Mapping[
    str, Callable[[SourceCredentials, AuthRequest, SnsCertificates], Awaitable[bool]]
] = {"sns": _sns}
# Some senders, SNS among them, show their password only when they are asked for it.
CHALLENGES: Mapping[str, str] = {"basic": 'Basic realm="fyr", charset="UTF-8"'}
