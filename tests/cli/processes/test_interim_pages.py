"""What a web process serves while its application is imported: never the past as the present."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.processes.interim_pages import InterimPages
from app.ports.clock import system_clock
from app.settings import load_settings
from app.web.page_cache.first_page import render_first_pages
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.snapshot import save
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import StoredPage
from tests.cast import BASE_URL, Installation, open_installation
from tests.factories import make_incident
from tests.web.page_cache.conftest import eventually

TITLE = "Invoices are late"


class Interim:
    """A web process before its application: its middleware answers or does not."""

    def __init__(self, url: str, folder: Path) -> None:
        given = {"database_url": url, "data_dir": folder, "base_url": BASE_URL}
        cache = CacheState(PageStore(2**20, system_clock))
        self.pages = InterimPages(load_settings(_env_file=None, **given), cache)
        self.pages.load()
        self._middleware = PageCacheMiddleware(None, cache)  # type: ignore[arg-type]

    def find(self) -> StoredPage | None:
        found = self._middleware.find(b"/en/", b"", b"")
        return None if found is None else found[0]


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    with with_snapshot(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def embedded(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with with_snapshot(sqlite_url, tmp_path) as made:
        yield made


@contextmanager
def with_snapshot(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation with a snapshot of its page."""
    with open_installation(database_url, tmp_path) as made:
        first = render_first_pages(made.database, BASE_URL)
        notices = {"en": '<p class="note" id="as-of" role="status">As of noon.</p>\n'}
        # They would expire at the end of a day of the tests' clock.
        never = system_clock().replace(year=9000)
        pages = tuple(replace(page, expires_at=never) for page in first.pages)
        save(tmp_path / "snapshot", replace(first, pages=pages, notices=notices))
        yield made


@pytest.fixture
def interim(installation: Installation, database_url: str, tmp_path: Path) -> Iterator[Interim]:
    made = Interim(database_url, tmp_path)
    yield made
    made.pages.close()


def test_nothing_is_served_before_the_revision_is_read(interim: Interim) -> None:
    assert interim.find() is None


def test_a_snapshot_of_the_revision_of_the_database_is_served(interim: Interim) -> None:
    interim.pages.serve_current()
    page = interim.find()
    assert page is not None
    assert page.meta.cache_control.startswith("public")
    assert not interim.pages.are_stale


def test_a_snapshot_of_another_revision_is_not_served(
    interim: Interim, installation: Installation
) -> None:
    with installation.writing() as ctx:
        make_incident(ctx, title=TITLE)
    interim.pages.serve_current()
    page = interim.find()
    # A page that the clock of this machine has expired already is not served either.
    assert page is None or TITLE.encode() in page.body


def test_a_change_ends_what_is_served(interim: Interim, installation: Installation) -> None:
    interim.pages.serve_current()
    assert interim.find() is not None
    with installation.writing() as ctx:
        make_incident(ctx, title=TITLE)
    eventually(lambda: interim.find() is None, "the former page is not served any more")


def test_without_the_database_the_snapshot_says_of_when_it_is(
    installation: Installation, tmp_path: Path
) -> None:
    away = Interim("postgresql://fyr@127.0.0.1:9/fyr", tmp_path)
    away.pages.serve_current()
    page = away.find()
    assert page is not None
    assert b'id="as-of"' in page.body
    headers = dict(page.prefixed_headers.headers)
    assert headers[b"cache-control"] == b"private, no-store"
    assert b"fyr-as-of" in headers
    assert away.pages.are_stale


def test_the_driver_alone_finds_that_an_embedded_database_has_the_state_of_the_snapshot(
    embedded: Installation, sqlite_url: str, tmp_path: Path
) -> None:
    early = Interim(sqlite_url, tmp_path)
    assert early.pages.serve_snapshot()
    assert early.find() is not None
    with embedded.writing() as ctx:
        make_incident(ctx, title=TITLE)
    eventually(lambda: early.find() is None, "the former page is not served any more")
    assert not Interim(sqlite_url, tmp_path).pages.serve_snapshot()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = 'later', compatible_from = 'later'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
        "DROP TABLE revision",
        "UPDATE page SET time_zone = 'Asia/Tokyo'",
    ],
)
def test_a_snapshot_is_not_served_from_a_database_in_another_state(
    statement: str, embedded: Installation, sqlite_url: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute(statement)
        connection.commit()
    early = Interim(sqlite_url, tmp_path)
    assert not early.pages.serve_snapshot()
    assert early.find() is None


def test_asking_an_embedded_database_does_not_create_it(
    embedded: Installation, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.db"
    assert not Interim(f"sqlite:///{missing}", tmp_path).pages.serve_snapshot()
    assert not missing.exists()
