"""`fyr migrate`, `fyr import`, and what every command says of settings and databases."""

import json
import os
import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Fyr
from tests.importers.samples import FIXTURES
from tests.importers.servers import upptime_on_github
from tests.network import started

FIXTURE = Path(__file__).parent.parent / "fixtures" / "netpark.json"
DOCUMENT = FIXTURE.read_text(encoding="utf-8")


def refused(fyr: Fyr, *arguments: str) -> str:
    """The one line on stderr of a command that is refused."""
    done = fyr(*arguments)
    assert (done.code, done.out) == (1, "")
    line, end = done.err.split("\n", 1)
    assert end == ""
    return line


def test_a_document_is_imported(fyr: Fyr) -> None:
    done = fyr("import", str(FIXTURE))
    assert (done.code, done.err) == (0, "")
    assert done.out == "Services added: 3. Incidents added: 1. Here already: 0.\n"


def test_importing_it_again_is_harmless(fyr: Fyr) -> None:
    fyr("import", str(FIXTURE))
    done = fyr("import", str(FIXTURE))
    assert done.out == "Services added: 0. Incidents added: 0. Here already: 4.\n"


def test_a_file_that_is_not_there_is_refused(fyr: Fyr) -> None:
    assert "gone.json cannot be read: No such file" in refused(fyr, "import", "gone.json")


def test_a_folder_is_no_file(fyr: Fyr) -> None:
    assert "is a folder, not a file" in refused(fyr, "import", ".")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 10_000])
def test_what_is_not_json_is_refused(fyr: Fyr, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "document").write_bytes(text)
    assert "document is not JSON" in refused(fyr, "import", "document")


def test_what_has_another_shape_is_refused_by_its_place(fyr: Fyr, tmp_path: Path) -> None:
    document = json.loads(DOCUMENT)
    document["incidents"][0]["updates"][1]["status"] = "open"
    (tmp_path / "document").write_text(json.dumps(document))
    assert "incidents[0].updates[1].status is 'open'" in refused(fyr, "import", "document")


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on loopback that has the document, and a 404 for all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            found = self.path == "/document"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(DOCUMENT.encode() if found else b"")

        def log_message(self, *_: object) -> None: ...

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    with started(listening):
        yield f"http://127.0.0.1:{listening.server_port}"


def test_a_private_address_is_not_read(fyr: Fyr, server: str) -> None:
    line = refused(fyr, "import", f"{server}/document")
    assert "leads to 127.0.0.1" in line
    assert "FYR_ALLOWED_NETWORKS" in line


