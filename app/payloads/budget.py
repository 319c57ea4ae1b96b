"""Budget of JMESPath: counts the work of expressions inside the interpreter, and ends it.

A thread cannot be interrupted, so the interpreter itself counts. A step is one visited node of the
expression, one element of a list or object that is built or read as a whole, or 16 characters of a
text. Sizes are those of the value written out: `[@, @] | [@, @] | …` builds a small graph whose
text doubles with every pipe.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jmespath
from jmespath import functions
from jmespath.visitor import TreeInterpreter

from app.payloads.strict_json import Json

__all__ = ["MAX_NODES", "Budget", "BudgetError", "interpret"]

# Nodes of one expression; the longest of the defaults and of the cookbook has 13.
MAX_NODES = 500
# For all expressions on one payload: 1,000 alerts with the default expressions take 32,000 steps.
# A million takes 0.9 seconds of one core at most, measured with projections over 200,000 elements.
_MAX_STEPS = 1_000_000
# Elements of one value, written out: as many as a body of 1 MiB can state.
_MAX_SIZE = 250_000
_CHARACTERS_PER_STEP = 16


class BudgetError(Exception):
    """The expressions need more steps, or build a larger value, than one payload may."""


class Budget:
    """Steps that are left for the expressions on one payload."""

    __slots__ = ("_left",)

    def __init__(self, steps: int = _MAX_STEPS) -> None:
        self._left = steps

    def take(self, steps: int) -> None:
        """Count steps. Raises BudgetError when none are left, then and at every later call."""
        self._left -= steps
        if self._left < 0:
            raise BudgetError("the expressions of the mapping need too many steps")


class _Sizes:
    """Sizes of values, written out; a list or object is measured once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        # The value beside its size keeps the id from being used again.
        self._known: dict[int, tuple[object, int]] = {}

    def of(self, value: object) -> int:
        """The size of a value. Raises BudgetError when it is too large."""
        if isinstance(value, str):
            return self._checked(1 + len(value) // _CHARACTERS_PER_STEP)
        if not isinstance(value, list | dict):
            return 1
        known = self._known.get(id(value))
        return self._measured(value) if known is None else known[1]

    def _measured(self, value: list[Any] | dict[str, Any]) -> int:
        self._budget.take(1 + len(value))
        elements = value.values() if isinstance(value, dict) else value
        size = self._checked(1 + sum(map(self.of, elements)))
        self._known[id(value)] = (value, size)
        return size

    def _checked(self, size: int) -> int:
        if size > _MAX_SIZE:
            raise BudgetError("an expression of the mapping reads or builds too large a value")
        return size


class _Interpreter(TreeInterpreter):
    """Interpreter that counts every visit, and the size of everything that a visit builds."""

    def __init__(self, own: functions.Functions, budget: Budget) -> None:
        super().__init__(jmespath.Options(custom_functions=own))
        self._own = own
        self._budget = budget
        self._sizes = _Sizes(budget)

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # untyped
        self._budget.take(1)
        found = super().visit(node, *args, **kwargs)
        if node["type"] in _BUILDS:
            # Measured at once, so that what is built of it is measured in a few steps.
            self._sizes.of(found)
        return found

    def visit_comparator(self, node: Any, value: Json) -> Any:  # noqa: ANN401  # untyped
        compared = [self.visit(child, value) for child in node["children"]]
        # Equality reads the two values as a whole.
        self._budget.take(sum(map(self._sizes.of, compared)))
        literals = [{"type": "literal", "value": each, "children": []} for each in compared]
        measured: Any = {**node, "children": literals}
        return super().visit_comparator(measured, value)

    def visit_function_expression(self, node: Any, value: Json) -> Any:  # noqa: ANN401  # untyped
        arguments = [self.visit(child, value) for child in node["children"]]
        sizes = [self._sizes.of(each) for each in arguments]
        self._budget.take(sum(sizes))
        growth = _GROWTH.get(node["value"])
        if growth is not None:
            self._budget.take(growth(arguments))
        return self._own.call_function(node["value"], arguments)


def _joined_steps(arguments: list[Any]) -> int:
    """Steps for the text that `join` returns: the separator stands between all parts."""
    glue, parts = (*arguments, None, None)[:2]
    if not isinstance(glue, str) or not isinstance(parts, list):
        return 0
    return len(glue) * len(parts) // _CHARACTERS_PER_STEP


def _sorted_steps(arguments: list[Any]) -> int:
    """Steps for the comparisons of a sort."""
    found = arguments[0] if arguments and isinstance(arguments[0], list) else ()
    return len(found) * len(found).bit_length()


_GROWTH: Mapping[str, Callable[[list[Any]], int]] = {
    "join": _joined_steps,
    "sort": _sorted_steps,
    "sort_by": _sorted_steps,
}
_BUILDS = frozenset(
    {
        "filter_projection",
        "flatten",
        "function_expression",
        "multi_select_dict",
        "multi_select_list",
        "projection",
        "slice",
        "value_projection",
    }
)


def interpret(
    parsed: Mapping[str, Any], scope: Mapping[str, Json], own: functions.Functions, budget: Budget
) -> Json:
    """Evaluate a parsed expression within a budget.

    Raises BudgetError, and what JMESPath raises.
    """
    found: Json = _Interpreter(own, budget).visit(parsed, scope)
    return found
