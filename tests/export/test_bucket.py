"""An export to an object store, over its protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ports.clock import system_clock
from app.usecases.database import Database
from app.usecases.incidents.lifecycle import delete_incident
from tests.cast import BASE_URL, Installation
from tests.cli.program import Fyr, program
from tests.export.store import Store, storing
from tests.factories import make_incident, make_service

SECRET = "TopSecret"
PREFIX = "s3://pages/status"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with storing() as made:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        monkeypatch.setenv("AWS_REGION", "eu-north-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.fixture
def fyr(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Fyr:
    monkeypatch.setenv("FYR_DATABASE_URL", installation.settings.database)
    monkeypatch.setenv("FYR_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("FYR_BASE_URL", BASE_URL)
    return program(monkeypatch, capsys)


@pytest.fixture
def incident(fyr: Fyr, installation: Installation, store: Store) -> str:
    """The id of a published incident, after an export to the empty bucket."""
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        make_incident(ctx, title=SECRET, publish=False)
        published = make_incident(ctx, title="Mail is late").incident.id
    assert fyr("export", PREFIX).err == ""
    return published


def test_a_page_is_put_with_the_headers_of_the_server(
    incident: str, installation: Installation, store: Store
) -> None:
    page = store.objects[f"pages/status/sv/incidents/{incident}"]
    served = installation.vera.get(f"/sv/incidents/{incident}").headers
    assert b"Mail is late" in page.body
    assert page.headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": "sv",
        "Cache-Control": served["Cache-Control"],
    }


def test_json_is_put_with_its_media_type(incident: str, store: Store) -> None:
    headers = store.objects["pages/status/api/v2/summary.json"].headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_pages_feeds_documents_and_files_are_put(incident: str, store: Store) -> None:
    names = {key.removeprefix("pages/status/") for key in store.objects}
    assert names > {
        *("index.html", "404.html", "sv/index.html", "sv/history", f"i/{incident}"),
        *("history.atom", "sv/services/mail/feed.atom", "api/v2/summary.json"),
        *("embed.js", "favicon.ico"),
    }


def test_nothing_of_a_draft_is_put(incident: str, store: Store) -> None:
    assert [key for key, each in store.objects.items() if SECRET.encode() in each.body] == []


def test_what_did_not_change_is_not_put_again(
    incident: str, fyr: Fyr, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The reports count the seconds up to now: the two exports are made at one instant.
    now = system_clock()
    monkeypatch.setattr(Database.__init__, "__defaults__", (lambda: now,))
    fyr("export", PREFIX)
    store.puts()
    assert "Pages written: 0." in fyr("export", f"{PREFIX}/").out
    assert store.puts() == []


def test_only_what_a_change_touches_is_put(
    incident: str, fyr: Fyr, installation: Installation, store: Store
) -> None:
    store.puts()
    with installation.writing() as ctx:
        delete_incident(ctx, incident)
    fyr("export", PREFIX)
    put = store.puts()
    assert "pages/status/sv/index.html" in put
    assert "pages/status/sv/services/mail/badge.svg" not in put


def test_a_deleted_incident_leaves_no_trace(
    incident: str, fyr: Fyr, installation: Installation, store: Store
) -> None:
    with installation.writing() as ctx:
        delete_incident(ctx, incident)
    assert fyr("export", PREFIX).code == 0
    assert [key for key, each in store.objects.items() if incident in f"{key} {each.body!r}"] == []


def test_a_store_that_refuses_is_reported_in_one_line_without_secrets(
    fyr: Fyr, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    done = fyr("export", PREFIX, "--endpoint", store.url)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("fyr: s3://pages/status cannot be used: ")
    assert done.err.count("\n") == 1
    assert "hunter2" not in done.err


def test_a_prefix_with_something_else_in_it_is_refused(fyr: Fyr, store: Store) -> None:
    assert fyr("export", "s3://pages/").code == 0
    del store.objects["pages/.fyr-export.db"]
    before = dict(store.objects)
    assert "not empty" in fyr("export", "s3://pages/").err
    assert store.objects == before


def test_what_is_no_destination_is_refused(fyr: Fyr, tmp_path: Path) -> None:
    for words in (
        ("ftp://pages",),
        ("file://elsewhere/srv",),
        (str(tmp_path / "site"), "--endpoint", "http://127.0.0.1"),
        ("s3://",),
        (str(tmp_path / "site"), "--since", "yesterday"),
        (str(tmp_path / "site"), "--since", "2026-11-30T12:00"),
        (str(tmp_path / "site"), "--since", "2026-11-30", "--follow"),
    ):
        done = fyr("export", *words)
        assert (done.code, done.out) == (1, ""), words
    assert not (tmp_path / "site").exists()


def test_a_folder_can_be_named_as_a_file_url(fyr: Fyr, tmp_path: Path) -> None:
    assert fyr("export", f"file://{tmp_path}/the%20site").code == 0
    assert (tmp_path / "the site" / "sv" / "index.html").is_file()
