"""What visitors are answered from: stored pages, and what it takes to find them.

Nothing here needs a database or a template, so a server can begin with it.
"""

from app.domain.page.pages import PageFacts
from app.web.page_cache.snapshot import Snapshot
from app.web.page_cache.store import PageStore

__all__ = ["CacheState"]


class CacheState:
    """Stored pages, and what the page says of itself.

    While nobody tells of changes (`watched` is False), nothing is served from the store: it would
    not be known to be true.
    """

    def __init__(self, store: PageStore) -> None:
        self.store = store
        self.watched = False
        self.facts: PageFacts | None = None
        # Addresses whose language is decided as for programs.
        self.wire: set[bytes] = set()

    def restore(self, snapshot: Snapshot) -> None:
        """Serve the pages of a snapshot until better ones are there."""
        self.facts = snapshot.facts
        self.wire |= snapshot.wire
        for page in snapshot.pages:
            self.store.put(page)
        self.watched = True
