"""The document `fyr-backup-1`: JSON Lines in gzip, with a header, one line a row, and a footer.

The header has the format, the version of Fyr, the schema revision, the kind of database, the time,
the fingerprint of the secret key, and the number of rows of each table. The footer has the number
of rows and the SHA-256 of everything before it.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from app.domain.errors import InvalidError

__all__ = ["BackupHeader", "BackupReader", "BackupWriter"]

_FORMAT = "fyr-backup-1"
# An inbound event or a logo has a few megabytes; a longer line is no row of Fyr.
_LONGEST_LINE = 2**26
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What the first line says. `rows` is the number of rows by table.

    `revision` is that of the schema and `key` the fingerprint of the secret key. `is_complete` is
    false when personal data were left out.
    """

    version: str
    revision: str
    database: str
    made_at: str
    key: str
    is_complete: bool
    rows: Mapping[str, int]


class BackupWriter:
    """Writes a backup to `out`: the header, then rows, then the footer."""

    def __init__(self, out: BinaryIO, header: BackupHeader) -> None:
        # Without a name and a time of gzip, equal content makes an equal file.
        self._file = gzip.GzipFile("", "wb", _LEVEL, out, mtime=0)
        self._hash = hashlib.sha256()
        self._rows = 0
        self._write({"format": _FORMAT, **asdict(header)})

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Write a row of a table."""
        self._rows += 1
        self._write({"t": table, "r": row})

    def finish(self) -> int:
        """Write the footer; the number of rows."""
        footer = {"rows": self._rows, "sha256": self._hash.hexdigest()}
        self._write({"end": footer})
        self._file.close()
        return self._rows

    def _write(self, value: Mapping[str, Any]) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._hash.update(line)
        self._file.write(line)


class BackupReader:
    """Reads a backup. Entering it reads the file once and verifies it. Raises InvalidError."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise InvalidError(f"{path} cannot be read: {error.strerror}.") from None
        self.header: BackupHeader

    def __enter__(self) -> Self:
        try:
            self.header = self._verify()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """The number of rows."""
        return sum(self.header.rows.values())

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each table with a row, in the order of the file."""
        lines = self._lines()
        next(lines)
        for line in lines:
            value = json.loads(line)
            if "end" in value:
                return
            yield value["t"], value["r"]

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        try:
            with gzip.GzipFile(fileobj=self._file, mode="rb") as lines:
                while line := lines.readline(_LONGEST_LINE + 1):
                    if len(line) > _LONGEST_LINE:
                        raise InvalidError(f"{self._name} has a line of more than 64 MiB.")
                    yield line
        except EOFError:
            raise InvalidError(f"{self._name} is cut off: its end is missing.") from None
        except (gzip.BadGzipFile, zlib.error):
            raise InvalidError(f"{self._name} is damaged, or is not a backup of Fyr.") from None
        except OSError as error:
            raise InvalidError(f"{self._name} cannot be read: {error.strerror}.") from None

    def _verify(self) -> BackupHeader:
        """The header, after the whole file was compared with its footer."""
        seen = hashlib.sha256()
        rows: dict[str, int] = {}
        header: BackupHeader | None = None
        footer: object = None
        for number, line in enumerate(self._lines(), 1):
            value = self._object(line, number)
            if footer is not None:
                raise InvalidError(f"{self._name} has lines after its last one.")
            if header is None:
                header = self._header(value)
            elif "end" in value:
                footer = value["end"]
                continue
            else:
                table = self._table(value, number)
                rows[table] = rows.get(table, 0) + 1
            seen.update(line)
        if header is None or footer is None:
            raise InvalidError(f"{self._name} is cut off: its last line is missing.")
        if footer != {"rows": sum(rows.values()), "sha256": seen.hexdigest()}:
            raise InvalidError(f"{self._name} was changed after it was written.")
        if rows != {name: count for name, count in header.rows.items() if count}:
            raise InvalidError(f"{self._name} has other rows than its first line says.")
        return header

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise InvalidError(f"{self._name}: line {number} is not a line of a backup.")
        return value

    def _header(self, value: Mapping[str, Any]) -> BackupHeader:
        if value.get("format") != _FORMAT:
            raise InvalidError(f"{self._name} is not a backup in the format {_FORMAT}.")
        fields: dict[str, Any] = {name: value.get(name) for name in BackupHeader.__slots__}
        header = BackupHeader(**fields)
        texts = (header.version, header.revision, header.database, header.made_at, header.key)
        if not all(isinstance(each, str) for each in texts) or not isinstance(header.rows, dict):
            raise InvalidError(f"{self._name}: the first line is not complete.")
        return header

    def _table(self, value: Mapping[str, Any], number: int) -> str:
        table = value.get("t")
        if not isinstance(table, str) or not isinstance(value.get("r"), dict):
            raise InvalidError(f"{self._name}: line {number} is not a row.")
        return table
