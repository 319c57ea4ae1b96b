"""Cache state: the stored pages and what is needed to find one for a request.

It needs neither a database nor templates, so that a server can start with it.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.page.pages import PageFacts
from app.i18n.regional_formats import published_tag
from app.web.page_cache.reader_languages import ReaderLanguages, View, view_of
from app.web.page_cache.serving.conditional_request import RequestHeaders
from app.web.page_cache.serving.stale_notice import as_stale
from app.web.page_cache.snapshot import Snapshot
from app.web.page_cache.store import PageStore
from app.web.page_cache.stored_page import StoredPage

__all__ = ["CacheState"]


class CacheState:
    """The page store, the page's facts, and the paths of machine formats.

    Pages are served from the store only while `serving` is true. It is false as long as nothing
    watches the revision, because stored pages could then be outdated without notice.
    """

    def __init__(self, store: PageStore) -> None:
        self.store = store
        self.serving = False
        self.facts: PageFacts | None = None
        # URL paths whose language is chosen by the rule for machine formats.
        self.machine_paths: set[bytes] = set()
        self.reader_languages = ReaderLanguages()

    def count_view(self, page: StoredPage, request: RequestHeaders) -> None:
        """Count the languages of a view of an HTML page."""
        self.reader_languages.add(self.view_of(page, request))

    def view_of(self, page: StoredPage, request: RequestHeaders) -> View | None:
        """What a GET of this page counts for the languages of readers; None if nothing."""
        meta = page.meta
        if meta.status != 200 or not (meta.language and meta.content_type.startswith("text/html")):
            return None
        languages = self.facts.languages if self.facts else ()
        # A reader of `en-gb` is given the page in `en`.
        return view_of(published_tag(meta.language, languages) or meta.language, request)

    def restore(self, snapshot: Snapshot) -> None:
        """Store the pages of a snapshot. None is served until `accept` or `serve_stale`."""
        self.facts = snapshot.facts
        self.machine_paths |= snapshot.machine_paths
        for page in snapshot.pages:
            self.store.put(replace(page, generation=-1))
        self.store.count_demand(page.key for page in snapshot.pages)

    def accept(self, now: datetime, generation: int) -> None:
        """Serve the restored pages: the database has their revision.

        `generation` is the store's generation at the time when the revision was read. Pages that
        have expired meanwhile are not served.
        """
        for page in self.store.pinned():
            if page.generation < 0 and page.expires_at > now:
                self.store.swap(page, replace(page, generation=generation))
        self.serving = True

    def serve_stale(self, snapshot: Snapshot) -> None:
        """Serve the pages of a snapshot as stale: the database is away."""
        self.restore(snapshot)
        for page in self.store.pinned():
            notice = snapshot.notices.get(page.meta.language, "").encode()
            self.store.swap(page, as_stale(page, snapshot.taken_at, notice))
        self.store.serves_outdated = True
        self.serving = True
