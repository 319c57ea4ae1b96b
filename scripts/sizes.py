"""No Python file is long, and no folder of app/ has many modules.

A file of app/, tests/ or scripts/ has at most 500 lines: it holds one noun. A folder of app/ has at
most 16 modules: what is more becomes packages by noun. Folders in which each module is one kind of
a thing are exempt.
"""

from collections import Counter
from pathlib import Path

from scripts.files import project_files

__all__ = ["LIMIT", "MODULES", "problems"]

LIMIT = 500
MODULES = 16
_FOLDERS = ("app", "tests", "scripts")
# One module for each monitor, check of a certificate chain, command of `fyr` and table.
_KINDS = {"app/monitors", "app/trust/checks", "app/cli", "app/db/tables"}


def problems(root: Path) -> list[str]:
    files = [
        file.relative_to(root)
        for file in project_files(root)
        if file.suffix == ".py" and file.relative_to(root).parts[0] in _FOLDERS
    ]
    long = [
        f"{name}: {lines} lines, at most {LIMIT}"
        for name in files
        if (lines := len((root / name).read_text(encoding="utf-8").splitlines())) > LIMIT
    ]
    modules = Counter(
        name.parent.as_posix()
        for name in files
        if name.parts[0] == "app" and not name.name.startswith("__")
    )
    large = [
        f"{folder}: {count} modules, at most {MODULES}; make packages by noun"
        for folder, count in sorted(modules.items())
        if count > MODULES and folder not in _KINDS
    ]
    return long + large
