"""What is known of monitors' deliveries before anybody reads them. Pure."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import InvalidError

__all__ = [
    "AUTH_KINDS",
    "KEPT_HEADERS",
    "RATE_SPAN_SECONDS",
    "AuthKind",
    "EventVerdict",
    "decompress_body",
    "kept_headers",
    "replace_unstorable",
]

# A source's rate limit is so many requests in this many seconds (monitors/README.md, rule 12).
RATE_SPAN_SECONDS = 300
_LONGEST_HEADER = 1000

# What adapters and staff need to see. Nothing here carries a secret.
KEPT_HEADERS = frozenset(
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
_KEPT_FAMILIES = ("ce-", "x-amz-sns-")


class EventVerdict(StrEnum):
    """What became of a delivery.

    `nothing`: it states no alert. `outdated`: it tells only what newer words overruled.
    `failed`: we could not process it; staff may replay it.
    """

    WAITING = "waiting"
    ALERTS = "alerts"
    OUTDATED = "outdated"
    NOTHING = "nothing"
    MALFORMED = "malformed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuthKind:
    """How a source proves who it is, besides its token.

    `needs` are the options that it cannot do without, `takes` those it may have.
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


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of the headers, by lower-case name, that are kept with a delivery."""
    return {
        name: replace_unstorable(value)[:_LONGEST_HEADER]
        for name, value in headers.items()
        if name in KEPT_HEADERS or name.startswith(_KEPT_FAMILIES)
    }


def replace_unstorable(text: str) -> str:
    """The text without what databases cannot store: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def decompress_body(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as it was before `Content-Encoding`. Raises InvalidError when it cannot be had."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    # 32 more than the window: the format is told from its head.
    reader = zlib.decompressobj(32 + zlib.MAX_WBITS)
    try:
        plain = reader.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidError("The body cannot be unpacked.", code="body_unreadable") from None
    if len(plain) > limit:
        raise InvalidError(f"The body unpacks to more than {limit} bytes.", code="body_unreadable")
    return plain
