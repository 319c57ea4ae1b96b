"""Sitemap: an index, and parts that list the pages of one language each.

A part names no other languages: each page links to its translations itself (`hreflang`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.page.pages import PageFacts, SiteContents

__all__ = ["PART_URLS", "SitemapIndex", "SitemapPart", "SitemapUrl", "part_names", "sitemap_urls"]

# sitemaps.org allows 50,000 URLs and 50 MB in a file. 10,000 take about 2 MB.
PART_URLS = 10_000


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """Path of a page, without a language prefix, and the time of its last change if it is known."""

    path: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SitemapIndex:
    """The names of all parts of the sitemap."""

    page: PageFacts
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """One part of the sitemap: at most PART_URLS pages in one language."""

    page: PageFacts
    language: str
    urls: tuple[SitemapUrl, ...]


def sitemap_urls(contents: SiteContents) -> Iterator[SitemapUrl]:
    """Every page that search engines may list: overviews, services, months, incidents, windows."""
    for path in ("/", "/history", "/report"):
        yield SitemapUrl(path)
    for slug in contents.services:
        yield SitemapUrl(f"/services/{slug}")
        yield SitemapUrl(f"/services/{slug}/report")
    for month in contents.months:
        yield SitemapUrl(f"/history/{month:%Y-%m}")
    for public_id in contents.incidents:
        yield SitemapUrl(f"/incidents/{public_id}", contents.changed_at.get(public_id))
    for public_id, occurrences in contents.maintenances.items():
        yield SitemapUrl(f"/maintenances/{public_id}", contents.changed_at.get(public_id))
        for occurrence in occurrences:
            yield SitemapUrl(f"/maintenances/{public_id}/{occurrence}")


def part_names(contents: SiteContents) -> dict[str, tuple[str, int]]:
    """The language and the number, from 0, of each part by its name, such as `pt-br-1`."""
    count = -(-sum(1 for _ in sitemap_urls(contents)) // PART_URLS)
    return {
        f"{tag}-{number + 1}": (tag, number)
        for tag in contents.languages
        for number in range(count)
    }
