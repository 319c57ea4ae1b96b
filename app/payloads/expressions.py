"""JMESPath expressions of mappings: checked when they are saved, evaluated on untrusted values.

The language: https://jmespath.org/specification.html. In addition to its functions there are
`lower`, `split`, `regex_find` and `time`; they are described in docs/monitors/generic.md.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError, JMESPathTypeError

from app.domain.patterns import PatternError, compile_pattern
from app.payloads.budget import MAX_NODES, Budget, BudgetError, interpret
from app.payloads.expression_hints import find_misread_text, hint
from app.payloads.sanitize import clean
from app.payloads.strict_json import Json

__all__ = ["ExpressionError", "evaluate", "find_fault", "header_names"]

_MAX_REASON = 240
_MAX_QUOTED = 60
_MAX_TIME = 100
_MAX_PARTS = 1000
# Without a year a time has no meaning; and strptime completes it with 1900.
_YEAR = re.compile(r"%[YyGcx]")

# Exceptions that jmespath.py raises on invalid input, in addition to its own.
_PARSE_ERRORS = (JMESPathError, ValueError, TypeError, RecursionError, LookupError)
_SEARCH_ERRORS = (*_PARSE_ERRORS, ArithmeticError, AttributeError)


class ExpressionError(Exception):
    """An expression cannot be evaluated on a payload. The message gives the reason for staff."""


class _Functions(functions.Functions):
    """Functions of JMESPath, and four of our own. All are pure."""

    @functions.signature({"types": ["string"]})
    def _func_lower(self, text: str) -> str:
        return text.lower()

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_split(self, text: str, separator: str) -> list[str]:
        if not separator:
            raise ExpressionError("split() needs a separator that is not empty")
        return text.split(separator, _MAX_PARTS)

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_regex_find(self, text: str, pattern: str) -> str | None:
        """First group of the leftmost match, the whole match without groups, null without any."""
        try:
            compiled = compile_pattern(pattern)
        except PatternError as error:
            raise ExpressionError(f"regex_find() cannot read the pattern: {error}") from error
        found = compiled.search(_encodable(text))
        return found.group(min(1, compiled.groups)) if found else None

    @functions.signature({"types": ["string", "number"]}, {"types": ["string"]})
    def _func_time(self, text: str | float, layout: str) -> str:
        """Time in a layout of strptime as ISO 8601; without an offset it is in `time_zone`."""
        try:
            return _read_layout(str(text).strip(), layout)
        except ValueError as error:
            quoted = clean(str(text), _MAX_QUOTED)
            raise ExpressionError(f"time() finds no {layout!r} in {quoted!r}") from error


_FUNCTIONS = _Functions()


def evaluate(expression: str, scope: Mapping[str, Json], budget: Budget) -> Json:
    """Evaluate an expression within the budget of its payload.

    Raises ExpressionError with the reason of jmespath, BudgetError when the budget is used up.
    """
    try:
        return interpret(_parse(expression), scope, _FUNCTIONS, budget)
    except (ExpressionError, BudgetError):
        raise
    except JMESPathTypeError as error:
        error.current_value = _quoted(error.current_value)
        raise ExpressionError(_first_line(error)) from error
    except _SEARCH_ERRORS as error:
        raise ExpressionError(_first_line(error)) from error


def find_fault(expression: str) -> str | None:
    """Return why an expression can never be evaluated, None if it may be."""
    try:
        root = _parse(expression)
    except _PARSE_ERRORS as error:
        return _first_line(error) + hint(expression)
    if sum(1 for _ in islice(_nodes(root), MAX_NODES + 1)) > MAX_NODES:
        return f"it has more than {MAX_NODES} parts; split it over several options"
    if root["type"] == "expref":
        return "& stands only before an argument of a function, such as sort_by()"
    faults = (fault for node in _nodes(root) if (fault := _call_fault(node)))
    return next(faults, None) or find_misread_text(expression)


@lru_cache(maxsize=1024)
def header_names(expression: str) -> frozenset[str]:
    """Return the names of headers that an expression reads from `_headers`, as it spells them."""
    if "_headers" not in expression or find_fault(expression):
        return frozenset()
    root = _parse(expression)
    pairs = (node["children"] for node in _nodes(root) if node["type"] == "subexpression")
    return frozenset(
        str(pair[index + 1].get("value", ""))
        for pair in pairs
        for index in range(len(pair) - 1)
        if pair[index].get("type") == "field" and pair[index].get("value") == "_headers"
    )


def _parse(expression: str) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = jmespath.compile(expression).parsed
    return parsed


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    pending: list[Mapping[str, Any]] = [node]
    while pending:
        each = pending.pop()
        yield each
        pending += [child for child in each.get("children", ()) if isinstance(child, dict)]


def _call_fault(node: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a call of a function, as far as its text shows it."""
    if node["type"] != "function_expression":
        return None
    name, arguments = str(node["value"]), node["children"]
    known = _Functions.FUNCTION_TABLE.get(name)
    if known is None:
        return f"there is no function {clean(name, _MAX_QUOTED)}()"
    wanted = known["signature"]
    is_variadic = bool(wanted and wanted[-1].get("variadic"))
    if len(arguments) < len(wanted) or (len(arguments) > len(wanted) and not is_variadic):
        least = "at least " if is_variadic else ""
        noun = "argument" if len(wanted) == 1 else "arguments"
        return f"{name}() takes {least}{len(wanted)} {noun}, not {len(arguments)}"
    for argument, accepted in zip(arguments, (each["types"] for each in wanted), strict=False):
        if fault := _argument_fault(name, argument, accepted):
            return fault
    check = _LITERAL_FAULTS.get(name)
    if check is None or arguments[-1]["type"] != "literal":
        return None
    return check(arguments[-1]["value"])


