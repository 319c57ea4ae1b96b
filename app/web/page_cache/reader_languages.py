"""Reader languages: counts in memory which language each page view asked for and was given.

A view is one addition to a dict. Nothing about a reader is stored, and no cookie or script takes
part.
"""

import re
from collections import Counter
from functools import lru_cache

from app.web.page_cache.serving.conditional_request import RequestHeaders

__all__ = ["ReaderLanguages", "View", "view_of"]

# Different headers between two writes. A page has a few hundred; more are somebody's experiment.
_MAX_HEADERS = 5000
_LONGEST_HEADER = 400
# Programs that name themselves. A browser says what it requests a page for (Fetch Metadata,
# https://www.w3.org/TR/fetch-metadata/), but only over HTTPS or from its own machine.
_PROGRAM = re.compile(rb"bot|crawl|spider|slurp|preview|monitor|uptime|headless", re.IGNORECASE)

_LONGEST_AGENT = 300

# The Accept-Language header of a request, and the language of the page that answered it.
View = tuple[bytes, str]


@lru_cache(maxsize=1024)  # the search takes ten times as long as the rest of the count
def _is_program(agent: bytes) -> bool:
    return _PROGRAM.search(agent) is not None


def view_of(given: str, request: RequestHeaders) -> View | None:
    """The view of a page in the language `given`; None when a program requested it.

    A view without Accept-Language asked for nothing, and is not counted either.
    """
    asked, mode = request.accept_language, request.fetch_mode
    if not asked or len(asked) > _LONGEST_HEADER:
        return None
    if mode != b"navigate" and (mode or _is_program(request.agent[:_LONGEST_AGENT])):
        return None
    return asked, given


class ReaderLanguages:
    """Sums of page views by Accept-Language header and language of the page."""

    def __init__(self) -> None:
        self._views: Counter[View] = Counter()

    def count(self, given: str, request: RequestHeaders) -> None:
        """Count the view of a page in the language `given`, unless `view_of` returns None."""
        self.add(view_of(given, request))

    def add(self, view: View | None) -> None:
        """Count a view; None is not counted."""
        if view is None:
            return
        views = self._views
        # Without a lock: what is counted while the sums are taken may be lost, a view or two.
        if view in views or len(views) < _MAX_HEADERS:
            views[view] += 1

    def take(self) -> Counter[View]:
        """The views since the last call."""
        views, self._views = self._views, Counter()
        return views
