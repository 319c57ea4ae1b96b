"""Imports by API: uploads, dry runs, `apply`, resuming, and what is refused."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.db.tables import ImportRunRow
from tests.cast import Installation, open_installation
from tests.importers.samples import FIXTURES

IMPORTS = "/api/v1/imports"
DOCUMENT = (FIXTURES / "fyr" / "document.json").read_bytes()
KUMA = (FIXTURES / "uptime-kuma" / "kuma.db").read_bytes()
TOKEN = "token-of-the-source"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application at the time of the samples, with Ada signed in."""
    with open_installation(database_url, tmp_path) as opened:
        opened.clock.now = NOW
        opened.sign_in_ada()
        yield opened


@pytest.fixture
def sqlite_installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application on SQLite, with Ada signed in."""
    with open_installation(sqlite_url, tmp_path) as opened:
        opened.clock.now = NOW
        opened.sign_in_ada()
        yield opened


def uploaded(installation: Installation, content: bytes, name: str = "history.json") -> str:
    answer = installation.ada.post(f"{IMPORTS}/files?name={name}", content=content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["bytes"] == len(content)
    upload: str = answer.json()["id"]
    return upload


def started(installation: Installation, **new: object) -> Any:  # noqa: ANN401  # JSON
    """The import that this request started, when it has ended."""
    answer = installation.ada.post(IMPORTS, new)
    assert answer.status_code == 202, answer.text
    return found(installation, answer.json()["id"])


def found(installation: Installation, run_id: str) -> Any:  # noqa: ANN401  # JSON
    return installation.ada.get(f"{IMPORTS}/{run_id}").json()


def refused(installation: Installation, **new: object) -> tuple[int, str, str]:
    answer = installation.ada.post(IMPORTS, new)
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def files_of_imports(installation: Installation) -> list[Path]:
    return list((installation.settings.data_dir / "imports").rglob("*"))


def actions(installation: Installation) -> list[str]:
    entries = installation.ada.get("/api/v1/audit?limit=100").json()["items"]
    return [each["action"] for each in entries]


def interrupt(installation: Installation, run_id: str, state: str) -> None:
    """Let an import look as it does when its process was killed: nothing holds its lock."""
    with installation.writing() as ctx:
        row = ctx.session.exec(select(ImportRunRow).where(ImportRunRow.public_id == run_id)).one()
        row.state, row.started_at = state, ctx.now - timedelta(hours=1)


def test_a_dry_run_reports_and_writes_nothing_and_apply_imports_what_was_read(
    installation: Installation,
) -> None:
    before = actions(installation)
    run = started(installation, kind="fyr", file=uploaded(installation, DOCUMENT))
    assert (run["state"], run["can_apply"], run["report"]["written"]) == ("checked", True, False)
    assert run["report"]["counts"]["incidents"] == 2
    assert installation.ada.get("/api/v1/incidents").json()["items"] == []
    assert actions(installation) == before

    answer = installation.ada.post(f"{IMPORTS}/{run['id']}/apply")
    assert answer.status_code == 202, answer.text
    done = found(installation, run["id"])
    assert (done["state"], done["can_apply"], done["report"]["written"]) == (
        "imported",
        False,
        True,
    )
    assert done["report"]["outcomes"] == run["report"]["outcomes"]
    assert done["finished_at"] is not None
    assert len(installation.ada.get("/api/v1/incidents").json()["items"]) == 2
    (entry,) = installation.ada.get("/api/v1/audit?action=import").json()["items"]
    assert (entry["actor_kind"], entry["subject"]) == ("token", "page")
    assert files_of_imports(installation) == []


def test_an_import_again_changes_nothing_and_does_not_move_the_revision(
    installation: Installation,
) -> None:
    first = started(installation, kind="fyr", file=uploaded(installation, DOCUMENT), dry_run=False)
    assert first["state"] == "imported"
    etag = installation.vera.get("/api/v2/summary.json").headers["etag"]
    again = started(installation, kind="fyr", file=uploaded(installation, DOCUMENT))
    installation.ada.post(f"{IMPORTS}/{again['id']}/apply")
    outcomes = found(installation, again["id"])["report"]["outcomes"]
    assert (outcomes["new"], outcomes["changed"]) == (0, 0)
    assert installation.vera.get("/api/v2/summary.json").headers["etag"] == etag


def test_options_are_those_of_the_command(sqlite_installation: Installation) -> None:
    run = started(
        sqlite_installation,
        kind="uptime-kuma",
        file=uploaded(sqlite_installation, KUMA, "kuma.db"),
        options={"page": "default", "targets": True},
    )
    assert (run["state"], run["source"]) == ("checked", "kuma.db")
    expected = json.loads((FIXTURES / "uptime-kuma" / "expected.json").read_text())
    assert run["report"]["counts"]["maintenances"] == expected["counts"]["maintenances"]
    assert run["report"]["counts"]["targets"] > 0


def test_what_is_wrong_with_a_source_is_said_in_words_of_the_api(
    sqlite_installation: Installation,
) -> None:
    run = started(
        sqlite_installation,
        kind="uptime-kuma",
        file=uploaded(sqlite_installation, KUMA, "kuma.db"),
        options={"page": "another"},
    )
    assert (run["state"], run["can_apply"]) == ("failed", False)
    assert "Name the page with `page`." in run["problem"]
    broken = started(
        sqlite_installation,
        kind="uptime-kuma",
        file=uploaded(sqlite_installation, b"no", "kuma.db"),
    )
    assert broken["state"] == "failed"
    assert "kuma.db" in broken["problem"]
    assert files_of_imports(sqlite_installation) == []


@pytest.mark.parametrize(
    ("new", "code", "words"),
    [
        ({"kind": "nagios", "address": "https://a.example"}, "unknown_choice", "There is no kind"),
        ({"kind": "cstate", "address": "https://a.example"}, "import_needs_folder", "fyr import"),
        ({"kind": "upptime", "file": "aaaaaaaaaaaa"}, "import_needs_folder", "--from upptime"),
        ({"kind": "fyr"}, "import_source_missing", "either a file or an address"),
        (
            {"kind": "fyr", "address": "https://a.example", "file": "aaaaaaaaaaaa"},
            "import_source_missing",
            "either a file or an address",
        ),
        ({"kind": "gatus", "address": "https://a.example"}, "import_needs_file", "from a file"),
        ({"kind": "statuspage", "file": "aaaaaaaaaaaa"}, "import_needs_url", "an address"),
        ({"kind": "fyr", "file": "aaaaaaaaaaaa"}, "upload_not_found", "no such upload"),
        ({"kind": "instatus", "address": "https://a.example"}, "import_token_missing", "token"),
        (
            {"kind": "fyr", "address": "https://u:secret@a.example"},
            "import_source_url",
            "the token",
        ),
        (
            {"kind": "fyr", "address": "https://a.example/?token=x"},
            "import_source_url",
            "without a query",
        ),
        ({"kind": "fyr", "address": "https://[broken"}, "import_source_url", "no address"),
        (
            {"kind": "fyr", "address": "https://a.example", "options": {"time_zone": "Mars/X"}},
            "unknown_time_zone",
            "Mars/X",
        ),
        (
            {"kind": "fyr", "address": "https://a.example", "options": {"maintenance": "("}},
            "invalid",
            "regular expression",
        ),
        (
            {"kind": "fyr", "address": "https://a.example", "options": {"languages": ["s v"]}},
            "import_languages",
            "tags of languages",
        ),
        (
            {"kind": "fyr", "address": "https://a.example", "token": "two\nlines"},
            "invalid_key",
            "copy it again",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused_before_anything_is_stored(
    sqlite_installation: Installation, new: dict[str, object], code: str, words: str
) -> None:
    status, said, detail = refused(sqlite_installation, **new)
    assert (status, said) == (422, code)
    assert words in detail
    assert "SOURCE" not in detail
    assert "secret" not in detail
    assert sqlite_installation.ada.get(IMPORTS).json()["items"] == []
    assert files_of_imports(sqlite_installation) == []


def test_a_source_inside_the_network_is_not_read_and_its_token_is_nowhere(
    sqlite_installation: Installation,
) -> None:
    run = started(sqlite_installation, kind="fyr", address="https://127.0.0.1", token=TOKEN)
    assert run["state"] == "failed"
    assert "FYR_ALLOWED_NETWORKS" in run["problem"]
    everything = sqlite_installation.ada.get(f"{IMPORTS}").text
    assert TOKEN not in everything
    data = sqlite_installation.settings.data_dir
    assert not [each for each in data.rglob("*") if each.is_file() and holds(each, TOKEN)]


def test_an_address_never_leads_to_a_file_of_the_server(
    sqlite_installation: Installation,
) -> None:
    secret = sqlite_installation.settings.data_dir / "history.json"
    secret.write_bytes(DOCUMENT)
    for address in (str(secret), f"file://{secret}", os.path.relpath(secret), "./history.json"):
        answer = sqlite_installation.ada.post(IMPORTS, {"kind": "fyr", "address": address})
        if answer.status_code == 202:
            run = found(sqlite_installation, answer.json()["id"])
            assert run["state"] == "failed", address
            assert run["source"].startswith("https://")
        else:
            assert answer.status_code == 422


def holds(file: Path, text: str) -> bool:
    return text.encode() in file.read_bytes()


def test_a_token_is_stored_encrypted_while_an_import_may_need_it(
    sqlite_installation: Installation,
) -> None:
    seen: list[str] = []
    state = sqlite_installation.app.state.fyr
    data = sqlite_installation.settings.data_dir

    def look(run_id: str) -> None:
        stored = data / "imports" / run_id / "token"
        seen.append(stored.read_text())
        assert stored.stat().st_mode & 0o077 == 0

    object.__setattr__(state, "start_import", look)
    sqlite_installation.ada.post(
        IMPORTS, {"kind": "fyr", "address": "https://127.0.0.1", "token": TOKEN}
    )
    assert seen
    assert TOKEN not in seen[0]


def test_only_admins_who_have_signed_in_lately_start_an_import(
    sqlite_installation: Installation,
) -> None:
    new = {"kind": "fyr", "address": "https://127.0.0.1"}
    for person in (sqlite_installation.ben, sqlite_installation.cy):
        assert person.post(IMPORTS, new).status_code == 403
        assert person.post(f"{IMPORTS}/files", content=b"x").status_code == 403
        assert person.get(IMPORTS).status_code == 403
    assert files_of_imports(sqlite_installation) == []
    upload = uploaded(sqlite_installation, DOCUMENT)
    run = started(sqlite_installation, kind="fyr", file=upload)
    sqlite_installation.clock.forward(minutes=31)
    for path, body in ((IMPORTS, new), (f"{IMPORTS}/{run['id']}/apply", None)):
        answer = sqlite_installation.ada.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")


def test_an_interrupted_import_says_so_and_is_resumed(installation: Installation) -> None:
    run = started(installation, kind="fyr", file=uploaded(installation, DOCUMENT))
    interrupt(installation, run["id"], "importing")
    seen = found(installation, run["id"])
    assert (seen["state"], seen["can_apply"]) == ("interrupted", True)
    assert installation.ada.post(f"{IMPORTS}/{run['id']}/apply").status_code == 202
    done = found(installation, run["id"])
    assert (done["state"], done["report"]["outcomes"]["new"]) == (
        "imported",
        run["report"]["outcomes"]["new"],
    )


def test_a_second_import_at_the_same_time_is_refused(installation: Installation) -> None:
    object.__setattr__(installation.app.state.fyr, "start_import", lambda _: None)
    first = installation.ada.post(
        IMPORTS, {"kind": "fyr", "file": uploaded(installation, DOCUMENT)}
    ).json()
    assert found(installation, first["id"])["state"] == "checking"
    status, code, detail = refused(installation, kind="fyr", file=uploaded(installation, DOCUMENT))
    assert (status, code) == (409, "import_running")
    assert "Wait until it has ended" in detail
    assert installation.ada.post(f"{IMPORTS}/{first['id']}/apply").status_code == 409


def test_what_has_ended_cannot_be_applied_again(sqlite_installation: Installation) -> None:
    run = started(
        sqlite_installation,
        kind="fyr",
        file=uploaded(sqlite_installation, DOCUMENT),
        dry_run=False,
    )
    answer = sqlite_installation.ada.post(f"{IMPORTS}/{run['id']}/apply")
    assert (answer.status_code, answer.json()["code"]) == (409, "import_ended")
    gone = sqlite_installation.ada.post(f"{IMPORTS}/zzzzzzzzzzzz/apply")
    assert (gone.status_code, gone.json()["code"]) == (404, "import_not_found")


def test_a_report_whose_files_are_gone_cannot_be_applied(
    sqlite_installation: Installation,
) -> None:
    run = started(sqlite_installation, kind="fyr", file=uploaded(sqlite_installation, DOCUMENT))
    long_ago = (NOW - timedelta(days=2)).timestamp()
    for each in files_of_imports(sqlite_installation):
        os.utime(each, (long_ago, long_ago))
    uploaded(sqlite_installation, DOCUMENT)  # deletes what is older than a day
    assert found(sqlite_installation, run["id"])["can_apply"] is False
    answer = sqlite_installation.ada.post(f"{IMPORTS}/{run['id']}/apply")
    assert (answer.status_code, answer.json()["code"]) == (409, "import_ended")


def test_an_upload_is_private_bounded_and_used_once(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path, import_limit_bytes=70_000) as installation:
        installation.clock.now = NOW
        installation.sign_in_ada()
        for content, status in ((b"", 422), (b"x" * 70_001, 413)):
            answer = installation.ada.post(f"{IMPORTS}/files", content=content)
            assert answer.status_code == status
            assert files_of_imports(installation) == []
        upload = uploaded(installation, DOCUMENT, "../../.hidden/ d%C3%A9j%C3%A0.json")
        for each in files_of_imports(installation):
            assert each.stat().st_mode & 0o077 == 0
            assert each.resolve().is_relative_to(tmp_path / "imports")
        assert started(installation, kind="fyr", file=upload)["source"] == "d-j-.json"
        assert refused(installation, kind="fyr", file=upload)[1] == "upload_not_found"


def test_a_repeated_request_starts_nothing_again(sqlite_installation: Installation) -> None:
    started_ids: list[str] = []
    object.__setattr__(sqlite_installation.app.state.fyr, "start_import", started_ids.append)
    new = {"kind": "fyr", "file": uploaded(sqlite_installation, DOCUMENT)}
    for _ in range(2):
        answer = sqlite_installation.ada.post(IMPORTS, new, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 202
    assert len(started_ids) == 1
