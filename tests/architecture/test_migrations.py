"""Migrations import nothing of app/: they must not change when the app changes."""

import ast

import pytest

from tests.architecture.source import violations


def imports_of_app(tree: ast.Module) -> list[int]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        if any(name.split(".")[0] == "app" for name in names):
            found.append(node.lineno)
    return found


def test_migrations_import_nothing_of_the_app() -> None:
    assert violations("migrations/versions", imports_of_app) == []


@pytest.mark.parametrize(
    "code", ["import app", "import app.db.types", "from app.db.types import UTCDateTime"]
)
def test_an_import_of_the_app_is_found(code: str) -> None:
    assert imports_of_app(ast.parse(f"def upgrade():\n    {code}")) == [2]


def test_other_imports_are_allowed() -> None:
    assert imports_of_app(ast.parse("import sqlalchemy as sa\nfrom apples import pie")) == []
