import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from app.db.migrate import upgrade
from app.rendering import assets
from app.usecases.page import logo
from app.usecases.public.pages import facts
from app.web import formats, public
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.snapshot import SnapshotError, load, save, saved_revision
from app.web.page_cache.store import PageStore
from tests.cast import BASE_URL
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident
from tests.fakes import FixedClock
from tests.pictures.samples import MARK
from tests.web.page_cache.conftest import (
    SnapshotOnlyApp,
    Watched,
    eventually,
    installation_with_refresher,
    snapshot_only_app,
)

TITLE = "Invoices are late"
SECRET = "TopSecret"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the snapshot of a page with one open incident."""
    place = tmp_path_factory.mktemp("written")
    folder = place / "snapshot"
    copy_sqlite(Run.current(), upgrade, place / "fyr.db")
    surfaces = (*public.HOT, *formats.SURFACES)
    with installation_with_refresher(
        f"sqlite:///{place / 'fyr.db'}", place, surfaces, snapshots=folder
    ) as watched:
        with watched.installation.writing() as ctx:
            make_incident(ctx, title=TITLE)
            logo.set_logo(ctx, MARK)
            make_incident(ctx, title=SECRET, publish=False)
        eventually(lambda: _tells(folder), "the snapshot tells of the incident")
        assert watched.vera.get("/en/").status_code == 200
        # Recompressing what was requested is the last of the idle work.
        eventually(lambda: _is_recompressed(watched, b"/en/"), "all pages are rendered")
    return folder


@pytest.fixture
def snapshots(written: Path, tmp_path: Path) -> Path:
    """A copy of that snapshot, to be read or damaged."""
    return shutil.copytree(written, tmp_path / "snapshot")


def _is_recompressed(watched: Watched, key: bytes) -> bool:
    page = watched.renderer.store.get(key)
    return page is not None and page.recompressed


def _tells(folder: Path) -> bool:
    try:
        pages = load(folder).pages
    except SnapshotError:
        return False
    return any(TITLE.encode() in page.body for page in pages)


@pytest.fixture
def alone(snapshots: Path, tmp_path: Path) -> Iterator[SnapshotOnlyApp]:
    """What starts with the snapshot and without its database."""
    with snapshot_only_app(tmp_path, snapshots) as made:
        yield made


def test_every_language_is_answered_without_the_database(alone: SnapshotOnlyApp) -> None:
    for language in ("en", "sv", "ar"):
        answer = alone.vera.get(f"/{language}/")
        assert answer.status_code == 200
        assert TITLE in answer.text
    assert (
        alone.vera.get("/", headers={"Accept-Language": "sv"}).headers["Content-Language"] == "sv"
    )


def test_every_surface_without_parameters_is_answered_without_the_database(
    alone: SnapshotOnlyApp,
) -> None:
    for surface in (*formats.SURFACES, *public.SURFACES):
        # The sitemap is rendered on request, from the database.
        if "{" not in surface.path and surface.path != "/sitemap.xml":
            assert alone.vera.get(surface.path).status_code == 200, surface.path
            assert (
                not surface.language_prefixed
                or alone.vera.get(f"/sv{surface.path}").status_code == 200
            )
    for path in (*map(assets.asset_path, assets.ASSETS), "/favicon.ico", "/icon.png", "/embed.js"):
        assert alone.vera.get(path).status_code == 200, path


def test_the_logo_is_answered_without_the_database_at_one_url(
    alone: SnapshotOnlyApp, snapshots: Path
) -> None:
    found = re.search(r'src="(/logo-[^"]+)"', alone.vera.get("/ar/").text)
    assert found is not None
    eventually(lambda: alone.renderer.stale_since is not None, "the database is known to be away")
    assert alone.vera.get(found[1]).headers["content-type"] == "image/svg+xml"
    keys = [page.key for page in load(snapshots).pages if b"/logo-" in page.key]
    assert keys == [found[1].encode()]


def test_nothing_hidden_is_in_the_snapshot(snapshots: Path) -> None:
    assert all(SECRET.encode() not in page.body for page in load(snapshots).pages)


@pytest.mark.parametrize(("language", "words"), [("en", "As of"), ("sv", "Läget"), ("ar", "كما")])
def test_without_the_database_the_page_shows_the_time_of_its_data(
    alone: SnapshotOnlyApp, language: str, words: str
) -> None:
    eventually(lambda: 'id="as-of"' in alone.vera.get(f"/{language}/").text, "the page states it")
    text = alone.vera.get(f"/{language}/").text
    assert text.count('id="as-of"') == 1
    assert words in text
    assert '<time datetime="2026-03-02T12:00' in text


def test_a_page_that_is_not_in_the_snapshot_is_answered_with_503(alone: SnapshotOnlyApp) -> None:
    eventually(lambda: alone.renderer.stale_since is not None, "the database is known to be away")
    answer = alone.vera.get("/sv/services/payments")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert '<html lang="sv"' in answer.text
    assert "Försök igen om en minut" in answer.text


def test_an_unknown_url_gets_the_page_for_404(alone: SnapshotOnlyApp) -> None:
    answer = alone.vera.get("/nothing/at/all", headers={"Accept-Language": "sv"})
    assert (answer.status_code, answer.headers["Content-Language"]) == (404, "sv")


def test_a_write_is_answered_with_503(alone: SnapshotOnlyApp) -> None:
    answer = alone.ada.post("/api/v1/services", {"slug": "payments", "name": "Payments"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"


def test_pages_with_the_stale_notice_are_never_written(
    alone: SnapshotOnlyApp, snapshots: Path
) -> None:
    eventually(lambda: alone.renderer.stale_since is not None, "the database is known to be away")
    assert all(b"as-of" not in page.body for page in load(snapshots).pages)


def test_a_damaged_snapshot_is_not_served(snapshots: Path) -> None:
    file = snapshots / "pages"
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole.replace(TITLE.encode(), b"x" * len(TITLE))):
        file.write_bytes(damaged)
        with pytest.raises(SnapshotError):
            load(snapshots)


def test_a_snapshot_of_the_format_before_is_ignored(snapshots: Path) -> None:
    content = json.dumps({"at": "2026-03-02T12:00:00+00:00", "facts": {}, "pages": []}).encode()
    content = len(content).to_bytes(8) + content
    former = b"fyr-snapshot-1\n" + sha256(content).digest() + content
    (snapshots / "pages").write_bytes(former)
    with pytest.raises(SnapshotError, match="another version"):
        load(snapshots)


def test_a_snapshot_with_another_header_is_ignored(snapshots: Path) -> None:
    content = (1).to_bytes(8) + (2).to_bytes(8) + b"{}"
    (snapshots / "pages").write_bytes(b"fyr-snapshot-3\n" + sha256(content).digest() + content)
    with pytest.raises(SnapshotError, match="another header"):
        load(snapshots)


def test_a_saved_snapshot_is_loaded_unchanged(snapshots: Path, tmp_path: Path) -> None:
    snapshot = load(snapshots)
    save(tmp_path / "copy", snapshot)
    assert load(tmp_path / "copy") == snapshot
    assert (tmp_path / "copy" / "pages").read_bytes() == (snapshots / "pages").read_bytes()
    assert snapshot.facts.logo is not None


def test_nothing_but_the_snapshot_is_left_in_its_folder(snapshots: Path) -> None:
    assert [file.name for file in snapshots.iterdir()] == ["pages"]


def test_a_snapshot_that_does_not_fit_on_the_disk_leaves_the_former_one(snapshots: Path) -> None:
    former = load(snapshots)
    # The file that is written first, which on this device has no room.
    (snapshots / f".pages.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as failed:
        save(snapshots, former)
    assert failed.value.errno == errno.ENOSPC
    assert load(snapshots) == former
    assert [file.name for file in snapshots.iterdir()] == ["pages"]


def test_without_the_database_no_shared_cache_keeps_a_page(alone: SnapshotOnlyApp) -> None:
    eventually(lambda: alone.renderer.stale_since is not None, "the database is known to be away")
    for path in ("/en/", "/sv/", "/ar/history", "/api/v2/summary.json", "/feed.atom", "/nothing"):
        headers = alone.vera.get(path).headers
        assert headers["Cache-Control"] == "private, no-store", path
        assert headers["Fyr-As-Of"].startswith("2026-03-02T12:00:00"), path


def test_a_process_that_is_stopped_leaves_a_snapshot_of_its_last_revision(
    sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"
    surfaces = (*public.HOT, *formats.SURFACES)
    with installation_with_refresher(
        sqlite_url, tmp_path, surfaces, snapshots=folder, commit_wait=0
    ) as watched:
        for _ in range(3):
            with watched.installation.writing() as ctx:
                make_incident(ctx, title=TITLE)
    snapshot = load(folder)
    assert saved_revision(folder) == snapshot.facts.revision
    with watched.installation.database.reading() as ctx:
        assert facts(ctx, BASE_URL).revision == snapshot.facts.revision
    shown = {page.key: page.body for page in snapshot.pages}
    incidents = json.loads(shown[b"/en~/api/v2/summary.json"])["incidents"]
    assert len(incidents) == 3
    assert {page.revision for page in snapshot.pages} == {snapshot.facts.revision}


def test_a_start_on_a_newer_revision_shows_it_at_once(
    snapshots: Path, sqlite_url: str, tmp_path: Path
) -> None:
    # This database is another one: the snapshot has an incident, and the database has none.
    with installation_with_refresher(sqlite_url, tmp_path, (), snapshots=snapshots) as watched:
        assert TITLE not in watched.vera.get("/en/").text
        assert TITLE not in watched.vera.get("/api/v2/summary.json").text


def test_a_start_on_the_revision_of_the_snapshot_renders_nothing_for_a_visitor(
    sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"
    with installation_with_refresher(sqlite_url, tmp_path, snapshots=folder) as watched:
        renderer = PageRenderer(watched.installation.database, BASE_URL, PageStore(0, FixedClock()))
        eventually((folder / "pages").exists, "a snapshot is written")
        renderer.restore(load(folder))
        assert renderer.store.get_fresh(b"/en/") is None
        renderer.begin_serving()
        assert renderer.store.get_fresh(b"/en/") is not None
        renderer.close()
