"""`fyr subscriber`: add, list, import, export, erase."""

import json
from pathlib import Path

import pytest

from tests.cli.program import Fyr

VERA = "vera@example.net"


@pytest.fixture
def listed(fyr: Fyr, tmp_path: Path) -> Path:
    """A list with two people who have agreed, and a line with a fault."""
    assert fyr is not None
    file = tmp_path / "list.csv"
    file.write_text(f"email,language\n{VERA},sv\nno address,en\nerik@example.net,en\n")
    return file


def test_a_subscriber_is_added_listed_and_erased(fyr: Fyr) -> None:
    assert fyr("service", "add", "payments", "--name", "Payments").code == 0
    added = fyr("subscriber", "add", VERA, "--service", "payments", "--vouched", "by telephone")
    assert (added.code, added.out.split(" ", 1)[1]) == (0, "is active now.\n")
    number = added.out.split()[0]
    assert fyr("subscriber", "list").out == f"{number}\tactive\ten\t{VERA}\n"
    assert fyr("subscriber", "list", "--state", "pending").out == ""
    assert fyr("subscriber", "erase", VERA).out == f"{number} is deleted.\n"
    assert fyr("subscriber", "list").out == ""
    refused = fyr("subscriber", "add", VERA, "--vouched", "again")
    assert (refused.code, "suppressed" in refused.err) == (1, True)
    assert fyr("subscriber", "erase", "nobody@example.net").code == 1
    assert fyr("subscriber", "add", "no address").code == 1


def test_a_list_is_imported_and_what_is_left_out_is_named_by_line(fyr: Fyr, listed: Path) -> None:
    arguments = ("subscriber", "import", str(listed), "--confirmed", "the former page")
    tried = fyr(*arguments, "--dry-run")
    assert (tried.code, tried.out) == (0, "Would be imported: 2. Left out: 1.\n")
    assert fyr("subscriber", "list").out == ""

    done = fyr(*arguments)
    assert (done.code, done.out) == (0, "Imported: 2. Left out: 1.\n")
    assert done.err == "line 3: invalid_address\n"
    assert fyr(*arguments).out == "Imported: 0. Left out: 3.\n"


def test_an_export_is_json_lines_that_can_be_imported(
    fyr: Fyr, listed: Path, tmp_path: Path
) -> None:
    fyr("subscriber", "import", str(listed), "--confirmed", "the former page")
    exported = fyr("subscriber", "export").out
    found = [json.loads(line) for line in exported.splitlines()]
    assert [each["address"] for each in found] == [VERA, "erik@example.net"]
    assert found[0]["proof"] == "the former page"
    file = tmp_path / "again.jsonl"
    file.write_text(exported.replace("@example.net", "@example.org"))
    done = fyr("subscriber", "import", str(file), "--confirmed", "our export")
    assert done.out == "Imported: 2. Left out: 0.\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"name\nVera\n", "address or email"),
        (b"", "address or email"),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    fyr: Fyr, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_bytes(content)
    refused = fyr("subscriber", "import", str(file), "--confirmed", "x")
    assert (refused.code, reason in refused.err) == (1, True)
