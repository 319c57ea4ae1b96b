"""Sanitising of untrusted texts: length limits, and no characters that databases refuse."""

import hashlib
import re
from urllib.parse import urlsplit

from app.domain.alerts.sources import replace_unstorable
from app.domain.links import has_user_info

__all__ = ["clean", "clean_url", "dedup_key", "is_unset"]

MAX_KEY = 255
MAX_URL = 2000

# Template variables that a sender left unreplaced because they are unknown or have no value.
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
    """Strip `text`, replace unstorable characters, and truncate it to `limit` characters."""
    text = replace_unstorable(text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_url(text: str) -> str | None:
    """Return `text` if it is an http or https URL that is safe to link, else None."""
    text = text.strip()
    if len(text) > MAX_URL or replace_unstorable(text) != text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_link = parts.scheme in {"http", "https"} and parts.netloc and not has_user_info(text)
    return text if is_link else None


def dedup_key(*parts: str) -> str:
    """Join the parts into a dedup key of at most MAX_KEY characters. Empty when all parts are.

    Different parts give different keys: colons are escaped unless only the last part has any, and
    a key that is too long or has unstorable characters is completed by the SHA-256 of the original.
    """
    stripped = [part.strip() for part in parts]
    if not any(stripped):
        return ""
    if len(stripped) > 1 and ("\\" in "".join(stripped) or ":" in "".join(stripped[:-1])):
        stripped = [part.replace("\\", "\\\\").replace(":", "\\:") for part in stripped]
    joined = ":".join(stripped)
    storable = replace_unstorable(joined)
    if joined == storable and len(joined) <= MAX_KEY:
        return joined
    digest = hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()
    return f"{storable[:150]}…{digest}"


def is_unset(text: str) -> bool:
    """Whether `text` is an unreplaced template variable, such as `*alertDuration*`."""
    return _UNSET.fullmatch(text.strip()) is not None
