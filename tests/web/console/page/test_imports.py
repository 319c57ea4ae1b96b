"""Settings → Import: upload or address, the report, the import, progress, and what is refused."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from app.db.tables import ImportRunRow
from app.domain.permissions import Role
from app.usecases.imports.runs.run_files import ImportFiles, ImportProgress
from tests.cast import BASE_URL, Installation, open_installation
from tests.console import Staff, staff
from tests.importers.samples import FIXTURES

HERE = "/console/page/import"
DOCUMENT = (FIXTURES / "fyr" / "document.json").read_bytes()
KUMA = (FIXTURES / "uptime-kuma" / "kuma.db").read_bytes()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application at the time of the samples."""
    with open_installation(sqlite_url, tmp_path, import_limit_bytes=500_000) as opened:
        opened.clock.now = NOW
        yield opened


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


def send(
    person: Staff,
    fields: Mapping[str, str],
    content: bytes | None = None,
    name: str = "history.json",
    **headers: str,
) -> httpx.Response:
    """Send the form with a file, as browsers do: without a chosen file its part is empty."""
    file = ("file", ("" if content is None else name, content or b"", "application/octet-stream"))
    boundary = "----fyr"
    body = httpx.Request(
        "POST",
        BASE_URL,
        data=fields,
        files=[file],
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    ).read()
    sent = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Origin": BASE_URL,
        "Sec-Fetch-Site": "same-origin",
        **headers,
    }
    return person.ask("POST", HERE, content=body, headers=sent)


def uploads(installation: Installation) -> list[Path]:
    return list((installation.settings.data_dir / "imports").rglob("*"))


def change_run(installation: Installation, state: str, **ago: int) -> str:
    """Set the state of the only import, which began that long ago; its id."""
    with installation.writing() as ctx:
        row = ctx.session.exec(select(ImportRunRow)).one()
        row.state, row.started_at = state, ctx.now - timedelta(**ago)
        return row.public_id


def test_an_upload_gives_a_report_first_and_then_is_imported(
    installation: Installation, ada: Staff
) -> None:
    sent = send(ada, {"kind": "fyr", "address": "", "token": ""}, DOCUMENT)
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    report = ada.get(address).text
    assert "Report ready" in report
    assert "Nothing is written yet." in report
    assert "netPark" in report
    assert installation.vera.get("/api/v2/incidents.json").json()["incidents"] == []

    assert ada.send(f"{address}/apply").headers["location"] == address
    final = ada.get(address).text
    assert "Imported" in final
    assert "Nothing is written yet." not in final
    assert f"{address}/apply" not in final
    assert installation.vera.get("/api/v2/incidents.json").json()["incidents"] != []
    assert uploads(installation) == []
    assert address in ada.get(HERE).text
    assert "ada@example.com" in ada.get("/console/audit?action=import").text


def test_a_report_is_deleted_with_what_was_read(installation: Installation, ada: Staff) -> None:
    address = send(ada, {"kind": "fyr"}, DOCUMENT).headers["location"]
    assert f'action="{address}/delete"' in ada.get(address).text
    assert ada.send(f"{address}/delete").headers["location"] == HERE
    assert uploads(installation) == []
    assert ada.get(address).status_code == 404
    assert address not in ada.get(HERE).text


def test_the_deletion_of_an_import_is_in_the_audit_log(
    installation: Installation, ada: Staff
) -> None:
    address = send(ada, {"kind": "fyr"}, DOCUMENT).headers["location"]
    ada.send(f"{address}/delete")
    (entry,) = installation.ada.get("/api/v1/audit?action=import.delete").json()["items"]
    assert entry["subject_id"] == address.rpartition("/")[2]
    assert entry["actor_name"] == "ada@example.com"
    assert entry["before"] == {"kind": "fyr", "source": "history.json"}


def test_the_report_has_codes_with_counts_and_refs(ada: Staff) -> None:
    options = {"kind": "uptime-kuma", "targets": "on", "page": "default"}
    report = ada.get(send(ada, options, KUMA, "kuma.db").headers["location"]).text
    assert "<code>lost." in report or "<code>skipped." in report
    assert "kuma.db" in report


