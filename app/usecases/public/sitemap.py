"""Readers of the sitemap: its index, and its parts."""

from itertools import islice

from app.domain.errors import NotFoundError
from app.domain.page.sitemap import (
    PART_URLS,
    SitemapIndex,
    SitemapPart,
    part_names,
    sitemap_urls,
)
from app.usecases.context import Ctx
from app.usecases.public.history import site_contents
from app.usecases.public.pages import facts

__all__ = ["sitemap_index", "sitemap_part"]


def sitemap_index(ctx: Ctx, base_url: str = "") -> SitemapIndex:
    """The index of the sitemap."""
    return SitemapIndex(facts(ctx, base_url), tuple(part_names(site_contents(ctx))))


def sitemap_part(ctx: Ctx, part: str, base_url: str = "") -> SitemapPart:
    """A part of the sitemap by its name, such as `en-1`. Raises NotFoundError."""
    contents = site_contents(ctx)
    found = part_names(contents).get(part)
    if found is None:
        raise NotFoundError("There is no such part of the sitemap.")
    language, number = found
    urls = islice(sitemap_urls(contents), number * PART_URLS, (number + 1) * PART_URLS)
    return SitemapPart(facts(ctx, base_url), language, tuple(urls))