def test_an_address_that_is_allowed_is_read(
    fyr: Fyr, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    assert fyr("import", f"{server}/document").code == 0
    assert "404" in refused(fyr, "import", f"{server}/gone")


@pytest.mark.parametrize("url", ["http://", "http://no such host/", "http://127.0.0.1:1/"])
def test_an_address_that_leads_nowhere_is_refused(
    fyr: Fyr, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    assert "cannot be read" in refused(fyr, "import", url)


def test_migrate_brings_a_database_up_to_date(
    fyr: Fyr, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", empty_database_url)
    for _ in range(2):
        assert fyr("migrate").out == "The database is up to date.\n"
    assert fyr("user", "add", "ada@example.com").code == 0


@pytest.mark.parametrize(
    "arguments", [("worker",), ("user", "add", "a@b.c"), ("import", str(FIXTURE))]
)
def test_a_postgresql_that_is_behind_is_refused_with_what_to_run(
    fyr: Fyr,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    arguments: tuple[str, ...],
) -> None:
    with request.getfixturevalue("postgres").empty() as url:
        monkeypatch.setenv("FYR_DATABASE_URL", url)
        assert "fyr migrate" in refused(fyr, *arguments)


def test_a_database_of_a_newer_version_is_refused(fyr: Fyr, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "UPDATE alembic_version SET version_num = 'of_the_future', "
            "compatible_from = 'of_the_future'"
        )
    connection.close()
    assert "newer" in refused(fyr, "user", "add", "ada@example.com")
    assert "newer" in refused(fyr, "migrate")


def test_a_database_that_does_not_answer_is_reported_in_one_line(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", "postgresql://fyr:hunter2@127.0.0.1:1/fyr")
    for arguments in (("user", "add", "a@b.c"), ("migrate",)):
        line = refused(fyr, *arguments)
        assert "cannot be used" in line
        assert "hunter2" not in line


def test_a_data_directory_that_is_none_is_reported_in_one_line(
    fyr: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FYR_DATABASE_URL", "")
    monkeypatch.setenv("FYR_DATA_DIR", "file")
    assert "FYR_DATA_DIR" in refused(fyr, "user", "add", "ada@example.com")


@pytest.mark.parametrize("arguments", [("worker",), ("migrate",), ("user", "add", "a@b.c")])
def test_a_wrong_setting_is_named_without_its_value(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", "mysql://fyr:hunter2@db/fyr")
    line = refused(fyr, *arguments)
    assert line.startswith("fyr: FYR_DATABASE_URL: ")
    assert "hunter2" not in line


def test_the_version_is_printed(fyr: Fyr) -> None:
    done = fyr("--version")
    assert done.code == 0
    assert done.out.startswith("fyr ")


MALFORMED = Path(__file__).parent.parent / "importers" / "fixtures" / "malformed"
CASES = json.loads((MALFORMED / "expected.json").read_text(encoding="utf-8"))["cases"]
SITES = Path(__file__).parent.parent / "importers" / "fixtures"


def database_bytes(url: str) -> bytes:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        return "\n".join(connection.iterdump()).encode()


@pytest.mark.parametrize(
    "case",
    [each for each in CASES if each["from"] == "fyr"],
    ids=lambda each: each["file"],
)
def test_a_malformed_document_is_refused_in_one_line_and_changes_nothing(
    fyr: Fyr, sqlite_url: str, case: dict[str, Any]
) -> None:
    before = database_bytes(sqlite_url)
    line = refused(fyr, "import", "--from", "fyr", str(MALFORMED / case["file"]))
    assert all(each in line for each in case["one_line_names"]), line
    assert database_bytes(sqlite_url) == before


def test_settings_that_are_no_yaml_are_refused_with_their_line(fyr: Fyr, tmp_path: Path) -> None:
    folder = tmp_path / "settings.yml"
    folder.mkdir()
    (folder / "config.yml").write_bytes((MALFORMED / "settings.yml").read_bytes())
    line = refused(fyr, "import", "--from", "cstate", str(folder))
    assert "settings.yml" in line
    assert "line 2" in line


def test_one_broken_file_refuses_everything_and_names_its_line(fyr: Fyr, sqlite_url: str) -> None:
    before = database_bytes(sqlite_url)
    line = refused(fyr, "import", "--from", "cstate", str(SITES / "cstate-example" / "site"))
    assert "content/issues/2025-07-07-broken.md" in line
    assert "line 2" in line
    assert database_bytes(sqlite_url) == before


def test_odd_file_names_are_printable_in_reports_and_errors(fyr: Fyr, tmp_path: Path) -> None:
    folder = tmp_path / "content" / "issues"
    folder.mkdir(parents=True)
    (tmp_path / "config.yml").write_text("title: Odd\n")
    text = "---\ntitle: Outage\ndate: 2020-01-01T00:00:00Z\n---\nText."
    (folder / os.fsdecode(b"\xff.md")).write_text(text)
    done = fyr("import", "--from", "cstate", str(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert "issues/\\xff.md" in done.out
    (folder / "a\nb.md").write_text("---\ndate: soon\n---\n")
    line = refused(fyr, "import", "--from", "cstate", str(tmp_path))
    assert "a\\nb.md" in line


def test_a_dry_run_prints_the_report_of_the_import_and_writes_nothing(
    fyr: Fyr, sqlite_url: str, tmp_path: Path
) -> None:
    site = str(SITES / "statuskit" / "site")
    before = database_bytes(sqlite_url)
    planned = fyr("import", "--from", "cstate", site, "--dry-run", "--report", "report.json")
    assert (planned.code, planned.err) == (0, "")
    assert database_bytes(sqlite_url) == before
    done = fyr("import", "--from", "cstate", site)
    first, *rest = done.out.splitlines()
    assert first == (
        "UGRC System Status (cstate, site): 7 services, 1 archived service, 6 incidents with 12 "
        "updates."
    )
    assert planned.out.splitlines() == [f"{first} Nothing was written.", *rest]
    assert rest[1].startswith("open.stale ")
    found = json.loads((tmp_path / "report.json").read_text())
    assert found["outcomes"]["new"] == 14
    assert not found["written"]
    assert {"code": "fixed.status", "ref": "incidents/ssl-update.md"} in found["report"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "nagios", "x"),
        ("--from", "cstate", "https://status.example.com"),
        ("--from", "statuspage", __file__),
        ("--from", "cstate", "x", "--maintenance", "("),
        ("--from", "cstate", "x", "--report", "gone/report.json"),
        (),
    ],
)
def test_wrong_use_has_an_exit_code_of_its_own(fyr: Fyr, arguments: tuple[str, ...]) -> None:
    assert fyr("import", *arguments).code == 64


@pytest.mark.parametrize(
    "source", ["https://user:s3cret@127.0.0.1:9", "https://127.0.0.1:9/?token=s3cret"]
)
def test_secrets_in_the_address_are_refused_and_never_printed(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("FYR_IMPORT_TOKEN", "test-token-not-secret")
    done = fyr("import", "--from", "statuspage", source)
    assert done.code == 1
    assert "s3cret" not in done.out + done.err
    assert "test-token-not-secret" not in done.out + done.err


def test_a_hosted_api_is_refused_without_a_token_before_any_request(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FYR_IMPORT_TOKEN", raising=False)
    assert "Set FYR_IMPORT_TOKEN" in refused(fyr, "import", "--from", "instatus", "cl0page")


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "FYR_IMPORT_TOKEN"])
def test_a_repository_is_read_with_a_token_of_either_name(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("GITHUB_TOKEN", "another-token-not-secret")
    monkeypatch.setenv(variable, "test-token-not-secret")
    with upptime_on_github(FIXTURES / "upptime") as url:
        address = url.replace("/api/v3/repos", "")
        done = fyr("import", "--from", "upptime", address, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Tideline Status (upptime, ")
    assert "token-not-secret" not in done.out
