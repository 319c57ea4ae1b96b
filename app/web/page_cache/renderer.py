"""Pages as visitors get them: from the store, or rendered once however many ask."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from app.domain.errors import NotFoundError, UnavailableError
from app.domain.page.pages import PageFacts
from app.rendering import pages
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from app.web.page_cache.serving.stale_notice import dressed
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import PageMeta, StoredPage, stored
from app.web.page_cache.surface import Surface, Variant

__all__ = ["PageRenderer", "key_of", "look_of"]

_log = logging.getLogger("fyr.front")

# How long a page is served that could not be renewed, before that is tried again.
_AGAIN = timedelta(seconds=5)


class PageRenderer(CacheState):
    """The one way to a page's bytes."""

    def __init__(self, database: Database, base_url: str, store: PageStore) -> None:
        super().__init__(store)
        self._database = database
        self.base_url = base_url
        self.renders = 0
        self.failures = 0
        # Since when the database tells nothing; None while it does.
        self.away: datetime | None = None
        self._flights: dict[tuple[bytes, int], Future[StoredPage]] = {}
        self._lock = Lock()
        self._renderers = ThreadPoolExecutor(2, "fyr-render")

    async def about(self) -> PageFacts:
        """What is known of the page: its languages above all. Raises UnavailableError."""
        if self.watched and self.facts is not None:
            return self.facts
        return await asyncio.to_thread(self.about_now)

    def about_now(self) -> PageFacts:
        """The same for a thread."""
        if self.watched and self.facts is not None:
            return self.facts
        with self._database.reading() as ctx:
            return public_pages.facts(ctx, self.base_url)

    async def page(
        self, surface: Surface, named: Mapping[str, str], variant: Variant
    ) -> StoredPage:
        """The page. Raises NotFoundError, and UnavailableError when there is no last good one."""
        # Who goes away must not take the page from the others who wait for it.
        return await asyncio.shield(asyncio.wrap_future(self._order(surface, named, variant)))

    def page_now(self, surface: Surface, named: Mapping[str, str], variant: Variant) -> StoredPage:
        """The same for a thread."""
        return self._order(surface, named, variant).result()

    def _order(
        self, surface: Surface, named: Mapping[str, str], variant: Variant
    ) -> Future[StoredPage]:
        key = key_of(surface, named, variant)
        # A flight that began before the last change may bring what was true before it.
        number = (key, self.store.epoch)
        with self._lock:
            flight = self._flights.get(number)
            if flight is not None:
                return flight
            # Only now: a flight that has just ended has put its page in before.
            found = self.store.fresh(key) if self.watched else None
            if found is not None:
                return _landed(found)
            flight = self._renderers.submit(self._renewed, surface, named, variant)
            self._flights[number] = flight
        flight.add_done_callback(lambda _done: self._flights.pop(number, None))
        return flight

    def _renewed(self, surface: Surface, named: Mapping[str, str], variant: Variant) -> StoredPage:
        key = key_of(surface, named, variant)
        if self.away is not None:
            return self._last_good(key, UnavailableError("The database does not answer."))
        try:
            with self._database.reading() as ctx:
                epoch = self.store.epoch
                record = surface.read(ctx, base_url=self.base_url, **named)
            return self.take_in(surface, named, variant, record, epoch)
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the last good page goes on
            self.shout(key, error)
            return self._last_good(key, error)

    def _last_good(self, key: bytes, error: Exception) -> StoredPage:
        last = self.store.last(key)
        if last is None:
            raise error
        page = replace(last, epoch=self.store.epoch, until=self._database.clock() + _AGAIN)
        page = self._as_of(page)
        self.store.put(page)
        return page

    def go_away(self, at: datetime) -> None:
        """The database tells nothing since `at`: pages go on, and say so."""
        _log.error("front.database_away since=%s", at.isoformat(timespec="seconds"))
        self.away = at
        self.store.grow_old()
        for page in self.store.kept():
            self.store.swap(page, self._as_of(page))

    def come_back(self) -> None:
        """The database tells again: what was served meanwhile is old."""
        if self.away is not None:
            _log.warning("front.database_back")
            self.away = None
            self.store.grow_old()

    def _as_of(self, page: StoredPage) -> StoredPage:
        if self.away is None or self.facts is None or not page.look.language:
            return page
        return dressed(page, pages.as_of(self.facts, self.away, page.look.language))

    def shout(self, key: bytes, error: Exception) -> None:
        """A page could not be made: say so where operators look."""
        self.failures += 1
        expected = isinstance(error, UnavailableError)
        _log.error(
            "front.render_failed page=%s error=%s",
            key.decode(errors="replace")[:200],
            type(error).__name__,
            exc_info=None if expected else error,
        )

    def take_in(  # all that a page is made of
        self,
        surface: Surface,
        named: Mapping[str, str],
        variant: Variant,
        record: Any,  # noqa: ANN401  # whatever the surface reads
        epoch: int,
        *,
        kept: bool = False,
    ) -> StoredPage:
        """Render this record and put the page into the store."""
        body = surface.render(record, variant)
        self.renders += 1
        key = key_of(surface, named, variant)
        until = surface.until(record)
        self.learn(record.page)
        former = self.store.last(key)
        if former is not None and former.plain == body and former.look == look_of(surface, variant):
            page = replace(former, epoch=epoch, until=until, kept=kept)
        else:
            page = stored(key, body, look_of(surface, variant), until=until, epoch=epoch)
            page = replace(page, kept=kept)
        if surface.machine_format:
            self.wire.add(surface.address(named).encode())
        self.store.put(page)
        return page

    def learn(self, facts: PageFacts) -> None:
        """Note what the page says of itself; under other languages nothing stored is true."""
        former = self.facts
        if former is not None and former.revision > facts.revision:
            return
        self.facts = facts
        if former is not None and _identity(former) != _identity(facts):
            self.store.clear()

    def reading(self) -> Any:  # noqa: ANN401  # a context manager of Ctx
        """A look at the database, for whoever renews many pages at once."""
        return self._database.reading()

    def close(self) -> None:
        """Let go of the threads."""
        self._renderers.shutdown(wait=False, cancel_futures=True)


def _landed(page: StoredPage) -> Future[StoredPage]:
    done: Future[StoredPage] = Future()
    done.set_result(page)
    return done


def key_of(surface: Surface, named: Mapping[str, str], variant: Variant) -> bytes:
    """The key of a page in the store."""
    return variant.key + surface.address(named).encode()


def look_of(surface: Surface, variant: Variant) -> PageMeta:
    """What the pages of this surface have in common in this language."""
    return PageMeta(
        surface.content_type,
        variant.language,
        surface.caching,
        surface.headers,
        surface.status,
        addressable=surface.language_prefixed or not surface.localized,
    )


def _identity(facts: PageFacts) -> tuple[object, ...]:
    return facts.languages, facts.default_language, facts.time_zone, facts.base_url
