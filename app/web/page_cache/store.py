"""The page store: bounded, the longest unasked pages go first."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from app.ports.clock import Clock
from app.web.page_cache.stored_page import StoredPage

__all__ = ["PageStore"]

# A page is in demand that was asked for within so long, or twice that.
_LATELY = timedelta(minutes=1)


class PageStore:
    """Stored pages by their key, at most `limit` bytes of those that are not kept.

    `epoch` grows whenever pages made before may tell less than the truth: with each revision, and
    when the database goes or returns. Finding is for the event loop; the rest is for any thread.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._pages: OrderedDict[bytes, StoredPage] = OrderedDict()
        self._lock = RLock()
        self._size = 0
        self._asked: set[bytes] = set()
        self._asked_before: set[bytes] = set()
        self._turned_at = clock()
        self.epoch = 0

    def fresh(self, key: bytes) -> StoredPage | None:
        """The page under this key, which somebody asks for, if it may be served as it is."""
        page = self._pages.get(key)
        if page is None:
            return None
        self._asked.add(key)
        if page.kept:
            return page
        if page.epoch != self.epoch or page.until <= self._clock():
            return None
        try:
            self._pages.move_to_end(key)
        except KeyError:
            # Another thread has let it go in between; it is as fresh as it was.
            return page
        return page

    def last(self, key: bytes) -> StoredPage | None:
        """The page under this key, however old."""
        return self._pages.get(key)

    def in_demand(self) -> frozenset[bytes]:
        """The keys of the pages that were asked for lately."""
        now = self._clock()
        if now - self._turned_at >= _LATELY:
            self._turned_at = now
            # Whoever adds one at this very moment adds it to one of the two.
            self._asked_before, self._asked = self._asked, set()
        return frozenset(self._asked | self._asked_before)

    def keep(self, key: bytes) -> bool:
        """Whether the page under this key is as true as can be; then it is kept from now on."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.epoch != self.epoch or page.until <= self._clock():
                return False
            if not page.kept:
                self.put(replace(page, kept=True))
            return True

    def put(self, page: StoredPage) -> None:
        """Take the page in; the longest unasked ones make room.

        Under the key of a page that is kept, what was made for a visitor counts when it is newer.
        """
        with self._lock:
            former = self._pages.get(page.key)
            if former is not None and former.kept and not page.kept:
                if page.epoch <= former.epoch:
                    return
                page = replace(page, kept=True)
            self._place(page)

    def swap(self, former: StoredPage, page: StoredPage) -> None:
        """Put `page` in the place of `former`, unless something newer stands there."""
        with self._lock:
            if self._pages.get(former.key) is former:
                self.put(page)

    def grow_old(self) -> None:
        """From now on no page of before is fresh, but for those that are kept."""
        with self._lock:
            self.epoch += 1

    def keep_only(self, keys: Iterable[bytes]) -> None:
        """Release every page that is kept but for these."""
        wanted = set(keys)
        with self._lock:
            for page in [page for page in self._pages.values() if page.kept]:
                if page.key not in wanted:
                    self._place(replace(page, kept=False, epoch=-1))

    def kept(self) -> tuple[StoredPage, ...]:
        """The pages that are renewed by themselves."""
        with self._lock:
            return tuple(page for page in self._pages.values() if page.kept)

    def clear(self) -> None:
        """Forget everything, for nothing of it is true any more."""
        with self._lock:
            self._pages.clear()
            self._size = 0
            self.epoch += 1

    def due(self, now: datetime) -> bool:
        """Whether the clock alone has changed a page that is kept."""
        return any(page.until <= now for page in self.kept())

    @property
    def size(self) -> int:
        """How many bytes the pages take that are not kept, roughly."""
        return self._size

    def __len__(self) -> int:
        return len(self._pages)

    def _place(self, page: StoredPage) -> None:
        self._forget(page.key)
        self._pages[page.key] = page
        self._count(page, 1)
        self._make_room()

    def _forget(self, key: bytes) -> None:
        former = self._pages.pop(key, None)
        if former is not None:
            self._count(former, -1)

    def _count(self, page: StoredPage, sign: int) -> None:
        if not page.kept:
            self._size += sign * page.size

    def _make_room(self) -> None:
        excess = self._size - self._limit
        if excess <= 0:
            return
        leaving: list[bytes] = []
        for page in self._pages.values():
            if not page.kept:
                leaving.append(page.key)
                excess -= page.size
                if excess <= 0:
                    break
        for key in leaving:
            self._forget(key)
