"""Every test asserts something, by itself or through a helper that does."""

import ast
from collections.abc import Collection

import pytest

from tests.architecture.source import violations

# What asserts besides `assert`: pytest's, Playwright's and Alembic's functions, and helpers of
# several test files.
ASSERTING = {
    *("raises", "warns", "fail", "expect", "check", "wait_for"),
    *("eventually", "wait_until", "read"),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def asserts(function: Function, helpers: Collection[str]) -> bool:
    """Whether the function contains an assert statement or calls a helper that asserts."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in helpers)
        for node in ast.walk(function)
    )


def without_assertion(tree: ast.Module) -> list[int]:
    """The lines of tests that assert nothing. Helpers of the same file count as well."""
    functions = [node for node in tree.body if isinstance(node, Function)]
    helpers = set(ASSERTING)
    while more := {each.name for each in functions if asserts(each, helpers)} - helpers:
        helpers |= more
    return [
        each.lineno
        for each in functions
        if each.name.startswith("test_") and not asserts(each, helpers)
    ]


def test_every_test_asserts_something() -> None:
    assert violations("tests", without_assertion) == []


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    run()",
        "async def test_it():\n    await run()",
        "def run():\n    pass\n\ndef test_it():\n    run()",
    ],
)
def test_a_test_without_assertion_is_found(code: str) -> None:
    assert without_assertion(ast.parse(code)) == [code.count("\n", 0, code.index("def test_")) + 1]


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    assert run()",
        "def test_it():\n    with pytest.raises(ValueError):\n        run()",
        "def test_it():\n    eventually(run, 'it runs')",
        "def a():\n    assert run()\n\ndef b():\n    a()\n\ndef test_it():\n    b()",
    ],
)
def test_a_test_that_asserts_directly_or_through_a_helper_is_accepted(code: str) -> None:
    assert without_assertion(ast.parse(code)) == []
