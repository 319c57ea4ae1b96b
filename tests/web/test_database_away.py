"""While the database does not answer, programs are asked to retry and no answer is invented."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.rendering import pages
from tests.cast import Installation, open_installation


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose database is gone, with tokens from before."""
    with open_installation(sqlite_url, tmp_path) as opened:
        assert opened.tokens
        opened.database.close()
        for file in tmp_path.glob("fyr.db*"):
            file.unlink()
        (tmp_path / "fyr.db").mkdir()
        yield opened


def test_a_write_is_refused_until_later(installation: Installation) -> None:
    answer = installation.ada.post("/api/v1/services", {"slug": "a", "name": "A"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "sqlite" not in answer.text.lower()


def test_a_look_is_refused_until_later_and_the_log_says_why(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    assert installation.cy.get("/api/v1/incidents").status_code == 503
    (record,) = [each for each in caplog.records if each.name == "fyr.web"]
    assert record.getMessage() == (
        "web.unavailable method=GET path=/api/v1/incidents error=OperationalError"
        " cause=unable to open database file (SQLITE_CANTOPEN)"
    )


def test_the_process_lives_and_says_that_it_is_not_ready(installation: Installation) -> None:
    assert installation.vera.get("/healthz").text == "ok\n"
    answer = installation.vera.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_an_address_where_there_is_nothing_stays_one(installation: Installation) -> None:
    answer = installation.vera.get("/nothing/at/all")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/")


def test_an_installation_in_order_is_ready(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path) as opened:
        assert opened.vera.get("/readyz").text == "ready\n"


def test_a_full_disk_is_not_ready(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2**20)
    with open_installation(sqlite_url, tmp_path) as opened:
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
        answer = opened.vera.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "disk full\n")


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [("/", "ar", "ar"), ("/sv/", "ar", "sv"), ("/history?lang=sv", "", "sv"), ("/", "eo", "en")],
)
def test_who_sees_nothing_is_shown_what_to_do_in_their_language(
    installation: Installation, path: str, accept: str, language: str
) -> None:
    answer = installation.vera.get(path, headers={"Accept-Language": accept})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-language"] == language
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == pages.unavailable(language)


def test_who_reads_in_a_terminal_gets_one_line(installation: Installation) -> None:
    answer = installation.vera.get("/", headers={"Accept": "text/plain"})
    assert answer.status_code == 503
    assert "<" not in answer.text
