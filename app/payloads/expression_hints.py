"""Hints for expressions that are written in the way of a language other than JMESPath."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from jmespath.lexer import Lexer

from app.payloads.sanitize import clean

__all__ = ["find_misread_text", "hint"]

_MAX_QUOTED = 60
_HYPHENATED = re.compile(r"(?<![\w\"'`-])[A-Za-z_]\w*(?:-\w+)+", re.ASCII)
_TEXTS = re.compile(r"'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`")
# Of what cannot be parsed, outside of texts: the first that occurs is explained.
_HINTS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.ASCII), text)
    for pattern, text in (
        (r"\A\s*\$", "a path begins with a name, such as data.id, not with $"),
        (r"\{\{", "write a name without braces, such as data.id"),
        (r"[\w\])]\s*\[\s*(?:''|\")", "a field is written with a dot, such as data.id"),
        (r"\.\d", "an element of a list is written in brackets, such as checks[0].id"),
        (r"\+", "texts are joined with join('-', [data.id, data.name])"),
        (r"(?<!\[)\?[^:]*:", "a choice is written data.ok && 'up' || 'down'"),
        (r"\b(?:and|or|not)\b", "and, or, not are written &&, ||, !"),
        (r"(?<![=!<>])=(?!=)", "equality is written =="),
        (r"[=<>]\s*-?\d", "a number stands in backquotes, such as `5`"),
    )
)
_COMPARATORS = {"eq", "ne", "lt", "lte", "gt", "gte"}
_TEXT_FUNCTIONS = {"contains", "starts_with", "ends_with"}
_BOOLEANS = {"true", "false"}


def hint(expression: str) -> str:
    """What to write instead in an expression that cannot be parsed; empty if nothing shows it."""
    outside = _TEXTS.sub("''", expression)
    for pattern, text in _HINTS:
        if pattern.search(outside):
            return f"; {text}"
    if found := _HYPHENATED.search(expression):
        return f'; a name with a hyphen stands in double quotes: "{clean(found[0], _MAX_QUOTED)}"'
    return ""


def find_misread_text(expression: str) -> str | None:
    """Return why a comparison with a text or boolean compares a field; None if none does.

    JMESPath reads `"down"` and `true` as the names of fields, so such a comparison would never be
    true, without an error. Where a field of that name is meant, it needs no quotes.
    """
    for before, token, after in _with_neighbours(expression):
        value = str(token["value"])
        if token["type"] == "unquoted_identifier":
            is_compared = after in _COMPARATORS or before in _COMPARATORS
            if is_compared and value in _BOOLEANS:
                return f"{value} is the name of a field; the boolean is written `{value}`"
            continue
        has_no_word = not re.search(r"\w", value)
        is_operand = before in _COMPARATORS | _TEXT_FUNCTIONS or after in _COMPARATORS
        if before != "dot" and (has_no_word or (is_operand and value.isidentifier())):
            shown = clean(value, _MAX_QUOTED)
            return f"\"{shown}\" is the name of a field; a text stands in single quotes: '{shown}'"
    return None


def _with_neighbours(expression: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Each name of a field, with the kinds of what stands before and after it.

    Before the second argument of a function on texts stands the name of the function.
    """
    tokens = list(Lexer().tokenize(expression))
    functions: list[str] = []
    before = ""
    for token, following in pairwise(tokens):
        kind, after = str(token["type"]), str(following["type"])
        if kind.endswith("quoted_identifier") and after not in {"lparen", "colon", "dot"}:
            yield before, token, after
        if kind == "lparen":
            functions.append(before)
        elif kind == "rparen" and functions:
            functions.pop()
        before = kind
        if kind == "comma" and functions and functions[-1] in _TEXT_FUNCTIONS:
            before = functions[-1]
        elif kind == "unquoted_identifier" and after == "lparen":
            before = str(token["value"])
