"""Applies a rule to the syntax trees of the project's files."""

import ast
from collections.abc import Callable
from pathlib import Path

__all__ = ["ROOT", "violations"]

ROOT = Path(__file__).resolve().parent.parent.parent


def violations(
    folder: str, rule: Callable[[ast.Module], list[int]], *, root: Path = ROOT, but: str = ""
) -> list[str]:
    """Each violation of `rule` in the Python files of `folder`, as `file:line`.

    `rule` returns the lines of its violations. The file `but` is exempt. An empty folder fails,
    because the test would pass without reading anything.
    """
    files = sorted((root / folder).rglob("*.py"))
    assert files, f"there are no files in {folder}"
    return [
        f"{name}:{line}"
        for file in files
        if (name := file.relative_to(root).as_posix()) != but
        for line in rule(ast.parse(file.read_text(encoding="utf-8")))
    ]
