"""An export that follows: every change arrives, and what is away is waited for."""

import logging
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from app.db.engine import make_engine
from app.export.bucket import opened_bucket
from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import Destination, ExportResult
from app.export.watch import export_continuously
from app.usecases.database import Database
from tests.cast import BASE_URL, Installation
from tests.e2e.serving import command, wait_until
from tests.export.store import storing
from tests.factories import make_incident
from tests.fakes import FixedClock

TITLE = "Mail is late"


@contextmanager
def following_here(
    installation: Installation, destination: Destination
) -> Iterator[list[ExportResult]]:
    """A thread that follows while this lasts; what it results."""
    results: list[ExportResult] = []
    stop = Event()
    site = Site(BASE_URL)
    thread = Thread(
        target=export_continuously,
        args=(installation.database, site, destination, stop, results.append),
    )
    with destination.locked():
        thread.start()
        try:
            wait_until(lambda: bool(results), "the first export is done")
            yield results
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def test_a_change_is_exported(installation: Installation, tmp_path: Path) -> None:
    page = tmp_path / "site" / "en" / "index.html"
    with following_here(installation, Folder(tmp_path / "site")):
        with installation.writing() as ctx:
            make_incident(ctx, title=TITLE)
        wait_until(lambda: TITLE in page.read_text(), "the incident is on the page")


def test_a_store_that_was_away_is_brought_up_to_date(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "tester")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    with storing() as store:
        destination = opened_bucket("s3://pages", store.url)
        with (
            following_here(installation, destination),
            caplog.at_level(logging.ERROR, "fyr.export"),
        ):
            store.away = True
            with installation.writing() as ctx:
                make_incident(ctx, title=TITLE)
            wait_until(lambda: "s3://pages/ cannot be used" in caplog.text, "the log says so")
            assert TITLE.encode() not in store.objects["pages/index.html"].body
            store.away = False
            wait_until(
                lambda: TITLE.encode() in store.objects["pages/index.html"].body, "it arrives"
            )


def test_a_database_that_was_away_is_waited_for(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere" / "fyr.db"
    database = Database(make_engine(f"sqlite:///{elsewhere}"), FixedClock())
    results: list[ExportResult] = []
    stop = Event()
    site, folder = Site(BASE_URL), Folder(tmp_path / "site")
    thread = Thread(target=export_continuously, args=(database, site, folder, stop, results.append))
    with folder.locked():
        with caplog.at_level(logging.ERROR, "fyr.export"):
            thread.start()
            wait_until(lambda: "export.failed again_in=1" in caplog.text, "the log says so")
        elsewhere.parent.mkdir()
        Path(sqlite_url.removeprefix("sqlite:///")).rename(elsewhere)
        wait_until(lambda: bool(results), "the page is exported")
        stop.set()
        thread.join(20)
    database.close()
    assert (tmp_path / "site" / "en" / "index.html").is_file()


def test_the_command_follows_until_it_is_asked_to_stop(sqlite_url: str, tmp_path: Path) -> None:
    words, environment = command(
        "export", "site", "--follow", environment={"FYR_DATABASE_URL": sqlite_url}
    )
    process = subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_until((tmp_path / "site/sv/index.html").is_file, "the page is exported")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, errors) == (0, b"")
