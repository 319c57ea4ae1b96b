"""Strict JSON reader: refuses input that JSON parsers interpret differently.

Source: RFC 8259 sections 4, 6 and 8; monitors/README.md section 1 (More traps).
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, TypeAlias

from app.ports.monitor import MalformedPayloadError

__all__ = [
    "EXTERNAL_LIMITS",
    "MONITOR_LIMITS",
    "Json",
    "JsonFault",
    "JsonFormatError",
    "JsonLimits",
    "looks_like_json",
    "parse_json",
    "read_json",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# A string (terminated or not) or one bracket.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_SEPARATORS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{,]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonFault(StrEnum):
    """Why a text is refused."""

    SYNTAX = "syntax"
    CONSTANT = "constant"
    DEPTH = "depth"
    VALUES = "values"
    DIGITS = "digits"
    RANGE = "range"
    DUPLICATE_NAME = "duplicate_name"
    SURROGATE = "surrogate"


class JsonFormatError(ValueError):
    """The text is not JSON, or exceeds the limits of the reader.

    `detail` is the parser's message (SYNTAX), or the name (CONSTANT, DUPLICATE_NAME).
    """

    def __init__(self, fault: JsonFault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """What a reader accepts besides RFC 8259.

    `max_depth`: nested arrays and objects. `max_values`: elements of all arrays and objects
    together; None means any number. `max_digits`: characters of an integer; a longer one is
    refused, or becomes text with `long_integers_as_text`. `equal_duplicates`: an object may repeat
    a name with an equal value. `surrogates`: strings may have unpaired surrogates.
    """

    max_depth: int
    max_digits: int
    max_values: int | None = None
    long_integers_as_text: bool = False
    equal_duplicates: bool = False
    surrogates: bool = False


# Monitors are read leniently, because losing an alert is worse than an odd value.
MONITOR_LIMITS = JsonLimits(
    max_depth=64,
    max_digits=40,
    long_integers_as_text=True,
    equal_duplicates=True,
    surrogates=True,
)


# Identity providers, browsers and import documents: whatever two readers read alike.
EXTERNAL_LIMITS = JsonLimits(max_depth=64, max_digits=40)


# DIGITS, VALUES and SURROGATE cannot occur within MONITOR_LIMITS.
_MONITOR_MESSAGES = {
    JsonFault.SYNTAX: "The body is not valid JSON.",
    JsonFault.CONSTANT: "The body holds NaN or Infinity, which JSON does not know.",
    JsonFault.DEPTH: f"The body is nested more than {MONITOR_LIMITS.max_depth} levels deep.",
    JsonFault.RANGE: "The body holds a number too large to be read.",
    JsonFault.DUPLICATE_NAME: "The body gives one name twice with different values.",
}


def read_json(text: str, limits: JsonLimits) -> Json:
    """Parse JSON. Raises JsonFormatError, also for NaN, Infinity and numbers beyond a float."""
    _check_depth(text, limits.max_depth)
    if limits.max_values is not None:
        _check_values(text, limits.max_values)
    try:
        value: Json = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer_reader(limits),
            parse_float=_read_fraction,
            object_pairs_hook=_object_reader(limits),
        )
    except json.JSONDecodeError as error:
        message = f"{error.msg} at character {error.pos}"
        raise JsonFormatError(JsonFault.SYNTAX, message) from error
    except RecursionError as error:
        raise JsonFormatError(JsonFault.DEPTH) from error
    if not limits.surrogates:
        _check_surrogates(value)
    return value


def parse_json(text: str) -> Json:
    """Parse JSON of a monitor within MONITOR_LIMITS. Raises MalformedPayloadError."""
    try:
        return read_json(text, MONITOR_LIMITS)
    except JsonFormatError as error:
        raise MalformedPayloadError(_MONITOR_MESSAGES[error.fault]) from error


def looks_like_json(text: str) -> bool:
    """Whether a text starts like a JSON object or array."""
    return text.lstrip()[:1] in {"{", "["}


def _check_depth(text: str, max_depth: int) -> None:
    """Count brackets outside strings, before the recursive parser runs."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > max_depth:
            raise JsonFormatError(JsonFault.DEPTH)


def _check_values(text: str, max_values: int) -> None:
    """Count what separates elements outside strings, before the parser makes objects of them."""
    if text.count(",") + text.count("[") + text.count("{") <= max_values:
        return
    values = 0
    for token in _SEPARATORS.finditer(text):
        values += token[0][0] != '"'
        if values > max_values:
            raise JsonFormatError(JsonFault.VALUES)


def _refuse_constant(name: str) -> NoReturn:
    raise JsonFormatError(JsonFault.CONSTANT, name)


def _read_fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JsonFormatError(JsonFault.RANGE)
    return number


def _integer_reader(limits: JsonLimits) -> Callable[[str], int | str]:
    def read(digits: str) -> int | str:
        if len(digits) <= limits.max_digits:
            return int(digits)
        if limits.long_integers_as_text:
            return digits
        raise JsonFormatError(JsonFault.DIGITS)

    return read


def _object_reader(limits: JsonLimits) -> Callable[[list[tuple[str, Json]]], dict[str, Json]]:
    def read(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for name, value in pairs:
            if name in found and not (limits.equal_duplicates and found[name] == value):
                raise JsonFormatError(JsonFault.DUPLICATE_NAME, name)
            found[name] = value
        return found

    return read


def _check_surrogates(value: Json) -> None:
    """Refuse unpaired surrogates in names and strings: no encoding can represent them."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            if _SURROGATE.search(each):
                raise JsonFormatError(JsonFault.SURROGATE)
        elif isinstance(each, list):
            pending += each
        elif isinstance(each, dict):
            pending += [*each, *each.values()]
