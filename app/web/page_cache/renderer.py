"""Page renderer: returns stored pages and renders what is missing, once for all who request it."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import NotFoundError, UnavailableError
from app.domain.page.pages import PageFacts
from app.i18n.languages import SOURCE
from app.i18n.regional_formats import published_tag
from app.rendering import pages
from app.usecases.context import Ctx
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from app.web.page_cache.serving.stale_notice import as_stale
from app.web.page_cache.shared_calls import SharedCalls
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import PageMeta, StoredPage, encode_page
from app.web.page_cache.surface import Surface, Variant

__all__ = ["PageRenderer", "page_key", "page_meta"]

_log = logging.getLogger("fyr.front")

# How long an outdated page is served after a failure before it is rendered again.
_RETRY_AFTER = timedelta(seconds=5)


class PageRenderer(CacheState):
    """Cache state that renders what it lacks.

    Concurrent requests for one page share one rendering. When a rendering fails, the last good
    page is served. `stale_since` is the time since which the database does not answer, or None.
    """

    def __init__(self, database: Database, base_url: str, store: PageStore) -> None:
        super().__init__(store)
        self._database = database
        self.base_url = base_url
        self.renders = 0
        self.failures = 0
        self.stale_since: datetime | None = None
        # Whether the recently requested pages were rendered since the start.
        self.is_warm = False
        # The last time when the database confirmed the revision of the pages.
        self.true_at = database.clock()
        self._facts_generation = -1
        self._renderings = SharedCalls[StoredPage](lambda: store.generation)
        self._readings = SharedCalls[PageFacts](lambda: store.generation)
        self._executor = ThreadPoolExecutor(2, "fyr-render")
        self._slow_executor = ThreadPoolExecutor(1, "fyr-render-slow")
        # The threads of the others may wait for a database that never answers.
        self._away_executor = ThreadPoolExecutor(1, "fyr-render-away")

    async def page_facts(self) -> PageFacts:
        """The page's facts, such as its languages. Raises UnavailableError."""
        facts = self._fresh_facts()
        if facts is not None:
            return facts
        return await asyncio.shield(asyncio.wrap_future(self._read_facts()))

    def page_facts_blocking(self) -> PageFacts:
        """The page's facts, for a thread that may wait. Raises UnavailableError."""
        return self._fresh_facts() or self._read_facts().result()

    def _fresh_facts(self) -> PageFacts | None:
        outdated = self._facts_generation < self.store.required_generation
        if not self.serving or (outdated and self.stale_since is None):
            return None
        return self.facts

    def _read_facts(self) -> Future[PageFacts]:
        return self._readings.submit(
            self._executor if self.stale_since is None else self._away_executor,
            b"",
            self._facts_of_database,
            stored=self._fresh_facts,
            substitute=self._former_facts,
        )

    def _facts_of_database(self) -> PageFacts:
        try:
            with self._database.reading() as ctx:
                generation = self.store.generation
                facts = public_pages.facts(ctx, self.base_url)
        except UnavailableError:
            return self._former_facts()
        self.set_facts(facts, generation)
        return facts

    def _former_facts(self) -> PageFacts:
        if self.facts is None:
            raise _away()
        return self.facts

    async def page(
        self, surface: Surface, params: Mapping[str, str], variant: Variant
    ) -> StoredPage:
        """The page at this URL of the surface.

        Raises NotFoundError, and the error of the rendering when there is no last good page.
        """
        # A client that disconnects must not cancel the rendering that others wait for.
        return await asyncio.shield(asyncio.wrap_future(self._get(surface, params, variant)))

    def page_blocking(
        self, surface: Surface, params: Mapping[str, str], variant: Variant
    ) -> StoredPage:
        """The page at this URL of the surface, for a thread that may wait.

        Raises NotFoundError, and the error of the rendering when there is no last good page.
        """
        return self._get(surface, params, variant).result()

    def _get(
        self, surface: Surface, params: Mapping[str, str], variant: Variant
    ) -> Future[StoredPage]:
        key = page_key(surface, params, variant)
        executor = self._slow_executor if surface.slow else self._executor
        return self._renderings.submit(
            executor if self.stale_since is None else self._away_executor,
            key,
            lambda: self._render(surface, params, variant),
            stored=lambda: self.store.get_fresh(key) if self.serving else None,
            substitute=lambda: self._last_good(surface, params, variant, _away()),
        )

    def _render(self, surface: Surface, params: Mapping[str, str], variant: Variant) -> StoredPage:
        key = page_key(surface, params, variant)
        if self.stale_since is not None:
            return self._last_good(surface, params, variant, _away())
        try:
            with self._database.reading() as ctx:
                generation = self.store.generation
                record = surface.read(ctx, base_url=self.base_url, **params)
            return self.render_into(surface, params, variant, record, generation)
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001  # the last good page is served after any error
            self.log_failure(key, error)
            return self._last_good(surface, params, variant, error)

    def _last_good(
        self, surface: Surface, params: Mapping[str, str], variant: Variant, error: Exception
    ) -> StoredPage:
        key = page_key(surface, params, variant)
        retry_at = self._database.clock() + _RETRY_AFTER
        generation = self.store.generation
        last = self.store.get(key) or self._stand_in(surface, params, variant)
        if last is not None:
            page = replace(last, generation=generation, expires_at=retry_at)
        elif surface.stand_in is None or self.facts is None:
            raise error
        else:
            body, meta = surface.stand_in(self.facts, variant), page_meta(surface, variant)
            page = encode_page(key, body, meta, expires_at=retry_at, generation=generation)
        since = self.stale_since
        if since is None and isinstance(error, UnavailableError):
            since = self.true_at
        if since is not None:
            page = as_stale(page, since, self.notice(page.meta.language, since))
        self.store.put(page)
        return page

    def _stand_in(
        self, surface: Surface, params: Mapping[str, str], variant: Variant
    ) -> StoredPage | None:
        """The page with the formats of its language instead of those of a region.

        Else, unless the surface has a page of its own for that, the page in the default language,
        whose hot pages are always kept.
        """
        if self.facts is None or not surface.localized:
            return None
        language = published_tag(variant.language, self.facts.languages)
        default = None if surface.stand_in else self.facts.default_language
        tags = dict.fromkeys((language, default))
        variants = (Variant(tag, variant.explicit) for tag in tags if tag is not None)
        found = (self.store.get(page_key(surface, params, each)) for each in variants)
        return next((page for page in found if page is not None), None)

    def mark_stale(self, since: datetime) -> None:
        """Put a notice on every page that it may be outdated since this time."""
        _log.error("front.database_away since=%s", since.isoformat(timespec="seconds"))
        self.stale_since = since
        self.store.invalidate()
        for page in self.store.pinned():
            self.store.swap(page, as_stale(page, since, self.notice(page.meta.language, since)))
        self.store.serves_outdated = True
        self._readings.use_substitutes(self._away_executor)
        self._renderings.use_substitutes(self._away_executor)

    def mark_fresh(self) -> None:
        """Stop putting the notice on pages, and invalidate those that have it."""
        if self.stale_since is not None:
            _log.warning("front.database_back")
            self.stale_since = None
            self.store.serves_outdated = False
            self.store.invalidate()

    def notice(self, language: str, at: datetime) -> bytes:
        """The stale notice in this language; empty without a language."""
        if self.facts is None or not language:
            return b""
        try:
            return pages.as_of(self.facts, at, language)
        except UnavailableError:  # its catalogue is damaged
            return pages.as_of(self.facts, at, SOURCE)

    def log_failure(self, key: bytes, error: Exception) -> None:
        """Count and log that a page could not be rendered."""
        self.failures += 1
        expected = isinstance(error, UnavailableError)
        _log.error(
            "front.render_failed page=%s error=%s",
            key.decode(errors="replace")[:200],
            type(error).__name__,
            exc_info=None if expected else error,
        )

    def render_into(
        self,
        surface: Surface,
        params: Mapping[str, str],
        variant: Variant,
        record: Any,  # noqa: ANN401  # whatever the surface reads
        generation: int,
        *,
        pinned: bool = False,
    ) -> StoredPage:
        """Render this record and store the page.

        `generation` is the store's generation at the time when the record was read.
        """
        body = surface.render(record, variant)
        self.renders += 1
        key, meta = page_key(surface, params, variant), page_meta(surface, variant)
        expires_at = surface.expires_at(record)
        self.set_facts(record.page, generation)
        former = self.store.get(key)
        if former is not None and former.body == body and former.meta == meta:
            page = replace(former, generation=generation, expires_at=expires_at)
        else:
            page = encode_page(key, body, meta, expires_at=expires_at, generation=generation)
        page = replace(page, pinned=pinned, revision=record.page.revision)
        if surface.machine_format:
            self.machine_paths.add(surface.path_for(params).encode())
        self.store.put(page)
        return page

    def reuse(self, key: bytes, generation: int) -> None:
        """Serve the stored page, which could not be rendered again, in this generation too."""
        former = self.store.get(key)
        if former is not None:
            expires_at = max(former.expires_at, self._database.clock() + _RETRY_AFTER)
            self.store.put(replace(former, generation=generation, expires_at=expires_at))

    def set_facts(self, facts: PageFacts, generation: int) -> None:
        """Set the page's facts; clear the store when they make every stored page wrong.

        `generation` is the store's generation at the time when they were read.
        """
        former = self.facts
        is_older = former is not None and former.revision > facts.revision
        if is_older and generation <= self._facts_generation:
            return
        self.facts = facts
        self._facts_generation = max(self._facts_generation, generation)
        if former is not None and former.shown_everywhere != facts.shown_everywhere:
            self.store.clear()

    def begin_serving(self) -> None:
        """Serve from the store; restored pages only when the database has their revision.

        Raises UnavailableError.
        """
        generation, former = self.store.generation, self.facts
        with self._database.reading() as ctx:
            facts = public_pages.facts(ctx, self.base_url)
        if former is not None and former.shows_state_of(facts):
            self.accept(facts.now, generation)
        self.set_facts(facts, generation)
        self.serving = True

    def reading(self) -> AbstractContextManager[Ctx]:
        """A read transaction, for rendering many pages from one state of the database."""
        return self._database.reading()

    def close(self) -> None:
        """Stop the threads; renderings that have not begun are cancelled."""
        for each in (self._executor, self._slow_executor, self._away_executor):
            each.shutdown(wait=False, cancel_futures=True)
        self._renderings.close()
        self._readings.close()


def _away() -> UnavailableError:
    return UnavailableError("The database does not answer.")


def page_key(surface: Surface, params: Mapping[str, str], variant: Variant) -> bytes:
    """The key of a page in the store."""
    return variant.key + surface.path_for(params).encode()


def page_meta(surface: Surface, variant: Variant) -> PageMeta:
    """Status and headers of this surface's pages in this variant."""
    return PageMeta(
        surface.content_type,
        variant.language,
        surface.cache_control,
        surface.headers,
        surface.status,
        addressable=surface.language_prefixed or not surface.localized,
        queries=surface.queries or bool(surface.by_query),
    )
