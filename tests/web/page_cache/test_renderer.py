from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from app.domain.errors import NotFoundError, UnavailableError
from app.domain.page.pages import NotFoundPage
from app.usecases.context import Ctx
from app.usecases.public import pages as public_pages
from app.web.page_cache.surface import Surface, Variant
from tests.web.page_cache.conftest import Watched

EN = Variant("en")


class Probe:
    """A surface that counts renderings and whose rendering can be made to wait or to fail."""

    def __init__(self) -> None:
        self.renders = 0
        self.go_on = Event()
        self.go_on.set()
        self.error: Exception | None = None
        self.surface = Surface("/probe", self.read, self.render)

    def read(self, ctx: Ctx, base_url: str) -> NotFoundPage:
        if self.error is not None:
            raise self.error
        return NotFoundPage(public_pages.facts(ctx, base_url))

    def render(self, record: NotFoundPage, variant: Variant) -> bytes:
        self.renders += 1
        self.go_on.wait(10)
        return f"{variant.language} {self.renders}".encode()


@pytest.fixture
def probe() -> Probe:
    return Probe()


def test_concurrent_requests_for_a_page_share_one_rendering(watched: Watched, probe: Probe) -> None:
    probe.go_on.clear()
    with ThreadPoolExecutor(20) as visitors:
        asking = [
            visitors.submit(watched.renderer.page_blocking, probe.surface, {}, EN)
            for _ in range(20)
        ]
        probe.go_on.set()
        pages = [each.result() for each in asking]
    assert probe.renders == 1
    assert {page.body for page in pages} == {b"en 1"}


def test_a_request_after_a_change_does_not_get_a_rendering_begun_before(
    watched: Watched, probe: Probe
) -> None:
    probe.go_on.clear()
    with ThreadPoolExecutor(2) as visitors:
        before = visitors.submit(watched.renderer.page_blocking, probe.surface, {}, EN)
        while not probe.renders:
            pass
        watched.change()
        after = visitors.submit(watched.renderer.page_blocking, probe.surface, {}, EN)
        while probe.renders < 2:
            pass
        probe.go_on.set()
        before.result()
        assert after.result().generation == watched.renderer.store.generation


@pytest.mark.parametrize("error", [RuntimeError("broken"), UnavailableError("gone")])
def test_after_a_failed_rendering_the_last_good_page_is_served(
    watched: Watched, probe: Probe, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    good = watched.renderer.page_blocking(probe.surface, {}, EN)
    watched.change()
    probe.error = error
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == good.body
    assert watched.renderer.failures == 1
    assert "front.render_failed page=/en/probe" in caplog.text


def test_without_a_last_good_page_the_error_is_raised(watched: Watched, probe: Probe) -> None:
    probe.error = UnavailableError("gone")
    with pytest.raises(UnavailableError):
        watched.renderer.page_blocking(probe.surface, {}, EN)


def test_a_page_that_is_not_found_is_not_stored(watched: Watched, probe: Probe) -> None:
    probe.error = NotFoundError("There is nothing.")
    with pytest.raises(NotFoundError):
        watched.renderer.page_blocking(probe.surface, {}, EN)
    assert len(watched.renderer.store) == 0


def test_a_failed_page_is_rendered_again_after_a_few_seconds(
    watched: Watched, probe: Probe
) -> None:
    watched.renderer.page_blocking(probe.surface, {}, EN)
    watched.change()
    probe.error = RuntimeError("broken")
    watched.renderer.page_blocking(probe.surface, {}, EN)
    probe.error = None
    watched.installation.clock.forward(seconds=6)
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == b"en 2"


def test_a_change_of_the_languages_clears_the_store(watched: Watched, probe: Probe) -> None:
    watched.renderer.page_blocking(probe.surface, {}, EN)
    assert watched.renderer.facts is not None
    watched.renderer.set_facts(replace(watched.renderer.facts, languages=("en",)), 0)
    assert len(watched.renderer.store) == 0


def test_a_page_older_than_an_answered_change_is_rendered_for_the_request(
    watched: Watched, probe: Probe
) -> None:
    store = watched.renderer.store
    watched.renderer.page_blocking(probe.surface, {}, EN)
    assert store.pin(b"/en/probe")
    generation = store.invalidate()
    # Somebody else's change: the page is served until the next round.
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == b"en 1"
    store.require(generation)
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == b"en 2"


def test_who_waits_for_a_database_that_hangs_gets_the_last_good_page(
    watched: Watched, probe: Probe
) -> None:
    good = watched.renderer.page_blocking(probe.surface, {}, EN)
    watched.change()
    probe.go_on.clear()
    with ThreadPoolExecutor(1) as visitors:
        waiting = visitors.submit(watched.renderer.page_blocking, probe.surface, {}, EN)
        while probe.renders < 2:
            pass
        watched.renderer.mark_stale(watched.installation.clock())
        assert waiting.result().body == good.body
        probe.go_on.set()
