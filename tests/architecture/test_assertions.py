"""Every test asserts something, by itself or through a helper that does."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, violations

# Functions of libraries that fail a test: pytest's, Playwright's and Alembic's.
LIBRARIES = {"pytest.raises", "pytest.warns", "pytest.fail", "expect", "command.check"}
# Methods that fail a test when what they wait for does not happen.
METHODS = (".wait_for",)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def asserts(function: ast.AST, helpers: frozenset[str]) -> bool:
    """Whether the function contains an assert statement or calls a helper that asserts."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and fails(ast.unparse(node.func), helpers))
        for node in ast.walk(function)
    )


def fails(called: str, helpers: frozenset[str]) -> bool:
    """Whether a call of this name can fail a test."""
    return called in LIBRARIES | helpers or called.endswith(METHODS)


def asserting(tree: ast.Module) -> frozenset[str]:
    """The names of functions and methods in a module that assert, its imports included."""
    helpers = frozenset(imported(tree))
    functions = list(named_functions(tree))
    while more := {name for name, each in functions if asserts(each, helpers)} - helpers:
        helpers |= more
    return helpers


def named_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """The functions at the top of a module, and those of its classes as `self.name`."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"self.{each.name}", each) for each in node.body if isinstance(each, Function)
            )


def imported(tree: ast.Module) -> Iterator[str]:
    """The names that a module gives to asserting functions which it imports from tests."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("tests."):
            for each in node.names:
                if each.name in asserting_functions(str(node.module)):
                    yield each.asname or each.name


@cache
def asserting_functions(module: str) -> frozenset[str]:
    """The names in a module of the tests that assert."""
    file = ROOT / Path(*module.split(".")).with_suffix(".py")
    return asserting(ast.parse(file.read_text("utf-8"))) if file.is_file() else frozenset()


def without_assertion(tree: ast.Module) -> list[int]:
    """The lines of tests that assert nothing, neither by themselves nor through a helper."""
    helpers = asserting(tree)
    return [
        each.lineno
        for name, each in named_functions(tree)
        if name.startswith("test_") and not asserts(each, helpers)
    ]


def test_every_test_asserts_something() -> None:
    assert violations("tests", without_assertion) == []


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    run()",
        "async def test_it():\n    await run()",
        "def run():\n    pass\n\ndef test_it():\n    run()",
        "def test_it():\n    check(run())",
        "def test_it():\n    file.read()",
        "from tests.factories import make_service\n\ndef test_it():\n    make_service()",
    ],
)
def test_a_test_without_assertion_is_found(code: str) -> None:
    assert without_assertion(ast.parse(code)) == [code.count("\n", 0, code.index("def test_")) + 1]


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    assert run()",
        "def test_it():\n    with pytest.raises(ValueError):\n        run()",
        "from tests.web.formats.shape import check\n\ndef test_it():\n    check(run())",
        "from tests.web.formats.shape import check as fits\n\ndef test_it():\n    fits(run())",
        "def a():\n    assert run()\n\ndef b():\n    a()\n\ndef test_it():\n    b()",
    ],
)
def test_a_test_that_asserts_directly_or_through_a_helper_is_accepted(code: str) -> None:
    assert without_assertion(ast.parse(code)) == []
