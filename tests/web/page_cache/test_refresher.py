from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from app.db.engine import make_engine
from app.domain.page.pages import OverviewPage
from app.usecases.context import SHELL, Ctx
from app.usecases.database import Database
from app.usecases.public import pages
from app.web import public
from app.web.page_cache.refresh_round import RefreshRound
from app.web.page_cache.surface import Surface, Variant
from tests.factories import make_incident, make_maintenance, make_service
from tests.web.page_cache.conftest import Watched, eventually, installation_with_refresher

TITLE = "Invoices are late"


@pytest.fixture
def watched(sqlite_url: str, tmp_path: Path) -> Iterator[Watched]:
    with installation_with_refresher(sqlite_url, tmp_path) as made:
        yield made


def sees(watched: Watched, text: str, path: str = "/en/") -> bool:
    return text in watched.vera.get(path).text


def assert_rendered(watched: Watched, key: bytes) -> None:
    eventually(lambda: watched.renderer.store.get_fresh(key) is not None, "it is rendered")


def test_a_change_of_this_process_is_on_every_page_when_it_is_committed(
    database_url: str, tmp_path: Path
) -> None:
    with installation_with_refresher(database_url, tmp_path) as watched:
        with watched.installation.writing() as ctx:
            incident = make_incident(ctx, title=TITLE).incident.id
        for language in ("en", "sv", "ar"):
            assert sees(watched, TITLE, f"/{language}/")
            assert sees(watched, TITLE, f"/{language}/incidents/{incident}")
            assert sees(watched, TITLE, f"/{language}/history")


def test_another_processes_change_is_soon_on_every_page(database_url: str, tmp_path: Path) -> None:
    with installation_with_refresher(database_url, tmp_path) as watched:
        other = Database(make_engine(database_url), watched.installation.clock)
        with other.writing(SHELL) as ctx:
            make_incident(ctx, title=TITLE)
        other.close()
        eventually(lambda: sees(watched, TITLE), "the other's incident is shown")


def test_the_overview_is_rendered_in_every_language_before_the_first_request(
    watched: Watched,
) -> None:
    for language in (b"en", b"sv", b"ar"):
        assert_rendered(watched, b"/" + language + b"/")


def test_the_page_of_a_resolved_incident_is_unpinned(watched: Watched) -> None:
    with watched.installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
    key = f"/en/incidents/{incident}".encode()
    eventually(
        lambda: key in {page.key for page in watched.renderer.store.pinned()}, "it is rendered"
    )
    answer = watched.installation.ada.post(
        f"/api/v1/incidents/{incident}/updates", {"status": "resolved", "body": "Over."}
    )
    assert answer.status_code == 201
    assert key not in {page.key for page in watched.renderer.store.pinned()}
    assert sees(watched, "Over.", f"/en/incidents/{incident}")


def test_the_page_changes_when_a_maintenance_begins(watched: Watched) -> None:
    with watched.installation.writing() as ctx:
        make_service(ctx)
        make_maintenance(ctx, starts_in=timedelta(minutes=30))
    assert not sees(watched, "Maintenance in progress")
    watched.installation.clock.forward(minutes=31)
    eventually(lambda: sees(watched, "Maintenance in progress"), "the maintenance has begun")


def test_idle_work_recompresses_the_pages_that_are_requested(watched: Watched) -> None:
    quick = watched.renderer.store.get(b"/en/")
    assert quick is not None
    assert watched.vera.get("/en/").status_code == 200

    def smaller() -> bool:
        page = watched.renderer.store.get(b"/en/")
        assert page is not None
        assert quick is not None
        return len(page.encodings["br"].body) < len(quick.encodings["br"].body)

    eventually(smaller, "brotli at its best")
    recompressed = {page.key for page in watched.renderer.store.pinned() if page.recompressed}
    assert recompressed == {b"/en/"}


def test_idle_work_reads_a_record_once_and_ends_with_a_change(watched: Watched) -> None:
    read: list[int] = []

    def overview(ctx: Ctx, base_url: str) -> OverviewPage:
        record = pages.overview(ctx, base_url)
        read.append(record.page.revision)
        return record

    def revision(record: OverviewPage, _variant: Variant) -> bytes:
        return b"%d" % record.page.revision

    surfaces = [
        Surface(path, overview, revision, localized=False, hot=lambda _overview: ({},))
        for path in ("/one", "/two", "/three")
    ]
    shared = RefreshRound(watched.renderer, surfaces)
    for _ in shared.refresh_requested():
        pass
    remaining = shared.refresh_remaining()
    next(remaining)
    next(remaining)
    with watched.installation.writing() as ctx:
        make_incident(ctx)
    # The next round renders what this one has left.
    assert list(remaining) == []
    one, two, three = (watched.renderer.store.get(key) for key in (b"/one", b"/two", b"/three"))
    shared.close()
    assert one is not None
    assert two is not None
    assert [one.body, two.body, three] == [b"%d" % read[0], b"%d" % read[0], None]
    assert len(read) == 1


