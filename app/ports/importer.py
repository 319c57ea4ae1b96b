"""Readers of histories: the protocol of an importer, what it is given, and what it yields.

An importer reads one kind of source, such as a Cachet database, and yields the lines of a
`fyr-import-2` document (docs/import.md). Importers are in `app/importers/`, one file each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

__all__ = [
    "ImportItem",
    "ImportTools",
    "Importer",
    "ItemKind",
    "ReadOptions",
    "ReportEntry",
    "Row",
    "SourceForm",
    "SourceResponse",
    "SourceTable",
]


class SourceForm(StrEnum):
    """What the operator gives to an importer."""

    ADDRESS = "address"
    FILE = "file"
    FOLDER = "folder"


class ItemKind(StrEnum):
    """Kind of one line of a `fyr-import-2` document; the name of the line's only field."""

    SOURCE = "source"
    PAGE = "page"
    GROUP = "group"
    SERVICE = "service"
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    SUBSCRIBER = "subscriber"
    UPTIME = "uptime"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One line of a `fyr-import-2` document: its kind and its content, as JSON values.

    `place` is where the source has it, such as `incidents[2]` or `content/issues/x.md`; errors name
    it.
    """

    kind: ItemKind
    content: Mapping[str, Any]
    place: str


@dataclass(frozen=True, slots=True, order=True)
class ReportEntry:
    """An entry of the report: a stable code, such as `fixed.html`, and the ref that it is about.

    Families of codes: `skipped` not imported; `guessed` chosen by Fyr, because the source does not
    say; `fixed` contradictory, corrected; `lost` without a place in Fyr; `open` needs a person;
    `incomplete` not all of it was given by the source.
    """

    code: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of an import that its reader follows; docs/commands.md describes each.

    `languages` is empty for all languages of the page. `maintenance` is a regular expression for
    titles of incidents that are maintenances. `now` is the time of the import.
    """

    now: datetime
    page: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    targets: bool = False
    history: bool = False
    with_hidden: bool = False
    skip_broken: bool = False
    keep_open: bool = False
    maintenance: str | None = None


Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceResponse:
    """A response of the source's server: its status, media type and body.

    `next_page` is the number of the page that its Link header names as the next one (RFC 8288); the
    link itself is not followed.
    """

    status: int
    media_type: str
    body: bytes
    next_page: int | None = None


class SourceTable(Protocol):
    """A SQLite database that is only read."""

    @property
    def name(self) -> str:
        """The file name, for error messages."""

    def tables(self) -> frozenset[str]:
        """The names of the real tables; views are not among them."""

    def rows(
        self, table: str, columns: Sequence[str], *, optional: Sequence[str] = ()
    ) -> Iterator[Row]:
        """The named columns of all rows, by rowid. `optional` columns that are missing are None.

        Raises InvalidError for a missing table or column, and for a view.
        """


class ImportTools(Protocol):
    """What an importer may use besides the standard library. Every method is bounded in size.

    Each raises InvalidError with a message that names the file or address and what is wrong.
    """

    @property
    def source(self) -> str:
        """SOURCE of the command line, for names and messages."""

    @property
    def token(self) -> str | None:
        """The token of the environment; sent only to the server of the source."""

    def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 5.0,
        keep: bool = False,
    ) -> SourceResponse:
        """The response to a GET of `path` at the server of the source, whatever its status.

        `path` is below SOURCE, or with `//` in front below the root of its server. Waits between
        requests, and as the server asks after 420, 429 and 503. With `keep`, and without a token,
        a response with an entity tag is stored, and is not sent again while it is unchanged: use it
        for what has no personal data.
        """

    def post(
        self, path: str, value: object, *, headers: Mapping[str, str] | None = None
    ) -> SourceResponse:
        """The response to a POST of a JSON value to `path`, a query that changes nothing there.

        `path`, pauses and the status are those of `get`; redirects are not followed.
        """

    def json(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 5.0,
        missing: bool = False,
    ) -> Any:  # noqa: ANN401  # JSON
        """The JSON at `path`. With `missing`, None for the status 404."""

    def parse_json(self, text: bytes | str, name: str) -> Any:  # noqa: ANN401  # JSON
        """The value of a JSON text; `name` is its file or address, for messages."""

    def parse_yaml(self, text: bytes | str, name: str, *, first_line: int = 1) -> Any:  # noqa: ANN401
        """The value of a YAML text. Times stay text, as they are written.

        `first_line` is the line of the file where the text begins.
        """

    def read(self) -> bytes:
        """The file of the source."""

    def lines(self) -> Iterator[bytes]:
        """The lines of the file of the source, without reading all of it at once."""

    def folder(self) -> Path:
        """The folder of the source."""

    def files(self, *patterns: str) -> Iterator[tuple[str, bytes]]:
        """Path and content of the files in the folder that match, sorted by path.

        Links that lead out of the folder are not followed.
        """

    def beside(self, name: str) -> bytes | None:
        """The file of this name in the folder of the source or beside it; None without one."""

    def sqlite(self) -> SourceTable:
        """The SQLite database of the source, read-only, after an integrity check."""


class Importer(Protocol):
    """Module of one kind of source."""

    @staticmethod
    def read(tools: ImportTools, options: ReadOptions) -> Iterator[ImportItem | ReportEntry]:
        """Yield the items of the source, first its SOURCE item, and the entries of the report.

        Raises InvalidError naming file, line or field.
        """