def test_a_file_in_small_pieces_is_read_whole(installation: Installation, ada: Staff) -> None:
    """The parts of the form begin and end anywhere in the chunks of the body."""
    sent = send(ada, {"kind": "fyr", "languages": "en, sv"}, DOCUMENT)
    run = ada.get(sent.headers["location"])
    assert "Report ready" in run.text
    (spool,) = [each for each in uploads(installation) if each.name == "spool.jsonl"]
    assert spool.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("fields", "content", "words"),
    [
        ({"kind": "fyr", "address": ""}, None, "Give either a file or a URL."),
        ({"kind": "fyr", "address": "https://a.example"}, DOCUMENT, "Give either a file or a URL."),
        ({"kind": "instatus", "address": "https://a.example"}, None, "needs an access token"),
        ({"kind": "fyr", "address": "https://a:b@a.example"}, None, "without a user name"),
        ({"kind": "fyr", "time_zone": "Mars"}, DOCUMENT, "time zone"),
        ({"kind": "nothing"}, DOCUMENT, "Choose one of"),
    ],
)
def test_what_cannot_be_imported_is_refused_beside_its_field_and_leaves_no_file(
    installation: Installation,
    ada: Staff,
    fields: dict[str, str],
    content: bytes | None,
    words: str,
) -> None:
    answer = send(ada, {"token": "", **fields}, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert uploads(installation) == []


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(
    installation: Installation, ada: Staff
) -> None:
    assert send(ada, {"kind": "fyr"}, b"x" * 500_001).status_code == 413
    assert uploads(installation) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"------fyr\r\n",
        b"no form at all",
        b'------fyr\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
        b'------fyr\r\nContent-Disposition: form-data; name="kind"\r\n\r\n'
        + b"x" * 20_000
        + b"\r\n------fyr--\r\n",
        b'------fyr\r\nContent-Disposition: form-data; name="kind"\r\n\r\n\xff\r\n------fyr--\r\n',
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(
    installation: Installation, ada: Staff, body: bytes
) -> None:
    headers = {
        "Content-Type": "multipart/form-data; boundary=----fyr",
        "Origin": BASE_URL,
        "Sec-Fetch-Site": "same-origin",
    }
    answer = ada.ask("POST", HERE, content=body, headers=headers)
    assert answer.status_code == 422, answer.status_code
    assert uploads(installation) == []


def test_nothing_is_stored_for_others_for_another_site_and_for_an_old_session(
    installation: Installation, ada: Staff
) -> None:
    for role in (Role.EDITOR, Role.VIEWER):
        assert send(staff(installation, role), {"kind": "fyr"}, DOCUMENT).status_code == 403
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert send(ada, {"kind": "fyr"}, DOCUMENT, **evil).status_code == 403
    installation.clock.forward(minutes=31)
    assert send(ada, {"kind": "fyr"}, DOCUMENT).status_code == 401
    assert uploads(installation) == []


def test_why_an_import_failed_is_said_in_the_language_of_the_user_with_the_details(
    ada: Staff,
) -> None:
    ada.send("/console/account/language", {"language": "sv"})
    shown = ada.get(send(ada, {"kind": "uptime-kuma"}, b"no", "kuma.db").headers["location"]).text
    assert "kuma.db är skadad eller har ett annat format. Exportera den på nytt." in shown
    assert '<p class="meta" lang="en" dir="ltr">kuma.db is no SQLite database.</p>' in shown


def test_a_value_that_the_validation_refuses_is_named_in_the_language_of_the_user(
    ada: Staff,
) -> None:
    ada.send("/console/account/language", {"language": "de"})
    document = DOCUMENT.replace(b'"resolved"', b'"unheard"', 1)
    shown = ada.get(send(ada, {"kind": "fyr"}, document).headers["location"]).text
    assert "status fehlt oder ist ungültig. Korrigieren Sie es in der Quelle." in shown


def test_progress_is_shown_with_and_without_javascript(
    installation: Installation, ada: Staff
) -> None:
    object.__setattr__(installation.app.state.fyr, "start_import", lambda _: None)
    address = send(ada, {"kind": "fyr"}, DOCUMENT).headers["location"]
    files = ImportFiles(installation.settings.data_dir)
    files.write_progress(address.rpartition("/")[2], ImportProgress("reading", 1234))
    shown = ada.get(address).text
    assert "Reading the source: 1,234" in shown
    assert '<noscript><meta http-equiv="refresh"' in shown
    assert "data-progress" in shown


def test_an_import_whose_process_was_killed_says_so_and_can_be_resumed(
    installation: Installation, ada: Staff
) -> None:
    address = send(ada, {"kind": "fyr"}, DOCUMENT).headers["location"]
    change_run(installation, "importing", hours=1)
    shown = ada.get(address).text
    assert "The process that ran this import ended too early." in shown
    assert "Resume" in shown
    ada.send(f"{address}/apply")
    assert "Imported" in ada.get(address).text


def test_a_second_import_at_the_same_time_is_refused_in_words(
    installation: Installation, ada: Staff
) -> None:
    send(ada, {"kind": "fyr"}, DOCUMENT)
    change_run(installation, "checking", seconds=1)
    files = ImportFiles(installation.settings.data_dir)
    lock = files.take_lock(change_run(installation, "checking", seconds=1))
    try:
        answer = send(ada, {"kind": "fyr"}, DOCUMENT)
        assert answer.status_code == 409
        assert "Another import is running. Wait until it has ended." in answer.text
        address = f"{HERE}/{change_run(installation, 'checking', seconds=1)}"
        assert ada.send(f"{address}/delete").status_code == 409
        assert f"{address}/delete" not in ada.get(address).text
    finally:
        os.close(lock)