def _argument_fault(name: str, argument: Mapping[str, Any], accepted: list[str]) -> str | None:
    """Return why an argument can never have a type that the function accepts."""
    if (accepted == ["expref"]) != (argument["type"] == "expref"):
        needed = "an expression with & before it" if accepted == ["expref"] else "a value without &"
        return f"{name}() takes {needed}"
    if argument["type"] != "literal" or not accepted:
        return None
    actual = _TYPES[type(argument["value"])]
    if actual in accepted or (actual == "array" and "array" in str(accepted)):
        return None
    return f"{name}() takes {' or '.join(accepted)}, not {actual}"


def _pattern_fault(pattern: object) -> str | None:
    if not isinstance(pattern, str):
        return "the pattern of regex_find() must be a text in single quotes"
    try:
        compile_pattern(pattern)
    except PatternError as error:
        return f"regex_find() cannot read the pattern: {clean(str(error), _MAX_QUOTED)}"
    return None


def _separator_fault(separator: object) -> str | None:
    return None if separator else "split() needs a separator that is not empty"


@lru_cache(maxsize=256)
def _layout_fault(layout: object) -> str | None:
    if not isinstance(layout, str) or len(layout) > _MAX_TIME or not _YEAR.search(layout):
        return (
            "the layout of time() must be a text in single quotes with a year, such as '%d/%m/%Y'"
        )
    # A naive time is written without its offset, so the layout is read without it too.
    naive = layout.replace("%z", "").replace("%Z", "")
    try:
        sample = datetime(2026, 11, 23, 12, 34, 56).strftime(naive)  # noqa: DTZ001
        datetime.strptime(sample, naive)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        return f"time() cannot read the layout: {clean(str(error), _MAX_QUOTED)}"
    return None


_TYPES: Mapping[type, str] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "number",
    list: "array",
    str: "string",
    type(None): "null",
}
_LITERAL_FAULTS: Mapping[str, Callable[[object], str | None]] = {
    "regex_find": _pattern_fault,
    "split": _separator_fault,
    "time": _layout_fault,
}


def _read_layout(text: str, layout: str) -> str:
    if len(text) > _MAX_TIME or _layout_fault(layout):
        raise ValueError(layout)
    return datetime.strptime(text, layout).isoformat()  # noqa: DTZ007


def _quoted(value: object) -> str:
    """Name a value in a reason. The parts of an object may be secret, and do not help."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(clean(value, _MAX_QUOTED)) if isinstance(value, str) else json.dumps(value)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return clean(lines[0].rstrip(".:"), _MAX_REASON) if lines else "it cannot be evaluated"
