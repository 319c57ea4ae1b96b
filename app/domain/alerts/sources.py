"""Source settings, and rules for inbound events before an adapter parses them. Pure."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import InvalidError

__all__ = [
    "AUTH_KINDS",
    "RATE_SPAN_SECONDS",
    "STORED_HEADERS",
    "AuthKind",
    "EventVerdict",
    "decompress_body",
    "replace_unstorable",
    "stored_headers",
]

# A source's rate limit counts requests per this many seconds (monitors/README.md, rule 12).
RATE_SPAN_SECONDS = 300
_MAX_HEADER_CHARS = 8000

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
        "checkly": AuthKind(),
        "grafana": AuthKind(takes=("header", "timestamp_header")),
        "pagerduty": AuthKind(),
        "sentry": AuthKind(),
        "standard-webhooks": AuthKind(),
        "sns": AuthKind(has_secret=False, needs=("topics",)),
    }
)


def stored_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Select the headers, by lower-case name, that are stored with an inbound event.

    One of more than 8000 characters is left out, because a part of an id is not an id.
    """
    return {
        name: replace_unstorable(value)
        for name, value in headers.items()
        if (name in STORED_HEADERS or name.startswith(_STORED_PREFIXES))
        and len(value) <= _MAX_HEADER_CHARS
    }


def replace_unstorable(text: str) -> str:
    """Replace the characters that databases cannot store: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def decompress_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo `Content-Encoding`. Raises InvalidError on broken data or more than `limit` bytes."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    # 32 more than the window size: zlib detects gzip or zlib format from the header.
    reader = zlib.decompressobj(32 + zlib.MAX_WBITS)
    try:
        plain = reader.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidError("The body cannot be unpacked.", code="body_unreadable") from None
    if len(plain) > limit:
        raise InvalidError(f"The body unpacks to more than {limit} bytes.", code="body_unreadable")
    return plain
