"""Changed bytes in a source give items or an error in one line, and never another exception."""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from app.domain.errors import InvalidError
from app.importers.registry import load_importer
from app.importing.files.json_text import parse_json
from app.importing.files.yaml_text import parse_yaml
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ImportItem, ReadOptions, SourceResponse, SourceTable
from app.usecases.imports.prepared import Preparer
from tests.importers.samples import FIXTURES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROUNDS = 40
PIECES = [
    b"",
    b"\x00",
    b"\xff",
    b"null",
    b"[]",
    b"{}",
    b'"',
    b"-1",
    b"9999-12-31",
    b"\n---\n",
    b"<",
    b"{{",
]


@dataclass
class MemoryTools:
    """Tools for files in memory; `source` is a folder or an address in name only."""

    contents: Mapping[str, bytes]
    source: str = "site"
    token: str | None = None

    def files(self, *patterns: str) -> Iterator[tuple[str, bytes]]:
        for path, content in sorted(self.contents.items()):
            if any(fnmatch(path, pattern) for pattern in patterns):
                yield path, content

    def folder(self) -> Path:
        return Path(self.source)

    def read(self) -> bytes:
        return next(iter(self.contents.values()))

    def lines(self) -> Iterator[bytes]:
        yield from self.read().splitlines(keepends=True)

    def get(self, path: str, **_: object) -> SourceResponse:
        name, mark, query = path.partition("?")
        if mark and name == "/history":
            name = f"/history/page-{int(query.partition('=')[2]):02}.html"
        name = unquote(name.replace("//", "/"))
        body = self.contents.get(name[1:], self.contents.get(f"{name.strip('/')}.json"))
        kind = "text/html" if name.endswith(".html") else "application/json"
        return SourceResponse(404, "", b"") if body is None else SourceResponse(200, kind, body)

    def post(self, path: str, value: object, **_: object) -> SourceResponse:
        return SourceResponse(404, "", b"")

    def json(self, path: str, *, missing: bool = False, **_: object) -> Any:  # noqa: ANN401
        response = self.get(path)
        if response.status == 404:
            if missing:
                return None
            raise InvalidError(f"{path} answers 404.")
        return parse_json(response.body, path)

    def parse_json(self, text: bytes | str, name: str) -> Any:  # noqa: ANN401
        return parse_json(text, name)

    def parse_yaml(self, text: bytes | str, name: str, *, first_line: int = 1) -> Any:  # noqa: ANN401
        return parse_yaml(text, name, first_line=first_line)

    def beside(self, name: str) -> bytes | None:
        return self.contents.get(name)

    def sqlite(self) -> SourceTable:
        raise NotImplementedError


SOURCES = {
    "cstate-example": ("cstate", "site", "site"),
    "statuskit": ("cstate", "site", "site"),
    "statuspage-public": ("statuspage", "", "https://status.example.com"),
    "upptime": ("upptime", "", "repo"),
    "upptime on github": ("upptime", "", "https://api.github.com/repos/o/r"),
    "fyr": ("fyr", "", "document.json"),
    "betterstack": ("betterstack", "", "https://uptime.betterstack.com"),
    "hund": ("hund", "", "https://status.example.com"),
    "instatus": ("instatus", "", "https://api.instatus.com"),
    "blackbox": ("blackbox", "", "targets.json"),
    "healthchecks": ("healthchecks", "", "https://checks.example.com"),
}


