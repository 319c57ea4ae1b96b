"""Code outside the use cases calls none of their functions that return a row.

A row is valid inside its transaction only. Use cases may pass rows to one another within one
transaction, and return records to everything else.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


def functions_returning_rows(folder: Path) -> set[str]:
    """The dotted path below the use cases of each function whose return type names a row."""
    return {
        f"{dotted(file, folder)}.{node.name}"
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None
        if any(name.endswith("Row") for name in _names(node.returns))
    }


def dotted(file: Path, folder: Path) -> str:
    """The module of a file as its dotted path below the use cases."""
    return ".".join(file.relative_to(folder).with_suffix("").parts)


def imported(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Local name, dotted path below the use cases and line of each import from app.usecases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("app.usecases."):
            package = f"{node.module}.".removeprefix("app.usecases.")
            for alias in node.names:
                yield alias.asname or alias.name, package + alias.name, node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                path = alias.name.removeprefix("app.usecases.")
                yield alias.asname or alias.name, path, node.lineno


def used_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted path and line of each import from app.usecases, and each call through one."""
    modules: dict[str, str] = {}
    for local, path, line in imported(tree):
        modules[local] = path
        yield path, line
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module, _, name = ast.unparse(node).rpartition(".")
            if module in modules:
                yield f"{modules[module]}.{name}", node.lineno


def uses_of_rows(files: Iterable[Path], folder: Path) -> list[str]:
    """Each use, in a file outside `folder`, of a use case that returns a row."""
    returning = functions_returning_rows(folder)
    return [
        f"{file.name}:{line}: {name}"
        for file in files
        if not file.is_relative_to(folder)
        for name, line in used_functions(ast.parse(file.read_text(encoding="utf-8")))
        if name in returning
    ]


def _names(annotation: ast.expr) -> Iterator[str]:
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant):
            yield str(part.value)


def test_no_row_is_used_outside_the_use_cases() -> None:
    folder = ROOT / "app" / "usecases"
    users = [file for file in (ROOT / "app").rglob("*.py") if "db" not in file.parts]
    assert functions_returning_rows(folder), (
        "there are use cases that return rows to other use cases"
    )
    assert uses_of_rows(users, folder) == []


@pytest.mark.parametrize(
    "returns", ["IncidentRow", "list[IncidentRow]", "tables.IncidentRow | None", "'IncidentRow'"]
)
@pytest.mark.parametrize(
    "code",
    [
        "from app.usecases.incidents.lifecycle import find",
        "from app.usecases.incidents import lifecycle\nlifecycle.find(ctx)",
        "from app.usecases.incidents import lifecycle as verbs\nverbs.find(ctx)",
        "import app.usecases.incidents.lifecycle as verbs\nverbs.find(ctx)",
        "import app.usecases.incidents.lifecycle\napp.usecases.incidents.lifecycle.find(ctx)",
    ],
)
def test_a_use_of_a_row_is_found(tmp_path: Path, returns: str, code: str) -> None:
    folder, user = tmp_path / "usecases", tmp_path / "web.py"
    (folder / "incidents").mkdir(parents=True)
    (folder / "incidents" / "lifecycle.py").write_text(f"def find(ctx: Ctx) -> {returns}: ...")
    user.write_text(code)
    line = code.count("\n") + 1
    assert uses_of_rows([user], folder) == [f"web.py:{line}: incidents.lifecycle.find"]


def test_a_function_with_an_equal_name_in_another_package_is_not_reported(tmp_path: Path) -> None:
    folder, user = tmp_path / "usecases", tmp_path / "web.py"
    for noun in ("incidents", "services"):
        (folder / noun).mkdir(parents=True)
    (folder / "incidents" / "lifecycle.py").write_text("def find(ctx: Ctx) -> IncidentRow: ...")
    (folder / "services" / "lifecycle.py").write_text("def find(ctx: Ctx) -> ServiceRecord: ...")
    user.write_text("from app.usecases.services import lifecycle\nlifecycle.find(ctx)")
    assert uses_of_rows([user], folder) == []


def test_a_use_of_a_record_is_allowed(tmp_path: Path) -> None:
    folder, user = tmp_path / "usecases", tmp_path / "web.py"
    folder.mkdir()
    (folder / "incidents.py").write_text("def find(ctx: Ctx) -> IncidentRecord: ...")
    user.write_text("from app.usecases.incidents.lifecycle import find")
    assert uses_of_rows([user], folder) == []
