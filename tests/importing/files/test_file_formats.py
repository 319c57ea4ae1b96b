"""A file of another format is refused with what to do about it."""

import gzip
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.importing.files.json_text import parse_json
from app.importing.files.sqlite import open_sqlite
from app.importing.files.yaml_text import parse_yaml

DUMP = b"-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\nCREATE TABLE `incidents` (`id` int);\n"


def archive(folder: Path, kind: str) -> bytes:
    """An archive with one file in a folder."""
    (folder / "kuma.db").write_bytes(b"x")
    path = folder / "archive"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.write(folder / "kuma.db", "data/kuma.db")
    else:
        with tarfile.open(path, "w") as file:
            file.add(folder / "kuma.db", "data/kuma.db")
    return path.read_bytes()


def refusal_of_sqlite(folder: Path, content: bytes) -> str:
    file = folder / "given.db"
    file.write_bytes(content)
    with pytest.raises(InvalidError) as refused, open_sqlite(file):
        pass
    return refused.value.message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(b"x"), "It is compressed: unpack it first."),
        (DUMP, "It is a dump in SQL: make a SQLite file of the database with a converter."),
        (b"<!DOCTYPE html><title>Sign in</title>", "It is a web page"),
        ("x".encode("utf-16"), "It is UTF-16: save it as UTF-8."),
    ],
    ids=["gzip", "dump", "web page", "UTF-16"],
)
def test_what_is_no_database_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    message = refusal_of_sqlite(tmp_path, content)
    assert message.startswith(f"given.db is no SQLite database. {says}")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_has_to_be_unpacked(tmp_path: Path, kind: str) -> None:
    message = refusal_of_sqlite(tmp_path, archive(tmp_path, kind))
    assert message.endswith("It is an archive: unpack it first, and give the file in it.")


def test_a_database_of_another_product_is_named_with_the_table_that_it_lacks(
    tmp_path: Path,
) -> None:
    file = tmp_path / "kuma.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE heartbeat (id INTEGER)")
    with open_sqlite(file) as database, pytest.raises(InvalidError) as refused:
        list(database.rows("monitors", ["id"]))
    assert refused.value.message == (
        "kuma.db has no table monitors: it is of another product or version."
    )


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_a_text_in_utf_16_has_to_be_saved_anew(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(InvalidError, match=r"not UTF-8\. It is UTF-16: save it as UTF-8\.$"):
        parse("{}".encode("utf-16"), "given")


def test_a_web_page_in_place_of_json_is_named() -> None:
    with pytest.raises(InvalidError, match=r"column 1: .*It is a web page"):
        parse_json(b"\n<html><body>Sign in</body></html>", "given")
