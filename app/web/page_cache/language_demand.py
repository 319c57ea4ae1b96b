"""Demand for languages: which ones are requested, and whose hot pages are therefore kept rendered.

A page can be published in 50 languages, of which its readers use a few.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.domain.page.pages import PageFacts
from app.i18n.regional_formats import published_tag

__all__ = ["LanguageDemand", "hot_languages"]

# A language that nobody requests any more loses half of its score in this time.
_HALF_LIFE = timedelta(minutes=30)
# Scores below this are forgotten: the language was requested once, more than two hours ago.
_LEAST_SCORE = 0.05
_MOST_HOT_LANGUAGES = 6


class LanguageDemand:
    """A score for each language: the periods in which its pages were requested, recent ones most.

    A period counts once, however many pages were requested in it: a crawler that reads all pages
    in all languages raises every score equally.
    """

    def __init__(self, now: datetime) -> None:
        self._scores: dict[str, float] = {}
        self._counted_at = now

    def count(self, keys: Iterable[bytes], now: datetime) -> None:
        """Count a period in which the pages under these keys were requested."""
        elapsed = max(now - self._counted_at, timedelta())
        remaining = 0.5 ** (elapsed / _HALF_LIFE)
        scores = {tag: score * remaining for tag, score in self._scores.items()}
        for tag in _languages(keys):
            scores[tag] = scores.get(tag, 0.0) + 1
        self._scores = {tag: score for tag, score in scores.items() if score >= _LEAST_SCORE}
        self._counted_at = now

    def ranked(self, keys: Iterable[bytes]) -> tuple[str, ...]:
        """The languages in demand, the most requested first.

        `keys` are those of the pages that were requested in the period that is not counted yet.
        """
        scores = dict(self._scores)
        for tag in _languages(keys):
            scores[tag] = scores.get(tag, 0.0) + 1
        return tuple(sorted(scores, key=lambda tag: (-scores[tag], tag)))


def hot_languages(page: PageFacts, in_demand: Sequence[str] = ()) -> tuple[str, ...]:
    """The languages whose hot pages are kept rendered; the others are rendered on request.

    All of a page in few languages, and of one in many the default language; then those in demand,
    also with a region, up to six. A change renders no more pages on a page in 50 languages.
    """
    is_small = len(page.languages) <= _MOST_HOT_LANGUAGES
    always = page.languages if is_small else (page.default_language,)
    demanded = (tag for tag in in_demand if published_tag(tag, page.languages) is not None)
    return tuple(dict.fromkeys((*always, *demanded)))[:_MOST_HOT_LANGUAGES]


def _languages(keys: Iterable[bytes]) -> set[str]:
    """The first segments of the keys, which is the language of all pages that have one."""
    return {key.split(b"/", 2)[1].rstrip(b"~").decode() for key in keys if key.count(b"/") > 1}