def contents_of(folder: Path) -> dict[str, bytes]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def moved_path(path: str, moved: Mapping[str, str]) -> str:
    """The path with another start, where `moved` has one for it."""
    start = next((each for each in moved if path.startswith(each)), "")
    return f"{moved.get(start, '')}{path.removeprefix(start)}"


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes with a few pieces replaced, removed or moved."""
    found = content
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(found) + 1)
        end = min(start + chance.choice([0, 1, 3, 20, 200]), len(found))
        piece = chance.choice([*PIECES, found[start:end] * 2])
        found = found[:start] + piece + found[end:]
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_changed_bytes_give_items_or_one_line(name: str) -> None:
    kind, folder, source = SOURCES[name]
    contents = contents_of(FIXTURES / name.removesuffix(" on github") / folder)
    if kind == "upptime":
        moved = (
            {"repo/": "contents/", "comments": "issues/comments"} if name != kind else {"repo/": ""}
        )
        contents = {moved_path(path, moved): content for path, content in contents.items()}
    if source in contents:
        contents = {source: contents[source]}
    chance = random.Random(name)  # repeatable, not secret
    read, refusals = 0, []
    for _ in range(ROUNDS):
        changed = chance.choice(sorted(contents))
        tools = MemoryTools({**contents, changed: mutated(contents[changed], chance)}, source)
        preparer = Preparer(NOW, "en")
        options = ReadOptions(NOW, targets=True, history=True, skip_broken=chance.random() < 0.5)
        try:
            for item in load_importer(kind).read(tools, options):
                if isinstance(item, ImportItem):
                    preparer.prepare(item)
            read += 1
        except InvalidError as error:
            refusals.append(error.message)
    assert read > 0
    assert all(each.strip() and "\n" not in each for each in refusals)


ODD_VALUES: list[Any] = [
    *(None, True, -1, 1e308, 2**63, "", [], {}, [1], {"a": 1}, "x", "a\x00b", "2026-13-45"),
    *("9999-12-31T00:00:00Z", "1970-01-01", ["x"], 10**39, "2026-02-30", "0000-01-01", "//["),
    *("10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "http://[::1", "\ufeff", "\u2028"),
]
ADDRESSES = {
    "betterstack": ("betterstack", {}, "https://uptime.betterstack.com"),
    "cachet2": ("cachet", {"api/": "api/v1/"}, "https://status.example.com"),
    "healthchecks": ("healthchecks", {}, "https://checks.example.com"),
    "hund": ("hund", {}, "https://status.example.com"),
    "instatus": ("instatus", {}, "https://api.instatus.com"),
    "statuspage-public": ("statuspage", {}, "https://status.example.com"),
    "upptime": (
        "upptime",
        {"repo/": "contents/", "comments": "issues/comments"},
        "https://api.github.com/repos/o/r",
    ),
    "uptime-kuma": ("uptime-kuma", {"status-page-json/": ""}, "https://x.example/status/default"),
}


def with_odd_values(content: bytes, chance: random.Random) -> bytes:
    """The JSON text with a few values replaced by others, of another type too."""
    root = json.loads(content)
    places: list[tuple[Any, Any]] = []
    pending = [root]
    while pending:
        value = pending.pop()
        keys = value if isinstance(value, dict) else range(len(value))
        places += [(value, key) for key in keys]
        pending += [value[key] for key in keys if isinstance(value[key], dict | list)]
    for _ in range(chance.randint(1, 4) if places else 0):
        value, key = chance.choice(places)
        value[key] = chance.choice(ODD_VALUES)
    return json.dumps(root).encode()


@pytest.mark.parametrize("name", ADDRESSES)
def test_values_of_another_type_give_items_or_one_line(name: str) -> None:
    kind, moved, source = ADDRESSES[name]
    contents = {
        moved_path(path, moved).replace(".1.json", ".json"): content
        for path, content in contents_of(FIXTURES / name).items()
    }
    files = sorted(path for path in contents if path.endswith(".json") and "expected" not in path)
    chance = random.Random(name)
    read, refusals = 0, []
    for _ in range(ROUNDS):
        changed = chance.choice(files)
        odd = with_odd_values(contents[changed], chance)
        token = "test-token-not-secret" if name == "cachet2" else None
        tools = MemoryTools({**contents, changed: odd}, source, token)
        options = ReadOptions(NOW, history=True, time_zone="Etc/UTC", skip_broken=True)
        preparer = Preparer(NOW, "en")
        try:
            for item in load_importer(kind).read(tools, options):
                if isinstance(item, ImportItem):
                    preparer.prepare(item)
            read += 1
        except InvalidError as error:
            refusals.append(error.message)
    assert read > 0
    assert all(each.strip() and "\n" not in each for each in refusals)


DATABASES = {
    "uptime-kuma": ("uptime-kuma", "kuma.db", "default"),
    "cachet2": ("cachet", "database.sqlite", None),
    "cachet3": ("cachet", "database.sqlite", None),
    "kener": ("kener", "kener.sqlite.db", None),
}
VALUES = [
    *(None, "", 0, -1, "x", b"\xff\xfe", 1e308, 2**62, "2026-13-45", "[]", "9999-12-31 23:59:59"),
    *("a\x00b", "1 <b>x</b>"),
]


def spoil(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Put values that do not belong there into a few columns."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for _ in range(chance.randint(1, 5)):
        (table,) = chance.choice(tables)
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        column, value = chance.choice(columns)[1], chance.choice(VALUES)
        where = f'WHERE rowid = (SELECT min(rowid) FROM "{table}")'
        with suppress(sqlite3.Error):  # not every column may have every value
            connection.execute(f'UPDATE "{table}" SET "{column}" = ? {where}', (value,))
    connection.commit()


@pytest.mark.parametrize("name", DATABASES)
def test_changed_values_in_a_database_give_items_or_one_line(name: str, tmp_path: Path) -> None:
    kind, file, page = DATABASES[name]
    chance = random.Random(name)
    read, refusals = 0, []
    for _ in range(ROUNDS):
        copy = tmp_path / file
        shutil.copy(FIXTURES / name / file, copy)
        with closing(sqlite3.connect(copy)) as connection:
            spoil(connection, chance)
        options = ReadOptions(NOW, page=page, targets=True, skip_broken=chance.random() < 0.5)
        preparer = Preparer(NOW, "en")
        try:
            with SourceTools(str(copy), Guard(())) as tools:
                for item in load_importer(kind).read(tools, options):
                    if isinstance(item, ImportItem):
                        preparer.prepare(item)
            read += 1
        except InvalidError as error:
            refusals.append(error.message)
    assert read > 0
    assert all(each.strip() and "\n" not in each for each in refusals)
