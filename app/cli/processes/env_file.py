"""The few settings of commands that read no others: those of the log, and the data directory.

Importing pydantic takes longer than everything else in `fyr serve`, and as long as it in
`fyr judge`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["data_dir", "log_settings"]

_DATA_DIR = {"FYR_DATA_DIR": "var"}
_LOG = {"FYR_LOG_LEVEL": "info", "FYR_LOG_FORMAT": "text", "FYR_LOG_TARGET": "stderr"}
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
    values = _values(_LOG, environment, file)
    level = values["FYR_LOG_LEVEL"].lower()
    # The web process reports a level that there is not.
    known = level if level in _LEVELS else _LOG["FYR_LOG_LEVEL"]
    return known, values["FYR_LOG_FORMAT"].lower(), values["FYR_LOG_TARGET"]


def data_dir(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Path:
    """The value of FYR_DATA_DIR, or its default, read as `log_settings` reads its own."""
    return Path(_values(_DATA_DIR, environment, file)["FYR_DATA_DIR"])


def _values(
    defaults: Mapping[str, str], environment: Mapping[str, str], file: Path | None
) -> dict[str, str]:
    try:
        text = (file or Path(environment.get("FYR_ENV_FILE", ".env"))).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    in_file = {found["name"]: _value(found) for found in _LINE.finditer(text)}
    # In any case, as pydantic reads them.
    given = {name.upper(): value for name, value in [*in_file.items(), *environment.items()]}
    return {name: given.get(name, default) for name, default in defaults.items()}


def _value(found: re.Match[str]) -> str:
    return found["single"] or found["double"] or found["bare"] or ""
