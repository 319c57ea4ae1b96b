"""Copies of a Fyr: its export, imported into another one that is empty."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.db.migrate import upgrade
from app.importers.fyr import read
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ReadOptions
from app.usecases.context import SHELL
from app.usecases.imports.export import export_lines
from app.usecases.imports.imports import HistoryImport, import_history
from tests.cast import ADA, BASE_URL, Backend, open_backend
from tests.databases import Run, copy_sqlite
from tests.fakes import fake_hashes

__all__ = ["empty_copy", "export_of", "import_lines"]


def export_of(backend: Backend) -> list[dict[str, Any]]:
    """The lines of an export, without the time at which it was made."""
    with backend.reading(ADA) as ctx:
        lines = [json.loads(json.dumps(line)) for line in export_lines(ctx, BASE_URL)]
    del lines[0]["source"]["made_at"]
    return lines


def import_lines(lines: list[dict[str, Any]], target: Backend, folder: Path) -> None:
    """Import the lines of an export; the file and the spool file are in `folder`."""
    file = folder / "export.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run = HistoryImport(
        reading=lambda: target.reading(SHELL),
        writing=lambda: target.writing(SHELL),
        spool=folder / "import-of-export",
        hashes=fake_hashes(),
    )
    with SourceTools(str(file), Guard(())) as tools:
        import_history(run, read(tools, ReadOptions(target.clock.now)))


@contextmanager
def empty_copy(source: Backend, folder: Path) -> Iterator[Backend]:
    """An empty Fyr on SQLite, at the time of another one."""
    folder.mkdir()
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_backend(f"sqlite:///{folder / 'fyr.db'}") as target:
        target.clock.now = source.clock.now
        yield target
