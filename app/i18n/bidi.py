"""Keeps text from reaching out of its place: controls are taken out, inserted data is isolated."""

import re
import unicodedata
from functools import lru_cache

from app.i18n.languages import direction

__all__ = ["isolate", "strip_controls"]

# Control characters, bidirectional embeddings, overrides and isolates, halves of characters.
_UNTAMED = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})

# A page says the same names many times over.
_LONGEST_KEPT = 100


def strip_controls(text: str) -> str:
    """The text without characters that would act on what stands around it.

    Left-to-right and right-to-left marks stay: they are how careful authors write mixed text.
    """
    return _UNTAMED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def isolate(data: str, language: str) -> str:
    """Data as it can stand inside a sentence of `language` without disordering it.

    Left-to-right data in a left-to-right sentence stays bare, so that it can be searched for.
    """
    return (_isolated_once if len(data) <= _LONGEST_KEPT else _isolated)(data, language)


def _isolated(data: str, language: str) -> str:
    tame = strip_controls(data)
    right_to_left = (unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in tame)
    if direction(language) == "ltr" and not any(right_to_left):
        return tame
    return f"{_FIRST_STRONG_ISOLATE}{tame}{_POP_ISOLATE}"


_isolated_once = lru_cache(maxsize=2048)(_isolated)
