"""What can be read at one kind of address: how its record is read and becomes bytes.

A surface answers from its path, its language and nothing else a visitor sends: that is what makes
its bytes fit to be kept and given to everybody.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.domain.page.pages import OverviewPage, PageFacts, SiteContents
from app.domain.page.validity import valid_until
from app.i18n.languages import SOURCE
from app.i18n.negotiate import lookup, negotiate
from app.web.page_cache.surface_urls import Named, never, once

__all__ = [
    "HTML",
    "PAGE_CACHING",
    "WORDLESS",
    "LanguageRequest",
    "Surface",
    "Variant",
    "variant_of",
]

HTML = "text/html; charset=utf-8"
PAGE_CACHING = "public, max-age=10, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"

# No browser sends more; a longer wish is read, but not remembered.
_LONGEST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Variant:
    """The language of an answer, and whether the visitor named one in the address.

    What has no words has no language.
    """

    language: str
    asked: bool = True

    @property
    def key(self) -> bytes:
        """What stands before the path in a stored page's key."""
        if not self.language:
            return b""
        return f"/{self.language}{'' if self.asked else '~'}".encode()


# The one form of what is the same in every language.
WORDLESS = Variant("")


def _until(record: Any) -> datetime:  # noqa: ANN401  # every record has its page
    windows = getattr(record, "maintenances", ())
    edges = [edge for window in windows for edge in (window.starts_at, window.ends_at)]
    incidents = getattr(record, "open_incidents", None) or [getattr(record, "incident", None)]
    lasting = any(each is not None and each.is_open for each in incidents)
    return valid_until(record.page, edges=edges, lasting=lasting)


@dataclass(frozen=True, slots=True)
class Surface:
    """One kind of public URL: the record it reads and how the record becomes bytes.

    `path` is a URL template without a language prefix; its placeholders are passed to `read`
    together with the base URL. A `language_prefixed` surface is also served below each language
    tag. A `machine_format` is defined by a third party, in English: it never falls back to the
    page's default language, and its fixed texts are translated only when the URL names a language.
    A surface that is not `localized` has one form for all languages, at one URL. `headers` are
    added to those of every page. `every` enumerates all its URLs, `hot` those that are kept in
    memory for the current overview. `until` gives the time at which the clock alone changes the
    rendered bytes; its record has a `page` with the page's facts.
    """

    path: str
    read: Callable[..., Any]
    render: Callable[[Any, Variant], bytes]
    content_type: str = HTML
    language_prefixed: bool = True
    machine_format: bool = False
    localized: bool = True
    status: int = 200
    caching: str = PAGE_CACHING
    headers: tuple[tuple[str, str], ...] = ()
    every: Callable[[SiteContents], Iterable[Named]] = once
    hot: Callable[[OverviewPage], Iterable[Named]] = never
    until: Callable[[Any], datetime] = _until

    def address(self, named: Named) -> str:
        """The path with its names filled in."""
        return self.path.format_map(named)


@dataclass(frozen=True, slots=True)
class LanguageRequest:
    """What a visitor says about languages: in the path, in the query, by the browser."""

    tag: str | None = None
    query: tuple[str, ...] = ()
    accept: str = ""


def variant_of(
    wishes: LanguageRequest, page: PageFacts, *, machine_format: bool = False
) -> Variant:
    """The variant for these wishes."""
    if len(wishes.accept) > _LONGEST_KEPT or any(len(each) > 35 for each in wishes.query):
        return _decide(wishes, page.languages, page.default_language, machine_format)
    return _decide_once(wishes, page.languages, page.default_language, machine_format)


def _decide(
    wishes: LanguageRequest,
    languages: Sequence[str],
    default: str,
    machine_format: bool,  # noqa: FBT001  # as it is remembered
) -> Variant:
    if machine_format:
        languages, default = tuple(dict.fromkeys([*languages, SOURCE])), SOURCE
    language = negotiate(
        wishes.tag, wishes.query, wishes.accept, languages=languages, default=default
    )
    named = wishes.tag is not None or any(lookup(each, languages) for each in wishes.query)
    return Variant(language, asked=named or not machine_format)


_decide_once = lru_cache(maxsize=2048)(_decide)
