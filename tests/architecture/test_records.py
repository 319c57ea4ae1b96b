"""What leaves the use cases is a record: a row belongs to its transaction and ends with it.

Use cases may hand rows to one another inside one transaction; nobody else may ask for one.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


def functions_giving_rows(folder: Path) -> set[str]:
    """`module.function` for each function in the use cases whose return type names a row."""
    return {
        f"{file.stem}.{node.name}"
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None
        if any(name.endswith("Row") for name in _names(node.returns))
    }


def used_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """`module.function` and line, wherever something of app.usecases is imported or called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.usecases."):
            module = (node.module or "").split(".")[-1]
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:]), node.lineno


def takers_of_rows(files: Iterable[Path], folder: Path) -> list[str]:
    """Where a file outside the use cases' `folder` uses a function of theirs that gives a row."""
    giving = functions_giving_rows(folder)
    return [
        f"{file.name}:{line}: {name}"
        for file in files
        if not file.is_relative_to(folder)
        for name, line in used_functions(ast.parse(file.read_text(encoding="utf-8")))
        if name in giving
    ]


def _names(annotation: ast.expr) -> Iterator[str]:
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant):
            yield str(part.value)


def test_no_row_leaves_the_use_cases() -> None:
    folder = ROOT / "app" / "usecases"
    users = [file for file in (ROOT / "app").rglob("*.py") if "db" not in file.parts]
    assert functions_giving_rows(folder), "the use cases do use rows among themselves"
    assert takers_of_rows(users, folder) == []


@pytest.mark.parametrize(
    "returns", ["IncidentRow", "list[IncidentRow]", "tables.IncidentRow | None", "'IncidentRow'"]
)
@pytest.mark.parametrize(
    "code",
    [
        "from app.usecases.incidents import find",
        "from app.usecases import incidents\nincidents.find(ctx)",
        "import app.usecases.incidents\napp.usecases.incidents.find(ctx)",
    ],
)
def test_a_row_that_leaves_is_found(tmp_path: Path, returns: str, code: str) -> None:
    folder, user = tmp_path / "usecases", tmp_path / "web.py"
    folder.mkdir()
    (folder / "incidents.py").write_text(f"def find(ctx: Ctx) -> {returns}: ...")
    user.write_text(code)
    assert takers_of_rows([user], folder) == [f"web.py:{code.count(chr(10)) + 1}: incidents.find"]


def test_a_record_may_leave(tmp_path: Path) -> None:
    folder, user = tmp_path / "usecases", tmp_path / "web.py"
    folder.mkdir()
    (folder / "incidents.py").write_text("def find(ctx: Ctx) -> IncidentRecord: ...")
    user.write_text("from app.usecases.incidents import find")
    assert takers_of_rows([user], folder) == []
