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

from app import private_files
from app.domain.errors import ConflictError, InvalidError
from app.ports.importer import ItemKind, ReportEntry
from app.usecases.imports.prepared import Prepared
from app.usecases.imports.survey import SourceSurvey

__all__ = ["MAX_ITEMS", "Spool"]

MAX_ITEMS = 200_000
_END = b'{"end":true'
_TAIL = 16_000


class Spool:
    """The items and report entries of one import in a file, which the context removes at its end.

    With `keep`, an error leaves the file, so that `--resume` can go on with it. With `stays`, the
    file is not removed after a success either. `lock` is the file whose lock excludes other
    imports; by default, it is beside the spool file.
    """

    def __init__(self, file: Path, lock: Path | None = None, *, stays: bool = False) -> None:
        self._file = file
        self._lock_file = lock or Path(f"{file}.lock")
        self._stays = stays
        self.keep = False

    def __enter__(self) -> Self:
        """Lock the file. Raises ConflictError while another import has it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock_file.open("a")  # closed at the end
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
        if not self.keep if error is not None else not self._stays:
            self._file.unlink(missing_ok=True)
        self._lock.close()

    @property
    def is_complete(self) -> bool:
        """Whether the file of an earlier import is there, with everything that was read."""
        last = self._last_line()
        return last.startswith(_END) and last.endswith(b"\n")

    def fill(self, lines: Iterator[Prepared | ReportEntry]) -> None:
        """Write everything that is read. Raises InvalidError above MAX_ITEMS items."""
        self._file.unlink(missing_ok=True)
        survey, items = SourceSurvey(), 0
        with private_files.create(self._file) as opened:
            for each in lines:
                opened.write(_line(each).encode())
                if isinstance(each, ReportEntry):
                    continue
                survey.add(each)
                items += 1
                if items > MAX_ITEMS:
                    raise InvalidError(f"The source has more than {MAX_ITEMS} things.")
            end = {"end": True, "counts": survey.counts, "first_named": survey.first_named}
            opened.write(json.dumps(end, separators=(",", ":")).encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())

    def survey(self) -> SourceSurvey:
        """What a complete file has."""
        found = json.loads(self._last_line())
        return SourceSurvey(found["counts"], found["first_named"])

    def _last_line(self) -> bytes:
        """The last line of the file; empty when there is none."""
        size = _TAIL
        try:
            with self._file.open("rb") as opened:
                end = opened.seek(0, os.SEEK_END)
                while True:
                    opened.seek(max(end - size, 0))
                    lines = opened.read().splitlines(keepends=True)
                    if len(lines) > 1 or size >= end:
                        return lines[-1] if lines else b""
                    size *= 16
        except OSError:
            return b""

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
