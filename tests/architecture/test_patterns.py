"""Regular expressions have one meaning in every Python that the project supports."""

import ast
import re

import pytest

from tests.architecture.source import violations

# `x*+`, `x++`, `x?+`, `x{2}+` and `(?>x)`.
_POSSESSIVE = re.compile(r"(?:[^\\(|[][*+?}]|\{\d+\})\+|\(\?>")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


def is_possessive(pattern: str) -> bool:
    """Whether a part of the expression never gives back what it has matched.

    Python before 3.11.5 lets such parts match too little (cpython issue 101955).
    """
    return bool(_POSSESSIVE.search(_ESCAPED.sub("x", _SET.sub("x", pattern))))


def text_of(argument: ast.expr) -> str:
    """The text of a literal, with an `x` for what is filled in; empty for other arguments."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(map(text_of, argument.values))
    if isinstance(argument, ast.FormattedValue):
        return "x"
    value = argument.value if isinstance(argument, ast.Constant) else ""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def possessive_patterns(tree: ast.Module) -> list[int]:
    patterns = [
        (node.lineno, text_of(argument))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        for argument in node.args[:1]
    ]
    return [line for line, pattern in patterns if is_possessive(pattern)]


@pytest.mark.parametrize("pattern", ["a*+b", "(?:a|b)*+", "[a-z]++", "a?+", "a{2}+", "(?>a|b)"])
def test_a_possessive_part_is_found(pattern: str) -> None:
    assert is_possessive(pattern)


@pytest.mark.parametrize(
    "pattern", ["[*+]+", r"\*\+", r"\++", "a+b", "[-*+/]*", r"(\+|a)+", "a{1,3}"]
)
def test_other_expressions_are_not(pattern: str) -> None:
    assert not is_possessive(pattern)


@pytest.mark.parametrize("folder", ["app", "scripts", "tests"])
def test_no_expression_is_possessive(folder: str) -> None:
    assert violations(folder, possessive_patterns, but="tests/architecture/test_patterns.py") == []
