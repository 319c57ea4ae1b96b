"""The files of the project, which the checks read."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["project_files", "text_of"]

_GENERATED = {"__pycache__", "build", "dist", "node_modules", "var"}


def project_files(root: Path) -> list[Path]:
    """Every file under `root` that git tracks, or would track because it is not ignored.

    Without git, or outside a repository, every file outside hidden and generated folders.
    """
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=False,
        cwd=root,
        capture_output=True,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)},
    )
    if listing.returncode == 0:
        names = [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]
        return sorted(path for name in names if (path := root / name).is_file())
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in _GENERATED and not name.startswith(".")]
        yield from (Path(folder) / name for name in files)


def text_of(file: Path) -> str | None:
    """The text of `file`, or None when it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
