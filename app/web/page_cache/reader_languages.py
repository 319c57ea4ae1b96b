"""Reader languages: counts in memory which language each page view asked for and was given.

A view is one addition to a dict. Nothing about a reader is stored, and no cookie or script takes
part.
"""

import re
from collections import Counter
from functools import lru_cache

from app.web.page_cache.serving.conditional_request import RequestHeaders

__all__ = ["ReaderLanguages"]

# Different headers between two writes. A page has a few hundred; more are somebody's experiment.
_MAX_HEADERS = 5000
_LONGEST_HEADER = 400
# Programs that name themselves. A browser says what it requests a page for (Fetch Metadata,
# https://www.w3.org/TR/fetch-metadata/), but only over HTTPS or from its own machine.
_PROGRAM = re.compile(rb"bot|crawl|spider|slurp|preview|monitor|uptime|headless", re.IGNORECASE)

_LONGEST_AGENT = 300


@lru_cache(maxsize=1024)  # the search takes ten times as long as the rest of the count
def _is_program(agent: bytes) -> bool:
    return _PROGRAM.search(agent) is not None


class ReaderLanguages:
    """Sums of page views by Accept-Language header and language of the page."""

    def __init__(self) -> None:
        self._views: Counter[tuple[bytes, str]] = Counter()

    def count(self, given: str, request: RequestHeaders) -> None:
        """Count the view of a page in the language `given`, unless a program requested it.

        A view without Accept-Language asked for nothing, and is not counted either.
        """
        asked, mode = request.accept_language, request.fetch_mode
        if not asked or len(asked) > _LONGEST_HEADER:
            return
        if mode != b"navigate" and (mode or _is_program(request.agent[:_LONGEST_AGENT])):
            return
        views, key = self._views, (asked, given)
        # Without a lock: what is counted while the sums are taken may be lost, a view or two.
        if key in views or len(views) < _MAX_HEADERS:
            views[key] += 1

    def take(self) -> Counter[tuple[bytes, str]]:
        """The views since the last call."""
        views, self._views = self._views, Counter()
        return views
