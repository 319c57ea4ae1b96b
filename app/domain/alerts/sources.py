"""Source settings, and rules for inbound events before an adapter parses them. Pure."""

import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.alerts.queries import bare_fields, encode_query, parse_query
from app.domain.content_codings import is_packed, unpack
from app.domain.errors import InvalidError

__all__ = [
    "AUTH_KINDS",
    "RATE_SPAN_SECONDS",
    "STORED_HEADERS",
    "AuthKind",
    "EventVerdict",
    "blank_query",
    "decompress_body",
    "replace_unstorable",
    "stored_headers",
]

# A source's rate limit counts requests per this many seconds (monitors/README.md, rule 12).
RATE_SPAN_SECONDS = 300
_MAX_HEADER_CHARS = 8000

# Names of query parameters that carry secrets.
_SECRET_PARAMETERS = frozenset({"access_token", "api_key", "apikey", "key", "secret", "token"})

# PostgreSQL stores no NUL, and UTF-8 has no lone surrogates; JSON escapes can produce either.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

# The headers that adapters and staff need. None of them carries a secret.
STORED_HEADERS = frozenset(
    {
        "content-encoding",
        "content-type",
        "request-id",
        "sentry-hook-resource",
        "sentry-hook-timestamp",
        "user-agent",
        "webhook-id",
        "webhook-timestamp",
        "x-checkly-timestamp",
        "x-grafana-alerting-timestamp",
        "x-webhook-id",
        "x-webhook-subscription",
    }
)
_CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_STORED_PREFIXES = ("ce-", "x-amz-sns-")


class EventVerdict(StrEnum):
    """Processing result of an inbound event.

    `waiting`: not processed yet. `nothing`: states no alert. `outdated`: older than reports already
    processed. `malformed`: could not be parsed. `failed`: processing failed; staff may replay it.
    """

    WAITING = "waiting"
    ALERTS = "alerts"
    OUTDATED = "outdated"
    NOTHING = "nothing"
    MALFORMED = "malformed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuthKind:
    """Authentication method of a source in addition to its token.

    `needs` are the required option names, `takes` the optional ones.
    """

    has_secret: bool = True
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


AUTH_KINDS: Mapping[str, AuthKind] = MappingProxyType(
    {
        "token": AuthKind(has_secret=False),
        "basic": AuthKind(needs=("username",)),
        "bearer": AuthKind(),
        "header": AuthKind(needs=("header",)),
        "query": AuthKind(needs=("parameter",)),
        "body": AuthKind(needs=("field",)),
        "hmac": AuthKind(
            needs=("header",),
            takes=(
                "algorithm",
                "encoding",
                "prefix",
                "signed",
                "timestamp_header",
                "timestamp_prefix",
            ),
        ),
        "checkly": AuthKind(),
        "grafana": AuthKind(takes=("header", "timestamp_header")),
        "pagerduty": AuthKind(),
        "sentry": AuthKind(),
        "standard-webhooks": AuthKind(),
        "sns": AuthKind(has_secret=False, needs=("topics",)),
    }
)


def stored_headers(headers: Mapping[str, str], own: Collection[str] = ()) -> dict[str, str]:
    """Select the headers, by lower-case name, that are stored with an inbound event.

    `own` are the names that the source needs in addition; those of credentials are never stored.
    A value of more than 8000 characters is left out, because a part of an id is not an id.
    """
    names = STORED_HEADERS | (set(own) - _CREDENTIAL_HEADERS)
    return {
        name: replace_unstorable(value)
        for name, value in headers.items()
        if (name in names or name.startswith(_STORED_PREFIXES)) and len(value) <= _MAX_HEADER_CHARS
    }


def blank_query(query: str, used: Collection[str] = ()) -> str:
    """Remove the values of parameters that usually carry secrets, such as `token`.

    Values that are in one of the `used` texts stay: an alert shows them already.
    """
    pairs = parse_query(query)
    blanked = tuple(
        (name, "" if name.lower() in _SECRET_PARAMETERS and not _is_in(value, used) else value)
        for name, value in pairs
    )
    return query if blanked == pairs else encode_query(blanked, bare_fields(query))


def _is_in(value: str, texts: Collection[str]) -> bool:
    return any(value in text for text in texts)


def replace_unstorable(text: str) -> str:
    """Replace the characters that databases cannot store: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def decompress_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo `Content-Encoding`. Raises InvalidError on broken data or more than `limit` bytes."""
    if not is_packed(encoding):
        return body
    try:
        plain = unpack(body, limit + 1)
    except zlib.error:
        raise InvalidError("The body cannot be unpacked.", code="body_unreadable") from None
    if len(plain) > limit:
        raise InvalidError(f"The body unpacks to more than {limit} bytes.", code="body_unreadable")
    return plain
