"""Reads our own source as trees."""

import ast
from collections.abc import Callable
from pathlib import Path

__all__ = ["ROOT", "complaints"]

ROOT = Path(__file__).resolve().parent.parent.parent


def complaints(
    folder: str, rule: Callable[[ast.Module], list[int]], *, root: Path = ROOT, but: str = ""
) -> list[str]:
    """Where `rule` finds something in the Python files of `folder`, as `file:line`.

    `but` names the one file that may. An empty folder is a mistake of the test: it fails.
    """
    files = sorted((root / folder).rglob("*.py"))
    assert files, f"there is nothing in {folder}"
    return [
        f"{name}:{line}"
        for file in files
        if (name := file.relative_to(root).as_posix()) != but
        for line in rule(ast.parse(file.read_text(encoding="utf-8")))
    ]
