"""Signatures of monitors' requests: HMAC-SHA256 in the format of each sender. Pure.

Sources: monitors/README.md sections 1 and 3, and the recorded headers of its samples. All functions
compare in constant time and try every secret, because two are valid during a rotation.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

__all__ = [
    "TOLERANCE",
    "equals_any",
    "is_recent",
    "verify_checkly",
    "verify_grafana",
    "verify_pagerduty",
    "verify_sentry",
]

# Allowed difference between a signed timestamp and our clock (Standard Webhooks specification).
TOLERANCE = timedelta(minutes=5)

_GRAFANA_HEADERS = ("x-grafana-alerting-signature", "x-grafana-alert-signature")
_GRAFANA_TIMESTAMP = "x-grafana-alerting-timestamp"

Headers = Mapping[str, str]


def equals_any(given: str, secrets: Iterable[str]) -> bool:
    """Whether `given` is one of the secrets, in a time that does not depend on which."""
    found = [hmac.compare_digest(_bytes(given), _bytes(secret)) for secret in secrets]
    return any(found)


def is_recent(timestamp: str, now: datetime) -> bool:
    """Whether a signed timestamp, in seconds since 1970, is within TOLERANCE of `now`."""
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def verify_pagerduty(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`X-PagerDuty-Signature: v1=hex[,v1=hex]`; PagerDuty sends several during a rotation."""
    given = [part.strip() for part in headers.get("x-pagerduty-signature", "").split(",")]
    hexes = [part.removeprefix("v1=") for part in given if part.startswith("v1=")]
    return _is_signed(hexes[:8], body, secrets)


def verify_sentry(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`Sentry-Hook-Signature: hex`. `Sentry-Hook-Timestamp` is not signed."""
    return _is_signed([headers.get("sentry-hook-signature", "")], body, secrets)


def verify_checkly(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`x-checkly-signature: hex`. `x-checkly-timestamp` is not signed."""
    return _is_signed([headers.get("x-checkly-signature", "")], body, secrets)


def verify_grafana(
    headers: Headers,
    body: bytes,
    secrets: Iterable[str],
    options: Mapping[str, object],
    now: datetime,
) -> bool:
    """Hex over the body or, where a timestamp header is configured, over `timestamp:body`.

    Grafana's documentation and code differ in the default name of the header, so either is
    accepted; the options may name another. A timestamp must be recent, and is required once the
    options name its header.
    """
    named = str(options.get("header") or "").lower()
    names = (named,) if named else _GRAFANA_HEADERS
    given = next((headers[name] for name in names if name in headers), "")
    timestamp_header = str(options.get("timestamp_header") or "").lower()
    timestamp = headers.get(timestamp_header or _GRAFANA_TIMESTAMP)
    if timestamp is None:
        return not timestamp_header and _is_signed([given], body, secrets)
    signed = timestamp.encode("latin-1", "replace") + b":" + body
    return is_recent(timestamp, now) and _is_signed([given], signed, secrets)


def _is_signed(given: Iterable[str], signed: bytes, secrets: Iterable[str]) -> bool:
    expected = [hmac.digest(_bytes(secret), signed, "sha256").hex() for secret in secrets]
    found = [equals_any(each.strip().lower(), expected) for each in given]
    return any(found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
