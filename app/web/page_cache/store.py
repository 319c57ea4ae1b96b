"""Page store: stored pages in memory, bounded, least recently used pages evicted first."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from app.ports.clock import Clock
from app.web.page_cache.language_demand import LanguageDemand
from app.web.page_cache.stored_page import StoredPage

__all__ = ["PageStore"]

# A page counts as recently requested for this long, and at most for twice as long.
_RECENTLY = timedelta(minutes=1)


class PageStore:
    """Stored pages by key; those that are not pinned take at most `limit` bytes.

    `generation` is incremented whenever pages rendered before may be outdated: with each revision,
    and when the database connection is lost or comes back. A pinned page of an earlier generation
    is served until it is replaced, unless it is older than `required_generation`: that one has
    changes whose answers have been sent. While `serves_outdated` is true, every pinned page is
    served: the database is away. `version` is incremented after each change of the stored pages or
    of these generations. Call `get_fresh` from the event loop; everything else may be called from
    any thread.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._pages: OrderedDict[bytes, StoredPage] = OrderedDict()
        self._lock = RLock()
        self._size = 0
        self._requested: set[bytes] = set()
        self._requested_before: set[bytes] = set()
        self._rotated_at = clock()
        self._demand = LanguageDemand(clock())
        self.generation = 0
        self.required_generation = 0
        self.serves_outdated = False
        self.version = 0

    def get_fresh(self, key: bytes) -> StoredPage | None:
        """The page under this key if it may be served; counts as a request for it."""
        page = self._pages.get(key)
        if page is None:
            return None
        self._requested.add(key)
        if page.pinned:
            if page.generation >= self.required_generation or self.serves_outdated:
                return page
            return None
        if page.generation != self.generation or page.expires_at <= self._clock():
            return None
        try:
            self._pages.move_to_end(key)
        except KeyError:
            # Another thread has evicted it in between; this page is fresh nevertheless.
            return page
        return page

    def get(self, key: bytes) -> StoredPage | None:
        """The page under this key, however old."""
        return self._pages.get(key)

    def recently_requested(self) -> frozenset[bytes]:
        """The keys of the pages that were requested within the last minute or two."""
        now = self._clock()
        if now - self._rotated_at >= _RECENTLY:
            self._rotated_at = now
            self._demand.count(self._requested, now)
            # A concurrent `get_fresh` adds its key to one of the two sets.
            self._requested_before, self._requested = self._requested, set()
        return frozenset(self._requested | self._requested_before)

    def languages_in_demand(self) -> tuple[str, ...]:
        """The languages whose pages were requested in the last hours, the most requested first."""
        return self._demand.ranked(self.recently_requested())

    def count_demand(self, keys: Iterable[bytes]) -> None:
        """Count the languages of these pages as requested: they were in demand before a restart."""
        self._demand.count(keys, self._clock())

    def pin(self, key: bytes) -> bool:
        """Pin the page under this key if it is fresh; whether it is."""
        with self._lock:
            page = self._pages.get(key)
            if (
                page is None
                or page.generation != self.generation
                or page.expires_at <= self._clock()
            ):
                return False
            if not page.pinned:
                self.put(replace(page, pinned=True))
            return True

    def put(self, page: StoredPage) -> None:
        """Store the page; least recently used pages are evicted where there is no room.

        A page rendered for a visitor replaces a pinned one only when it is of a newer generation.
        """
        with self._lock:
            former = self._pages.get(page.key)
            if former is not None and former.pinned and not page.pinned:
                if page.generation <= former.generation:
                    return
                page = replace(page, pinned=True)
            self._insert(page)

    def swap(self, former: StoredPage, page: StoredPage) -> None:
        """Store `page` in place of `former`, unless that has been replaced meanwhile."""
        with self._lock:
            if self._pages.get(former.key) is former:
                self.put(page)

    def invalidate(self) -> int:
        """Make every stored page outdated; pinned ones are served until they are replaced.

        Returns the new generation.
        """
        with self._lock:
            self.generation += 1
            self.version += 1
            return self.generation

    def require(self, generation: int) -> None:
        """Serve no page of an earlier generation from now on, not even a pinned one."""
        with self._lock:
            self.required_generation = max(self.required_generation, generation)
            self.version += 1

    def unpin_except(self, keys: Iterable[bytes]) -> None:
        """Unpin every page whose key is not among these."""
        remaining = set(keys)
        with self._lock:
            for page in self.pinned():
                if page.key not in remaining:
                    self._insert(replace(page, pinned=False, generation=-1))

    def pinned(self) -> tuple[StoredPage, ...]:
        """The pages that the cache refresher renders again."""
        with self._lock:
            return tuple(page for page in self._pages.values() if page.pinned)

    def clear(self) -> None:
        """Remove every page, pinned ones too."""
        with self._lock:
            self._pages.clear()
            self._size = 0
            self.generation += 1
            self.version += 1

    def has_expired(self, now: datetime) -> bool:
        """Whether a pinned page has expired."""
        return any(page.expires_at <= now for page in self.pinned())

    @property
    def size(self) -> int:
        """Bytes that the pages take that are not pinned, roughly."""
        return self._size

    def __len__(self) -> int:
        return len(self._pages)

    def _insert(self, page: StoredPage) -> None:
        self._remove(page.key)
        self._pages[page.key] = page
        self._add_size(page, 1)
        self._evict()
        # After the change: who reads the version and then the page never has an older page with it.
        self.version += 1

    def _remove(self, key: bytes) -> None:
        former = self._pages.pop(key, None)
        if former is not None:
            self._add_size(former, -1)

    def _add_size(self, page: StoredPage, sign: int) -> None:
        if not page.pinned:
            self._size += sign * page.size

    def _evict(self) -> None:
        excess = self._size - self._limit
        if excess <= 0:
            return
        evicted: list[bytes] = []
        for page in self._pages.values():
            if not page.pinned:
                evicted.append(page.key)
                excess -= page.size
                if excess <= 0:
                    break
        for key in evicted:
            self._remove(key)
