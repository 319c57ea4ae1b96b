"""No Python file of app/, tests/ or scripts/ has more than 500 lines: a file holds one noun."""

from pathlib import Path

from scripts.files import project_files

__all__ = ["LIMIT", "problems"]

LIMIT = 500
_FOLDERS = ("app", "tests", "scripts")


def problems(root: Path) -> list[str]:
    return [
        f"{name}: {lines} lines, at most {LIMIT}"
        for file in project_files(root)
        if file.suffix == ".py" and (name := file.relative_to(root)).parts[0] in _FOLDERS
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > LIMIT
    ]
