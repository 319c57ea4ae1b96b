"""Refresh round: renders the hot pages again after a change, recently requested ones first."""

import os
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from threading import get_native_id
from typing import Any

from app.domain.errors import UnavailableError
from app.domain.page.pages import OverviewPage, PageFacts
from app.i18n.languages import SOURCE
from app.usecases.context import Ctx
from app.usecases.public import pages as public_pages
from app.web.page_cache.language_demand import hot_languages
from app.web.page_cache.renderer import PageRenderer, page_key
from app.web.page_cache.stored_page import StoredPage, recompress
from app.web.page_cache.surface import HTML, NO_LANGUAGE, Surface, Variant

__all__ = ["RefreshRound"]

_FIRST_PATH = "/"
# The nice value with the lowest priority. On Linux each thread has its own: sched(7).
_LOWEST_PRIORITY = 19
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class _HotPage:
    """One hot URL of a surface, in some variants."""

    surface: Surface
    params: dict[str, str]
    variants: tuple[Variant, ...]

    def page_keys(self) -> Iterator[bytes]:
        for variant in self.variants:
            yield page_key(self.surface, self.params, variant)


class RefreshRound:
    """Renders hot pages in the three steps of a round; a page that fails is kept as it was.

    `surfaces` define by `hot` which pages are hot. Not thread-safe: call it from one thread.
    """

    def __init__(self, renderer: PageRenderer, surfaces: Sequence[Surface]) -> None:
        self._renderer = renderer
        # HTML before machine formats, and the overview before all other pages.
        self._surfaces = sorted(
            surfaces, key=lambda each: (each.content_type != HTML, each.path != _FIRST_PATH)
        )
        # The page's facts that the last round has read.
        self.facts: PageFacts | None = None
        # Records of this round by reader and parameters, with the generation they were read in.
        self._records: dict[Hashable, tuple[int, Any]] = {}
        self._hot_pages: list[_HotPage] = []
        self._recompressor = ThreadPoolExecutor(
            1, "fyr-recompress", initializer=_lower_thread_priority
        )

    def close(self) -> None:
        """Stop the thread."""
        self._recompressor.shutdown()

    def refresh_requested(self) -> Iterator[int]:
        """Render the recently requested hot pages; yields the revision of the database, then steps.

        A step is true when all HTML pages are rendered. All other hot pages are unpinned then:
        until `refresh_remaining` comes to them they are rendered when requested. Raises
        UnavailableError.
        """
        renderer, store = self._renderer, self._renderer.store
        with renderer.reading() as ctx:
            generation = store.generation
            overview = public_pages.overview(ctx, renderer.base_url)
            self.facts = overview.page
            yield overview.page.revision
            self._records = {(public_pages.overview,): (generation, overview)}
            self._hot_pages = list(self._find_hot_pages(overview))
            requested = list(self._requested(overview.page))
            keys = [key for each in requested for key in each.page_keys()]
            html = [each for each in requested if each.surface.content_type == HTML]
            for each in html:
                for _ in self._refresh(ctx, each, generation):
                    yield False
            store.unpin_except(keys)
            yield True
            for each in requested[len(html) :]:
                for _ in self._refresh(ctx, each, generation):
                    yield True

    def refresh_remaining(self) -> Iterator[None]:
        """Render the other hot pages, the oldest first; yields after each page.

        All are read in one transaction, in which nothing is read twice. It ends with a change of
        the database: another round renders these pages then.
        """
        renderer, store = self._renderer, self._renderer.store
        with renderer.reading() as ctx:
            generation = store.generation
            for hot, variant in self._outdated():
                try:
                    record = self._read(ctx, hot, generation)
                    renderer.render_into(
                        hot.surface, hot.params, variant, record, generation, pinned=True
                    )
                except UnavailableError:
                    raise
                except Exception as error:  # noqa: BLE001  # the other pages are still rendered
                    renderer.log_failure(page_key(hot.surface, hot.params, variant), error)
                yield
                if store.generation != generation:
                    return
        self._records.clear()

    def recompress(self) -> Iterator[None]:
        """Compress the requested pages again, as small as possible; yields while it waits for that.

        It runs in a thread of the lowest priority, so that serving and rendering come first. For
        pages that nobody requests it would be most of the processor time of an update.
        """
        store = self._renderer.store
        for key in store.recently_requested():
            page = store.get(key)
            if page is not None and page.pinned and not page.recompressed:
                future = self._recompressor.submit(recompress, page)
                while not future.done():
                    wait([future], _POLL_SECONDS)
                    yield
                store.swap(page, future.result())

    def consistent_pages(self) -> tuple[StoredPage, ...]:
        """The stored hot pages that show the revision of the last round."""
        revision = None if self.facts is None else self.facts.revision
        return tuple(page for page in self.pages() if page.revision == revision)

    def pages(self) -> tuple[StoredPage, ...]:
        """The stored hot pages, however old."""
        found = (
            self._renderer.store.get(key) for each in self._hot_pages for key in each.page_keys()
        )
        return tuple(page for page in found if page is not None)

    def _find_hot_pages(self, overview: OverviewPage) -> Iterator[_HotPage]:
        languages = hot_languages(overview.page, self._renderer.store.languages_in_demand())
        for surface in self._surfaces:
            variants = _variants(surface, languages)
            for params in surface.hot(overview):
                yield _HotPage(surface, dict(params), variants)

    def _requested(self, page: PageFacts) -> Iterator[_HotPage]:
        requested = self._renderer.store.recently_requested()
        for each in self._hot_pages:
            variants = tuple(
                variant
                for variant, key in zip(each.variants, each.page_keys(), strict=True)
                if key in requested or _is_first_page(each.surface, variant, page)
            )
            if variants:
                yield _HotPage(each.surface, each.params, variants)

    def _outdated(self) -> Iterator[tuple[_HotPage, Variant]]:
        """The hot pages that are not fresh, the oldest first; those that are fresh are pinned."""
        for hot in sorted(self._hot_pages, key=self._oldest_generation):
            for variant in hot.variants:
                if not self._renderer.store.pin(page_key(hot.surface, hot.params, variant)):
                    yield hot, variant

    def _oldest_generation(self, hot: _HotPage) -> int:
        found = (self._renderer.store.get(key) for key in hot.page_keys())
        return min((page.generation for page in found if page is not None), default=-1)

    def _refresh(self, ctx: Ctx, hot: _HotPage, generation: int) -> Iterator[None]:
        """Render the variants of a page; yields after each."""
        try:
            record = self._read(ctx, hot, generation)
            for variant in hot.variants:
                self._renderer.render_into(
                    hot.surface, hot.params, variant, record, generation, pinned=True
                )
                yield
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # the other pages are still rendered
            self._renderer.log_failure(next(hot.page_keys()), error)
            for key in hot.page_keys():
                if not self._renderer.store.pin(key):
                    self._renderer.reuse(key, generation)

    def _read(self, ctx: Ctx, hot: _HotPage, generation: int) -> Any:  # noqa: ANN401  # any record
        """Return the record of a page, one for all surfaces that render it in different ways."""
        key = (hot.surface.read, *sorted(hot.params.items()))
        read_in, record = self._records.get(key, (None, None))
        if read_in != generation:
            record = hot.surface.read(ctx, base_url=self._renderer.base_url, **hot.params)
            self._records[key] = generation, record
        return record


def _lower_thread_priority() -> None:
    """Let all other threads run first. Only for code that does not hold the GIL."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _LOWEST_PRIORITY)


def _is_first_page(surface: Surface, variant: Variant, page: PageFacts) -> bool:
    return surface.path == _FIRST_PATH and variant.language == page.default_language


def _variants(surface: Surface, languages: Sequence[str]) -> tuple[Variant, ...]:
    if not surface.localized:
        return (NO_LANGUAGE,)
    if not surface.machine_format:
        return tuple(Variant(language) for language in languages)
    return tuple(Variant(tag, explicit=False) for tag in dict.fromkeys([*languages, SOURCE]))
