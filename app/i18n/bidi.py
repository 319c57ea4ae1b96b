"""Bidirectional text: control characters are removed and inserted data is isolated."""

import re
import unicodedata
from functools import lru_cache

from app.i18n.languages import direction

__all__ = ["isolate", "reads_right_to_left", "strip_controls", "strip_overrides"]

# C0 and C1 controls, bidirectional embeddings, overrides and isolates, lone surrogates.
_CONTROLS = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Controls except isolates, which `isolate` adds in pairs.
_OVERRIDES = re.compile(_CONTROLS.pattern.replace("\u2066-\u2069", ""))
_FIRST_STRONG_ISOLATE, _RIGHT_TO_LEFT_ISOLATE, _POP_ISOLATE = "\u2068", "\u2067", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})

# Names recur on a page; longer texts are not worth caching.
_LONGEST_CACHED = 100


def strip_controls(text: str) -> str:
    """The text without control characters that would affect the text around it.

    Left-to-right and right-to-left marks are kept: authors need them to write mixed text.
    """
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def strip_overrides(text: str) -> str:
    """The text without control characters, with the isolates that `isolate` added."""
    return _OVERRIDES.sub("", text)


def isolate(data: str, language: str) -> str:
    """Data wrapped in a directional isolate, for insertion into a sentence of `language`.

    Left-to-right data in a left-to-right language is not wrapped, so that it stays searchable.
    """
    return (_isolate_cached if len(data) <= _LONGEST_CACHED else _isolate)(data, language)


def _isolate(data: str, language: str) -> str:
    plain = strip_controls(data)
    if direction(language) == "ltr" and not any(map(_is_right_to_left, plain)):
        return plain
    turns = reads_right_to_left(plain, language)
    first = _RIGHT_TO_LEFT_ISOLATE if turns else _FIRST_STRONG_ISOLATE
    return f"{first}{plain}{_POP_ISOLATE}"


def reads_right_to_left(data: str, language: str) -> bool:
    """Whether data begins left to right but is a text of `language`, which is right to left.

    An example is the Arabic “Windows without updates”: its first word alone would turn it around.
    """
    if direction(language) == "ltr":
        return False
    return (_turns_cached if len(data) <= _LONGEST_CACHED else _turns)(data)


def _turns(data: str) -> bool:
    strong = [char for char in data if _is_right_to_left(char) or _is_left_to_right(char)]
    return bool(strong) and _is_left_to_right(strong[0]) and any(map(_is_right_to_left, strong))


def _is_right_to_left(char: str) -> bool:
    return unicodedata.bidirectional(char) in _RIGHT_TO_LEFT


def _is_left_to_right(char: str) -> bool:
    return unicodedata.bidirectional(char) == "L"


_isolate_cached = lru_cache(maxsize=2048)(_isolate)
_turns_cached = lru_cache(maxsize=2048)(_turns)
