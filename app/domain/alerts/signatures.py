"""Signatures that monitors put on their deliveries: HMAC-SHA256, in the manner of each. Pure.

Sources: monitors/README.md sections 1 and 3, and the recorded headers of its samples. All compare
in constant time, and try every secret.
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

# How far a signed time may be from ours (the Standard Webhooks specification).
TOLERANCE = timedelta(minutes=5)

_GRAFANA_HEADERS = ("x-grafana-alerting-signature", "x-grafana-alert-signature")
_GRAFANA_TIMESTAMP = "x-grafana-alerting-timestamp"

Headers = Mapping[str, str]


def equals_any(given: str, secrets: Iterable[str]) -> bool:
    """Whether `given` is one of the secrets; takes as long whichever it is, or none."""
    found = [hmac.compare_digest(_bytes(given), _bytes(secret)) for secret in secrets]
    return any(found)


def is_recent(timestamp: str, now: datetime) -> bool:
    """Whether a signed time, in seconds since 1970, is near enough to ours."""
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def verify_pagerduty(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`X-PagerDuty-Signature: v1=hex[,v1=hex]`: several while PagerDuty's own secret rotates."""
    given = [part.strip() for part in headers.get("x-pagerduty-signature", "").split(",")]
    hexes = [part.removeprefix("v1=") for part in given if part.startswith("v1=")]
    return _is_one(hexes[:8], body, secrets)


def verify_sentry(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`Sentry-Hook-Signature: hex`. The timestamp beside it is not signed."""
    return _is_one([headers.get("sentry-hook-signature", "")], body, secrets)


def verify_checkly(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`x-checkly-signature: hex`. The timestamp beside it is not signed."""
    return _is_one([headers.get("x-checkly-signature", "")], body, secrets)


def verify_grafana(
    headers: Headers,
    body: bytes,
    secrets: Iterable[str],
    options: Mapping[str, object],
    now: datetime,
) -> bool:
    """Hex over the body or, where a timestamp header is configured, over `timestamp:body`.

    Grafana's documentation and its code differ in the header's default name: both are taken, and
    one that the source names. A signed time must be near ours, and cannot be left out once the
    source names its header.
    """
    named = str(options.get("header") or "").lower()
    names = (named,) if named else _GRAFANA_HEADERS
    given = next((headers[name] for name in names if name in headers), "")
    wanted = str(options.get("timestamp_header") or "").lower()
    timestamp = headers.get(wanted or _GRAFANA_TIMESTAMP)
    if timestamp is None:
        return not wanted and _is_one([given], body, secrets)
    stamped = timestamp.encode("latin-1", "replace") + b":" + body
    return is_recent(timestamp, now) and _is_one([given], stamped, secrets)


def _is_one(given: Iterable[str], signed: bytes, secrets: Iterable[str]) -> bool:
    right = [hmac.digest(_bytes(secret), signed, "sha256").hex() for secret in secrets]
    found = [equals_any(each.strip().lower(), right) for each in given]
    return any(found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
