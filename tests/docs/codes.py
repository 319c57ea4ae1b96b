"""Finds every error code of an answer, from the places in the source that set a code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["error_codes"]

_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
# The layers whose errors are answered over HTTP.
_LAYERS = ("domain", "pictures", "usecases", "web")
# Tables that map errors of a library to our codes.
_TABLES = {"_CODES", "_FAULTS"}


@cache
def error_codes(app: Path) -> set[str]:
    """Each code: an argument or attribute `code`, or an entry of a table."""
    trees = [
        ast.parse(file.read_text(encoding="utf-8"))
        for layer in _LAYERS
        for file in sorted((app / layer).rglob("*.py"))
    ]
    positions = {name: position for tree in trees for name, position in _positions(tree)}
    found = {text for tree in trees for node in ast.walk(tree) for text in _codes(node, positions)}
    return {text for text in found if _CODE.fullmatch(text)}


def _positions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function and class with an argument `code`, and the position of the argument."""
    for node in ast.walk(tree):
        # `Phrase.of` takes the code of a phrase, and `of` is the name of many other functions.
        if isinstance(node, ast.FunctionDef) and node.name not in {"__init__", "of"}:
            names = [argument.arg for argument in node.args.args]
        elif isinstance(node, ast.ClassDef):
            names = _fields(node)
        else:
            continue
        if "code" in names:
            yield node.name, names.index("code")


def _fields(made: ast.ClassDef) -> list[str]:
    for node in made.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return [argument.arg for argument in node.args.args[1:]]
    return [ast.unparse(node.target) for node in made.body if isinstance(node, ast.AnnAssign)]


def _codes(node: ast.AST, positions: dict[str, int]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _texts(*(word.value for word in node.keywords if word.arg == "code"))
        position = positions.get(ast.unparse(node.func).split(".")[-1])
        yield from _texts(*(() if position is None else node.args[position : position + 1]))
        if ast.unparse(node.func) in {f"{table}.get" for table in _TABLES}:
            yield from _texts(*node.args[1:])
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = ast.unparse(target)
        if name == "code":
            yield from _texts(node.value)
        elif name in _TABLES and isinstance(node.value, ast.Dict):
            yield from _texts(*node.value.values)


def _texts(*nodes: ast.expr) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Tuple):
            yield from _texts(*node.elts[:1])
        elif isinstance(node, ast.IfExp):
            yield from _texts(node.body, node.orelse)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
