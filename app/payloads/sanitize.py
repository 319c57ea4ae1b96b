"""Texts from strangers, made storable: bounded, and without what a database refuses."""

import hashlib
import re
from urllib.parse import urlsplit

__all__ = ["clean", "clean_url", "dedup_key", "is_unset"]

MAX_KEY = 255
MAX_URL = 2000

# PostgreSQL stores no NUL, and UTF-8 has no lone surrogates; both arrive as JSON escapes.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

# What senders leave in place of a variable that they do not know or that has no value.
_UNSET = re.compile(
    r"""
      \*\w+\*                  # UptimeRobot *alertDuration*, Zabbix *UNKNOWN*
    | \{\$?[A-Z][\w.<>]*\}     # Zabbix {EVENT.ID}, {$ZABBIX.URL}
    | \$[A-Z][A-Z0-9_]*        # Datadog $ALERT_CYCLE_KEY, Healthchecks $CODE
    | \[[A-Z]+(?:_[A-Z]+)+\]   # Gatus [ALERT_DESCRIPTION]
    | \{\{.*\}\}               # Checkly {{CHECK_ID}}, Uptime Kuma {{ name }}
    | <no\ value> | \[no\ value\]  # Go templates
    """,
    re.VERBOSE,
)


def clean(text: str, limit: int) -> str:
    """`text` without surrounding space and without what cannot be stored, at most `limit` long."""
    text = _UNSTORABLE.sub("�", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_url(text: str) -> str | None:
    """`text` when it is an http or https address that can be linked to, else None."""
    text = text.strip()
    if len(text) > MAX_URL or _UNSTORABLE.search(text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.netloc else None


def dedup_key(*parts: str) -> str:
    """One key of several parts; a long one is shortened, and stays a key of its own.

    Empty when every part is. At most MAX_KEY characters.
    """
    if not any(parts):
        return ""
    joined = _UNSTORABLE.sub("�", ":".join(part.strip() for part in parts))
    if len(joined) <= MAX_KEY:
        return joined
    return f"{joined[:150]}…{hashlib.sha256(joined.encode()).hexdigest()}"


def is_unset(text: str) -> bool:
    """Whether `text` is a variable that the sender did not replace, such as `*alertDuration*`."""
    return _UNSET.fullmatch(text.strip()) is not None
