"""Every module and attribute that app/ names in a string exists.

`app.cli.lazy_import.load("app.module:attribute")` and the table of commands import by name. Neither
mypy nor import-linter reads strings, so a moved module would fail only when the command runs.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.files import project_files

__all__ = ["problems"]

_REFERENCE = re.compile(r"(?P<module>app(?:\.\w+)*):(?P<attribute>\w+)")
_LOADER = "app.cli.lazy_import"


def problems(root: Path) -> list[str]:
    return [
        f"{file.relative_to(root).as_posix()}:{line}: {problem}"
        for file in project_files(root / "app")
        if file.suffix == ".py"
        for line, problem in _problems(root, ast.parse(file.read_text(encoding="utf-8")))
    ]


def _problems(root: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, reference in _references(tree):
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            yield line, f"{reference} is not of the form app.module:attribute"
        elif (names := _names_of(root, match["module"])) is None:
            yield line, f"there is no module {match['module']}"
        elif match["attribute"] not in names:
            yield line, f"{match['module']} defines no {match['attribute']}"


def _references(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string shaped like a reference, and whatever the loader is called with."""
    loaders = set(_loaders(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _REFERENCE.fullmatch(node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in loaders:
            argument = node.args[0] if node.args else node
            # Taken from a table, whose strings are found by their shape.
            if isinstance(argument, ast.Subscript) or _is_attribute(argument, "reference"):
                continue
            text = argument.value if isinstance(argument, ast.Constant) else ast.unparse(node)
            if not _REFERENCE.fullmatch(str(text)):
                yield node.lineno, str(text)


def _is_attribute(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _loaders(tree: ast.Module) -> Iterator[str]:
    """The names under which a module imports the loader."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == _LOADER:
            yield from (alias.asname or alias.name for alias in node.names)


def _names_of(root: Path, module: str) -> set[str] | None:
    """The names that a module binds at its top level, or None when there is no such module."""
    path = root.joinpath(*module.split("."))
    files = [path.with_suffix(".py"), path / "__init__.py"]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return None
    return {name for node in ast.parse(file.read_text("utf-8")).body for name in _bound(node)}


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
