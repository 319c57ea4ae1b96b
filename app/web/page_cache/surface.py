"""Surface: one kind of public URL, with how its record is read and rendered to bytes.

The answer depends on the path and the language alone. That is why it can be cached and served to
every client.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.domain.page.pages import OverviewPage, PageFacts, SiteContents
from app.domain.page.validity import valid_until
from app.i18n.languages import SOURCE
from app.i18n.negotiate import Match, lookup, match
from app.i18n.regional_formats import known_tag, published_tag, with_region
from app.web.page_cache.surface_urls import PathParams, never_hot, single_url

__all__ = [
    "HTML",
    "NO_LANGUAGE",
    "PAGE_CACHE_CONTROL",
    "LanguageRequest",
    "Surface",
    "Variant",
    "choose_variant",
    "known_variant",
]

HTML = "text/html; charset=utf-8"
PAGE_CACHE_CONTROL = (
    "public, max-age=10, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
)

# Longer than any header of a browser: decisions for longer ones are not memoised.
_MAX_MEMOISED_LENGTH = 200
# The longest language tag that is memoised.
_MAX_TAG_LENGTH = 35


@dataclass(frozen=True, slots=True)
class Variant:
    """The language of an answer, and whether the request named one.

    `language` is the tag of a published language or of one in a region (`en-gb`), and empty for a
    surface that is not localized.
    """

    language: str
    explicit: bool = True

    @property
    def key(self) -> bytes:
        """The prefix of the path in a stored page's key."""
        if not self.language:
            return b""
        return f"/{self.language}{'' if self.explicit else '~'}".encode()


# The only variant of a surface that is not localized.
NO_LANGUAGE = Variant("")


def _expires_at(record: Any) -> datetime:  # noqa: ANN401  # every record has a `page`
    windows = getattr(record, "maintenances", ())
    edges = [edge for window in windows for edge in (window.starts_at, window.ends_at)]
    incidents = getattr(record, "open_incidents", None) or [getattr(record, "incident", None)]
    open_incidents = [each for each in incidents if each is not None and each.is_open]
    edges += [each.next_update_at for each in open_incidents if each.next_update_at]
    return valid_until(record.page, edges=edges, lasting=bool(open_incidents))


@dataclass(frozen=True, slots=True)
class Surface:
    """One kind of public URL.

    `path` is a template without a language. `read` gets the values of its parameters and the base
    URL, and returns a record with a `page`; `render` turns that into bytes.

    A `language_prefixed` surface also has a URL for each language. A `machine_format` is in
    English unless the request names a language; the page's default language does not count. A
    surface that is not `localized` is equal in all languages and has one URL.

    A `slow` surface is rendered in a thread of its own, so that pages do not wait for it.

    `stand_in` renders what is served when there is neither a database nor an earlier rendering.

    `headers` are sent besides those of every page. `every` returns the parameters of all its URLs,
    `hot` those of the URLs that are kept rendered, given the overview. `expires_at` returns when
    the rendering of a record changes although no data does.

    `by_query` has the surfaces that a query of this path asks for, by the name of the parameter.
    Their path is this one with the query, such as `/subscribe?service={service}`. With `queries`,
    requests with a query are answered by the application without this surface.
    """

    path: str
    read: Callable[..., Any]
    render: Callable[[Any, Variant], bytes]
    content_type: str = HTML
    language_prefixed: bool = True
    machine_format: bool = False
    localized: bool = True
    slow: bool = False
    status: int = 200
    cache_control: str = PAGE_CACHE_CONTROL
    headers: tuple[tuple[str, str], ...] = ()
    every: Callable[[SiteContents], Iterable[PathParams]] = single_url
    hot: Callable[[OverviewPage], Iterable[PathParams]] = never_hot
    expires_at: Callable[[Any], datetime] = _expires_at
    stand_in: Callable[[PageFacts, Variant], bytes] | None = None
    by_query: "tuple[tuple[str, Surface], ...]" = ()
    queries: bool = False

    def path_for(self, params: PathParams) -> str:
        """The path with its parameters filled in."""
        return self.path.format_map(params)


@dataclass(frozen=True, slots=True)
class LanguageRequest:
    """The languages a request names: in the path, in the query, in Accept-Language."""

    tag: str | None = None
    query: tuple[str, ...] = ()
    accept: str = ""


def choose_variant(
    request: LanguageRequest, page: PageFacts, *, machine_format: bool = False
) -> Variant:
    """The variant that answers a request for these languages.

    The first call for a region takes milliseconds: not on the event loop.
    """
    found, is_named = _match(request, page, machine_format=machine_format)
    if machine_format:
        return Variant(found.published, explicit=is_named)
    return Variant(with_region(found.wanted, found.published))


def known_variant(
    request: LanguageRequest, page: PageFacts, *, machine_format: bool = False
) -> Variant | None:
    """The variant that `choose_variant` returns; None when that would take milliseconds."""
    found, is_named = _match(request, page, machine_format=machine_format)
    if machine_format:
        return Variant(found.published, explicit=is_named)
    tag = known_tag(found.wanted, found.published)
    return None if tag is None else Variant(tag)


def _match(
    request: LanguageRequest, page: PageFacts, *, machine_format: bool
) -> tuple[Match, bool]:
    """The published language, and whether the path or the query names it."""
    too_long = any(len(each) > _MAX_TAG_LENGTH for each in (request.tag or "", *request.query))
    find = _find if too_long or len(request.accept) > _MAX_MEMOISED_LENGTH else _find_memoised
    return find(request, page.languages, page.default_language, machine_format)


def _find(
    request: LanguageRequest,
    languages: Sequence[str],
    default: str,
    machine_format: bool,  # noqa: FBT001  # positional for lru_cache
) -> tuple[Match, bool]:
    if machine_format:
        languages, default = tuple(dict.fromkeys([*languages, SOURCE])), SOURCE
    # A tag in the path that is not published names a region, or is that of a page for 404.
    in_path = request.tag and request.tag.lower()
    regional = in_path if in_path and published_tag(in_path, languages) else None
    query = (regional, *request.query) if regional else request.query
    found = match(in_path, query, request.accept, languages=languages, default=default)
    is_named = request.tag is not None or any(lookup(each, languages) for each in request.query)
    return found, is_named


_find_memoised = lru_cache(maxsize=2048)(_find)
