"""Plural forms of a language by CLDR, as the header of a catalogue states them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from babel import Locale
from babel.plural import PluralRule

__all__ = ["PluralForms", "plural_forms"]

# The order in which CLDR lists its categories; a catalogue numbers its forms in this order.
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
# Every category that whole numbers reach occurs among these; `many` of Spanish is for millions.
_NUMBERS = (*range(201), 1_000_000, 2_000_000)
_EXAMPLES = 4
# Fractions and compact notation: a message counts whole numbers, for which these operands are 0.
_ALWAYS_ZERO = frozenset("vwftce")

# A node of a rule as Babel parses it: its kind, and its operands.
_Node: TypeAlias = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class PluralForms:
    """The categories that whole numbers reach, in order, and the rule in the syntax of gettext."""

    categories: tuple[str, ...]
    examples: tuple[tuple[int, ...], ...]
    expression: str

    @property
    def header(self) -> str:
        """Value of the header field `Plural-Forms`."""
        return f"nplurals={len(self.categories)}; plural=({self.expression});"


def plural_forms(tag: str) -> PluralForms:
    """The plural forms of the language `tag`."""
    rule = Locale.parse(tag, sep="-").plural_form
    examples: dict[str, list[int]] = {}
    for number in _NUMBERS:
        examples.setdefault(rule(number), []).append(number)
    categories = tuple(each for each in _CATEGORIES if each in examples)
    return PluralForms(
        categories,
        tuple(tuple(examples[each][:_EXAMPLES]) for each in categories),
        _expression(rule, categories),
    )


def _expression(rule: PluralRule, categories: tuple[str, ...]) -> str:
    conditions = {tag: _condition(tree) for tag, tree in rule.abstract if tag in categories}
    *most, last = sorted(categories, key=lambda each: each not in conditions)
    tests = [f"{conditions[each]} ? {categories.index(each)} : " for each in most]
    return "".join(tests) + str(categories.index(last))


def _condition(tree: _Node) -> str:
    """A condition of CLDR in the syntax of C; `1` or `0` where it is always true or false."""
    kind, operands = tree
    if kind == "and":
        parts = [_condition(each) for each in operands]
        return "0" if "0" in parts else _joined(parts, " && ", neutral="1")
    if kind == "or":
        parts = [_condition(each) for each in operands]
        return "1" if "1" in parts else _joined(parts, " || ", neutral="0")
    if kind == "not":
        inner = _condition(operands[0])
        return {"0": "1", "1": "0"}.get(inner, f"!({inner})")
    _, expression, ranges = operands
    value = _value(expression)
    tests = [_within(value, low[1][0], high[1][0]) for low, high in ranges[1]]
    return "1" if "1" in tests else _joined(tests, " || ", neutral="0")


def _joined(parts: list[str], operator: str, *, neutral: str) -> str:
    needed = [each for each in parts if each != neutral]
    if len(needed) < 2:
        return needed[0] if needed else neutral
    return f"({operator.join(needed)})"


def _value(expression: _Node) -> str:
    kind, operands = expression
    if kind == "mod":
        dividend, divisor = _value(operands[0]), operands[1][1][0]
        return dividend if dividend == "0" else f"{dividend}%{divisor}"
    return "0" if kind in _ALWAYS_ZERO else "n"


def _within(value: str, low: int, high: int) -> str:
    if value == "0":
        return "1" if low <= 0 <= high else "0"
    if low == high:
        return f"{value}=={low}"
    return f"({value}>={low} && {value}<={high})"
