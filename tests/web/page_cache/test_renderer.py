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
    """A surface that counts its renders, waits when told, and fails when told."""

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


def test_many_who_ask_at_once_wait_for_one_render(watched: Watched, probe: Probe) -> None:
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


def test_who_asks_after_a_change_is_not_given_what_was_begun_before_it(
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
def test_a_failing_render_leaves_the_last_good_page(
    watched: Watched, probe: Probe, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    good = watched.renderer.page_blocking(probe.surface, {}, EN)
    watched.change()
    probe.error = error
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == good.body
    assert watched.renderer.failures == 1
    assert "front.render_failed page=/en/probe" in caplog.text


def test_without_a_last_good_page_the_failure_is_told(watched: Watched, probe: Probe) -> None:
    probe.error = UnavailableError("gone")
    with pytest.raises(UnavailableError):
        watched.renderer.page_blocking(probe.surface, {}, EN)


def test_what_is_not_there_is_not_kept(watched: Watched, probe: Probe) -> None:
    probe.error = NotFoundError("There is nothing.")
    with pytest.raises(NotFoundError):
        watched.renderer.page_blocking(probe.surface, {}, EN)
    assert len(watched.renderer.store) == 0


def test_after_a_failure_the_page_is_soon_tried_again(watched: Watched, probe: Probe) -> None:
    watched.renderer.page_blocking(probe.surface, {}, EN)
    watched.change()
    probe.error = RuntimeError("broken")
    watched.renderer.page_blocking(probe.surface, {}, EN)
    probe.error = None
    watched.house.clock.forward(seconds=6)
    assert watched.renderer.page_blocking(probe.surface, {}, EN).body == b"en 2"


def test_other_languages_forget_every_page(watched: Watched, probe: Probe) -> None:
    watched.renderer.page_blocking(probe.surface, {}, EN)
    assert watched.renderer.facts is not None
    watched.renderer.set_facts(replace(watched.renderer.facts, languages=("en",)))
    assert len(watched.renderer.store) == 0
