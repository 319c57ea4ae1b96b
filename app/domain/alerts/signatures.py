"""Signatures of monitors' requests: HMAC in the format of each sender or of a source. Pure.

Sources: monitors/README.md sections 1 and 3, and the recorded headers of its samples. All functions
compare in constant time and try every secret, because two are valid during a rotation.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

__all__ = [
    "TOLERANCE",
    "equals_any",
    "hmac_fault",
    "is_recent",
    "verify_checkly",
    "verify_grafana",
    "verify_hmac",
    "verify_pagerduty",
    "verify_sentry",
]

# Allowed difference between a signed timestamp and our clock (Standard Webhooks specification).
TOLERANCE = timedelta(minutes=5)

_GRAFANA_HEADERS = ("x-grafana-alerting-signature", "x-grafana-alert-signature")
_GRAFANA_TIMESTAMP = "x-grafana-alerting-timestamp"

_ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
_ENCODINGS = ("hex", "base64")
_MAX_SIGNATURES = 8
_PLACEHOLDER = re.compile(r"\{(body|timestamp|header:[A-Za-z0-9_-]{1,60})\}")
_MILLISECOND_DIGITS = 13

Headers = Mapping[str, str]
Options = Mapping[str, object]


def equals_any(value: str, secrets: Iterable[str]) -> bool:
    """Whether `value` is one of the secrets, in a time that does not depend on which."""
    found = [hmac.compare_digest(_bytes(value), _bytes(secret)) for secret in secrets]
    return any(found)


def is_recent(timestamp: str, now: datetime) -> bool:
    """Whether a signed timestamp, in seconds since 1970, is within TOLERANCE of `now`."""
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def verify_pagerduty(headers: Headers, body: bytes, secrets: Iterable[str]) -> bool:
    """`X-PagerDuty-Signature: v1=hex[,v1=hex]`; PagerDuty sends several during a rotation."""
    signatures = [part.strip() for part in headers.get("x-pagerduty-signature", "").split(",")]
    hexes = [part.removeprefix("v1=") for part in signatures if part.startswith("v1=")]
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
    signature = next((headers[name] for name in names if name in headers), "")
    timestamp_header = str(options.get("timestamp_header") or "").lower()
    timestamp = headers.get(timestamp_header or _GRAFANA_TIMESTAMP)
    if timestamp is None:
        return not timestamp_header and _is_signed([signature], body, secrets)
    signed = timestamp.encode("latin-1", "replace") + b":" + body
    return is_recent(timestamp, now) and _is_signed([signature], signed, secrets)


def hmac_fault(options: Options) -> str | None:
    """Return the name of the option of `verify_hmac` that is wrong, None if all are right."""
    if options.get("algorithm", "sha256") not in _ALGORITHMS:
        return "algorithm"
    if options.get("encoding", "hex") not in _ENCODINGS:
        return "encoding"
    signed = str(options.get("signed", "{body}"))
    names = _PLACEHOLDER.findall(signed)
    if "body" not in names or set("{}") & set(_PLACEHOLDER.sub("", signed)):
        return "signed"
    # A timestamp that is not signed proves nothing, and one that is signed needs a header.
    sources = [name for name in ("timestamp_header", "timestamp_prefix") if options.get(name)]
    if len(sources) > 1 or bool(sources) is not ("timestamp" in names):
        return "signed" if not sources else sources[0]
    return None


def verify_hmac(
    headers: Headers, body: bytes, secrets: Iterable[str], options: Options, now: datetime
) -> bool:
    """HMAC in a configured header.

    `header` contains one or more signatures between commas or spaces, each after `prefix`, in
    `encoding` (hex or base64) by `algorithm`. `signed` is what is signed: a text with `{body}`,
    `{timestamp}` and `{header:NAME}`, in which `\\n` is a line feed. The timestamp, from
    `timestamp_header` or after `timestamp_prefix` in `header`, must be recent.
    """
    words = re.split(r"[,\s]+", headers.get(str(options.get("header")).lower(), ""))
    prefix = str(options.get("prefix") or "")
    signatures = [word.removeprefix(prefix) for word in words if word.startswith(prefix)]
    timestamp = _timestamp(headers, words, options)
    if timestamp is not None and not is_recent(_seconds(timestamp), now):
        return False
    signed = _fill(str(options.get("signed") or "{body}"), headers, body, timestamp or "")
    algorithm = str(options.get("algorithm") or "sha256")
    expected = [hmac.digest(_bytes(secret), signed, algorithm) for secret in secrets]
    encoding = str(options.get("encoding") or "hex")
    decoded = [_decode(word, encoding) for word in signatures[:_MAX_SIGNATURES]]
    found = [hmac.compare_digest(each, right) for each in decoded for right in expected]
    return any(found)


def _timestamp(headers: Headers, words: Iterable[str], options: Options) -> str | None:
    """Timestamp of the request; empty if it is missing, None if none is configured."""
    if name := options.get("timestamp_header"):
        return headers.get(str(name).lower(), "")
    if prefix := options.get("timestamp_prefix"):
        found = (each for each in words if each.startswith(str(prefix)))
        return next(found, "").removeprefix(str(prefix))
    return None


def _seconds(timestamp: str) -> str:
    is_milliseconds = len(timestamp) == _MILLISECOND_DIGITS and timestamp.isdecimal()
    return timestamp[:-3] if is_milliseconds else timestamp


def _fill(template: str, headers: Headers, body: bytes, timestamp: str) -> bytes:
    # Every second part is the name of a placeholder.
    parts = _PLACEHOLDER.split(template.replace("\\n", "\n"))
    filled = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            filled.append(part.encode())
        elif part == "body":
            filled.append(body)
        else:
            _, _, name = part.partition(":")
            value = headers.get(name.lower(), "") if name else timestamp
            filled.append(value.encode("latin-1", "replace"))
    return b"".join(filled)


def _decode(word: str, encoding: str) -> bytes:
    """Decode a signature; empty if it cannot be decoded, which equals no digest."""
    try:
        if encoding == "hex":
            return bytes.fromhex(word)
        padded = word.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _is_signed(signatures: Iterable[str], signed: bytes, secrets: Iterable[str]) -> bool:
    expected = [hmac.digest(_bytes(secret), signed, "sha256").hex() for secret in secrets]
    found = [equals_any(each.strip().lower(), expected) for each in signatures]
    return any(found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
