"""Settings of the log for `fyr serve`, which reads no other settings.

Importing pydantic takes longer than everything else in that process.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["log_settings"]

_DEFAULTS = {"FYR_LOG_LEVEL": "info", "FYR_LOG_FORMAT": "text", "FYR_LOG_TARGET": "stderr"}
_LEVELS = frozenset({"debug", "info", "warning", "error"})
# NAME=VALUE as python-dotenv reads it: `export` before it, a value in quotes, a comment after it.
_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>\w+)[ \t]*=[ \t]*"""
    r"""(?:'(?P<single>[^'\n]*)'|"(?P<double>[^"\n]*)"|(?P<bare>[^'"\s#][^\n]*?)?)"""
    r"""[ \t]*(?:(?<=\s)\#[^\n]*)?$""",
    re.MULTILINE,
)


def log_settings(
    environment: Mapping[str, str] = os.environ, file: Path | None = None
) -> tuple[str, str, str]:
    """The values of FYR_LOG_LEVEL, FYR_LOG_FORMAT and FYR_LOG_TARGET, or their defaults.

    The environment comes before the file of settings, which is `.env` or what FYR_ENV_FILE names. A
    file that cannot be read has no values: the web process reports it.
    """
    try:
        text = (file or Path(environment.get("FYR_ENV_FILE", ".env"))).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    values = dict(_DEFAULTS)
    values |= _known({found["name"]: _value(found) for found in _LINE.finditer(text)})
    values |= _known(environment)
    level = values["FYR_LOG_LEVEL"].lower()
    # The web process reports a level that there is not.
    known = level if level in _LEVELS else _DEFAULTS["FYR_LOG_LEVEL"]
    return known, values["FYR_LOG_FORMAT"].lower(), values["FYR_LOG_TARGET"]


def _known(entries: Mapping[str, str]) -> dict[str, str]:
    # As pydantic does, in any case.
    return {name.upper(): value for name, value in entries.items() if name.upper() in _DEFAULTS}


def _value(found: re.Match[str]) -> str:
    return found["single"] or found["double"] or found["bare"] or ""
