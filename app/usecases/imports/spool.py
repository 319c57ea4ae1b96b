"""Spool file of an import: everything that was read and checked, before the first row is written.

It is complete once it ends with the line that `close` writes. Only its owner can read it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.domain.errors import ConflictError, InvalidError
from app.ports.importer import ItemKind, ReportEntry
from app.usecases.imports.prepared import Prepared

__all__ = ["MAX_ITEMS", "Spool"]

MAX_ITEMS = 200_000


class Spool:
    """The items and report entries of one import in a file, which the context removes at its end.

    With `keep`, an error leaves the file, so that `--resume` can go on with it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._items = 0
        self.keep = False

    def __enter__(self) -> Self:
        """Lock the file. Raises ConflictError while another import has it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Path(f"{self._file}.lock").open("a")  # closed at the end
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ConflictError("Another import is running.", code="import_running") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or not self.keep:
            self._file.unlink(missing_ok=True)
        self._lock.close()

    @property
    def is_complete(self) -> bool:
        """Whether the file of an earlier import is there, with everything that was read."""
        try:
            with self._file.open("rb") as opened:
                opened.seek(max(self._file.stat().st_size - 20, 0))
                return opened.read().endswith(b'\n{"end":true}\n')
        except OSError:
            return False

    def fill(self, lines: Iterator[Prepared | ReportEntry]) -> None:
        """Write everything that is read. Raises InvalidError above MAX_ITEMS items."""
        self._file.unlink(missing_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write("\n")
            for each in lines:
                opened.write(_line(each))
                self._items += isinstance(each, Prepared)
                if self._items > MAX_ITEMS:
                    raise InvalidError(f"The source has more than {MAX_ITEMS} things.")
            opened.write('{"end":true}\n')
            opened.flush()
            os.fsync(opened.fileno())

    def read(self, *kinds: ItemKind) -> Iterator[Prepared]:
        """The items of these kinds, in the order of the source."""
        wanted = {f'{{"k":"{kind.value}"' for kind in kinds}
        with self._file.open(encoding="utf-8") as opened:
            for line in opened:
                if line.partition(",")[0] in wanted:
                    yield _prepared(json.loads(line))

    def entries(self) -> Iterator[ReportEntry]:
        """The entries of the report."""
        with self._file.open(encoding="utf-8") as opened:
            for line in opened:
                if line.startswith('{"e":'):
                    yield ReportEntry(*json.loads(line)["e"])


def _line(each: Prepared | ReportEntry) -> str:
    found: dict[str, Any]
    if isinstance(each, ReportEntry):
        found = {"e": [each.code, each.ref]}
    else:
        found = {
            "k": each.kind.value,
            "r": each.ref,
            "d": each.digest,
            "p": each.place,
            "c": each.content,
        }
    return json.dumps(found, ensure_ascii=True, separators=(",", ":")) + "\n"


def _prepared(found: dict[str, Any]) -> Prepared:
    return Prepared(ItemKind(found["k"]), found["r"], found["d"], found["p"], found["c"])
