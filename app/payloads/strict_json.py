"""Strict parser for untrusted JSON: refuses input that parsers interpret differently.

Source: monitors/README.md section 1 (More traps); RFC 8259 sections 4 and 6.
"""

import json
import math
import re
from typing import NoReturn, TypeAlias

from app.ports.monitor import MalformedPayloadError

__all__ = ["MAX_DEPTH", "Json", "looks_like_json", "parse_json"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 64
_MAX_DIGITS = 40

# A string (terminated or not) or one bracket.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def parse_json(text: str) -> Json:
    """Parse JSON.

    Refuses NaN and Infinity, numbers beyond a float, nesting deeper than MAX_DEPTH, and a name
    that an object has twice with different values. An integer of more than 40 digits becomes text.
    Raises MalformedPayloadError.
    """
    _check_depth(text)
    try:
        value: Json = json.loads(
            text,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_fraction,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError("The body is not valid JSON.") from error
    return value


def looks_like_json(text: str) -> bool:
    """Whether a text starts like a JSON object or array."""
    return text.lstrip()[:1] in {"{", "["}


def _check_depth(text: str) -> None:
    """Count brackets outside strings, before the recursive parser runs."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            raise MalformedPayloadError(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _refuse(_name: str) -> NoReturn:
    raise MalformedPayloadError("The body holds NaN or Infinity, which JSON does not know.")


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedPayloadError("The body holds a number too large to be read.")
    return number


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise MalformedPayloadError("The body gives one name twice with different values.")
        found[name] = value
    return found
