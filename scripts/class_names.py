"""A class name stands for one thing: no two modules of app/ define a top-level class of that name.

A use-case or domain record and the API schema that shows it may share a name: the schema is in a
`*_schemas.py` below app/web/api. Every other repetition needs an entry in ALLOWED, with the reason.
"""

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.files import project_files

__all__ = ["ALLOWED", "problems"]

# Name -> why two modules of app/ may define it.
ALLOWED: Mapping[str, str] = {}


def problems(root: Path, allowed: Mapping[str, str] = ALLOWED) -> list[str]:
    repeated = {
        name: files
        for name, files in sorted(_definitions(root).items())
        if len(files) > 1 and not _is_record_with_schema(files)
    }
    return [
        f"{files[0]}: class {name} is also defined in {', '.join(files[1:])}"
        for name, files in repeated.items()
        if name not in allowed
    ] + [
        f"scripts/class_names.py: {name} is allowed, but not repeated"
        for name in allowed
        if name not in repeated
    ]


def _definitions(root: Path) -> dict[str, list[str]]:
    """The files that define a top-level class, by the name of the class."""
    found = defaultdict(list)
    for file in project_files(root / "app"):
        if file.suffix == ".py":
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(file.relative_to(root).as_posix())
    return found


def _is_record_with_schema(files: Sequence[str]) -> bool:
    schemas = [
        file for file in files if file.startswith("app/web/api/") and file.endswith("_schemas.py")
    ]
    return len(files) == 2 and len(schemas) == 1