class FailingSurface:
    """A hot surface whose rendering can be made to fail or to wait."""

    def __init__(self) -> None:
        self.text = b"first"
        self.breaks = False
        self.go_on = Event()
        self.go_on.set()
        self.surface = Surface("/fragile", self.read, self.render, hot=lambda _overview: ({},))

    def read(self, ctx: Ctx, base_url: str) -> OverviewPage:
        return pages.overview(ctx, base_url)

    def render(self, _record: OverviewPage, _variant: Variant) -> bytes:
        self.go_on.wait(10)
        if self.breaks:
            raise RuntimeError("broken")
        return self.text


def in_demand(watched: Watched) -> None:
    """Request the fragile page in every language."""
    for language in ("en", "sv", "ar"):
        assert_rendered(watched, f"/{language}/fragile".encode())
        assert watched.vera.get(f"/{language}/fragile").content == b"first"


@pytest.fixture
def failing() -> FailingSurface:
    return FailingSurface()


def test_a_page_that_fails_is_served_as_it_was_and_the_others_are_rendered(
    sqlite_url: str, tmp_path: Path, failing: FailingSurface, caplog: pytest.LogCaptureFixture
) -> None:
    with installation_with_refresher(
        sqlite_url, tmp_path, (failing.surface, *public.HOT)
    ) as watched:
        in_demand(watched)
        failing.breaks = True
        with watched.installation.writing() as ctx:
            make_incident(ctx, title=TITLE)
        assert watched.vera.get("/en/fragile").content == b"first"
        assert sees(watched, TITLE)
    assert "front.render_failed page=/en/fragile" in caplog.text


def test_a_page_without_requests_does_not_delay_a_change(
    sqlite_url: str, tmp_path: Path, failing: FailingSurface
) -> None:
    with installation_with_refresher(
        sqlite_url, tmp_path, (failing.surface, *public.HOT)
    ) as watched:
        eventually(lambda: watched.renderer.store.get(b"/ar/fragile") is not None, "it is rendered")
        failing.go_on.clear()
        with watched.installation.writing() as ctx:
            make_incident(ctx, title=TITLE)
        assert sees(watched, TITLE)
        assert watched.renderer.store.get_fresh(b"/ar/fragile") is None
        failing.go_on.set()


def test_no_request_waits_while_a_page_is_rendered_again(
    sqlite_url: str, tmp_path: Path, failing: FailingSurface
) -> None:
    with installation_with_refresher(
        sqlite_url, tmp_path, (*public.HOT, failing.surface)
    ) as watched:
        in_demand(watched)
        before = watched.renderer.store.generation
        failing.text = b"second"
        failing.go_on.clear()

        def publish() -> None:
            with watched.installation.writing() as ctx:
                make_incident(ctx)

        writer = Thread(target=publish)
        writer.start()
        eventually(lambda: watched.renderer.store.generation > before, "the change is known")
        assert watched.vera.get("/en/fragile").content == b"first"
        failing.go_on.set()
        writer.join()
        assert watched.vera.get("/en/fragile").content == b"second"


def test_a_write_is_on_the_next_page_however_long_a_round_takes(
    database_url: str, tmp_path: Path, failing: FailingSurface
) -> None:
    with installation_with_refresher(
        database_url, tmp_path, (failing.surface, *public.HOT), commit_wait=0
    ) as watched:
        in_demand(watched)
        # The round never comes to its end, and the commits do not wait for it.
        failing.go_on.clear()
        for number in range(5):
            with watched.installation.writing() as ctx:
                title = f"{TITLE} {number}"
                incident = make_incident(ctx, title=title).incident.id
            for path in ("/en/", "/sv/", f"/en/incidents/{incident}", "/api/v2/summary.json"):
                assert sees(watched, title, path), path
        failing.go_on.set()


def test_a_language_is_answered_as_soon_as_it_is_published(
    sqlite_url: str, tmp_path: Path, failing: FailingSurface
) -> None:
    with installation_with_refresher(
        sqlite_url, tmp_path, (failing.surface, *public.HOT), commit_wait=0
    ) as watched:
        in_demand(watched)
        assert watched.vera.get("/de/").status_code == 404
        failing.go_on.clear()
        answer = watched.installation.ada.patch(
            "/api/v1/page", {"languages": ["en", "sv", "ar", "de"]}
        )
        assert answer.status_code == 200, answer.text
        assert watched.vera.get("/de/").status_code == 200
        failing.go_on.set()
