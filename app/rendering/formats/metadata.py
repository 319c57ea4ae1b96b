"""robots.txt and sitemap.xml."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.page.listing import PageListing, last_changed_at
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage

__all__ = ["robots", "sitemap"]

# Paths that search engines have no use for.
_DISALLOWED = ("/api/v1/", "/console/", "/embed/", "/hooks/")


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """Path of a page, without a language prefix, and the time of its last change."""

    path: str
    changed_at: datetime


def robots(listing: PageListing, _language: MachineLanguage) -> bytes:
    """robots.txt: the paths that crawlers should leave out, and the URL of the sitemap."""
    disallowed = "".join(f"Disallow: {path}\n" for path in _DISALLOWED)
    return f"User-agent: *\n{disallowed}\nSitemap: {listing.page.base_url}/sitemap.xml\n".encode()


def sitemap(listing: PageListing, _language: MachineLanguage) -> bytes:
    """sitemap.xml: the pages of the listing in every language."""
    changed_at = listing.page.updated_at
    urls = [SitemapUrl("/", changed_at), SitemapUrl("/history", changed_at)]
    urls += [SitemapUrl(f"/services/{each.slug}", each.updated_at) for each in listing.services]
    urls += [
        SitemapUrl(f"/incidents/{each.id}", last_changed_at(each)) for each in listing.incidents
    ]
    urls += [SitemapUrl(each.path, each.updated_at) for each in listing.maintenances]
    return render_xml("sitemap.xml", page=listing.page, urls=urls)
