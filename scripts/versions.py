"""`__version__` of app and the top entry of CHANGELOG.md name one version."""

import ast
import re
from pathlib import Path

__all__ = ["problems"]

_ENTRY = re.compile(r"^## (?P<version>\d+\.\d+\.\d+) - (?P<date>Unreleased|\d{4}-\d{2}-\d{2})$")
_SECTIONS = {"Added", "Changed", "Fixed", "Removed", "Security"}


def problems(root: Path) -> list[str]:
    lines = (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line.startswith("## ")]
    found = [
        f"CHANGELOG.md: “{line}” is not “## 1.2.3 - 2026-01-31” or “## 1.2.3 - Unreleased”"
        for line in entries
        if not _ENTRY.match(line)
    ]
    found += [
        f"CHANGELOG.md: “{line}” is none of {', '.join(sorted(_SECTIONS))}"
        for line in lines
        if line.startswith("### ") and line.removeprefix("### ") not in _SECTIONS
    ]
    top = _ENTRY.match(entries[0]) if entries else None
    version = _version(root / "app" / "__init__.py")
    if top is None or top["version"] != version:
        found.append(f"CHANGELOG.md: the top entry is not {version}, the `__version__` of app")
    return found


def _version(file: Path) -> str | None:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return str(ast.literal_eval(node.value))
    return None
