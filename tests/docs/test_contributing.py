"""Each row of CONTRIBUTING.md's table, and its example of a screen, is true of the code."""

import ast
import inspect
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from app.web.console.kit import staff_request
from app.web.console.kit.forms import forms

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:app|docs|locales|migrations|scripts|templates|tests)/[\w./<>-]*)`")
NAME_IN_FILE = re.compile(r"`(\w+)` in `([\w./]+)`")


class Row(NamedTuple):
    """One line of the table."""

    noun: str
    write: str
    example: str
    registry: str
    guards: str


def rows(text: str) -> list[Row]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return [Row(*row) for row in cells if row[0] != "I want to add ..."]


def missing(row: Row) -> list[str]:
    """What a row names and the project does not have."""
    paths = [path for cell in row for path in PATH.findall(cell)]
    found = [path for path in paths if not exists(path)]
    found += [
        f"{name} in {path}"
        for cell in row
        for name, path in NAME_IN_FILE.findall(cell)
        if not defines(path, name)
    ]
    if not any(path.startswith("tests/") for path in PATH.findall(row.guards)):
        found.append("a test")
    if not row.registry.startswith("nothing") and not PATH.search(row.registry):
        found.append("a registry")
    return found


def exists(path: str) -> bool:
    """Whether a path exists; of one with a placeholder, the folder that it is to be made in."""
    fixed, placeholder, _ = path.partition("<")
    return (ROOT / (fixed.rpartition("/")[0] if placeholder else fixed)).exists()


def defines(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and any(
        (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.ClassDef) and node.name == name)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    )


@pytest.mark.parametrize("row", rows(TEXT), ids=lambda row: row.noun)
def test_the_project_has_what_a_row_names(row: Row) -> None:
    assert missing(row) == []


def test_the_table_has_rows() -> None:
    assert len(rows(TEXT)) >= 10


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a | `app/gone/x.py` | b | nothing | `tests/docs/`", "app/gone/x.py"),
        ("a | `app/gone/<x>.py` | b | nothing | `tests/docs/`", "app/gone/<x>.py"),
        (
            "a | b | c | `GONE` in `app/settings.py` | `tests/docs/`",
            "GONE in app/settings.py",
        ),
        ("a | b | c | nothing | `make check`", "a test"),
        ("a | b | c | somewhere | `tests/docs/`", "a registry"),
    ],
)
def test_what_a_row_names_in_vain_is_found(row: str, problem: str) -> None:
    assert missing(rows(f"| {row} |")[0]) == [problem]


def example() -> ast.Module:
    (code,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return ast.parse(str(code))


def test_the_example_of_a_screen_uses_what_handlers_are_given() -> None:
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(example())
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    members = {"request": dir(staff_request.StaffRequest), "form": dir(forms.Form)}
    wrong = {(name, member) for name, member in used if member not in members.get(name, [member])}
    assert wrong == set()
    assert {name for name, _ in used} >= members.keys()


def test_the_example_of_a_screen_names_the_arguments_as_they_are() -> None:
    (call,) = [
        node
        for node in ast.walk(example())
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "request.write"
    ]
    parameters = inspect.signature(staff_request.StaffRequest.write).parameters
    assert [word.arg for word in call.keywords if word.arg not in parameters] == []
