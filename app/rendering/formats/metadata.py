"""robots.txt, and the sitemap: its index and its parts."""

from app.domain.page.listing import PageListing
from app.domain.page.sitemap import SitemapIndex, SitemapPart
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage

__all__ = ["robots", "sitemap", "sitemap_part"]

# Paths that search engines have no use for.
_DISALLOWED = ("/api/v1/", "/console/", "/embed/", "/hooks/")


def robots(listing: PageListing, _language: MachineLanguage) -> bytes:
    """robots.txt: the paths that crawlers should leave out, and the URL of the sitemap."""
    disallowed = "".join(f"Disallow: {path}\n" for path in _DISALLOWED)
    return f"User-agent: *\n{disallowed}\nSitemap: {listing.page.base_url}/sitemap.xml\n".encode()


def sitemap(index: SitemapIndex, _language: MachineLanguage) -> bytes:
    """sitemap.xml: the index of the parts."""
    return render_xml("sitemap.xml", page=index.page, parts=index.parts)


def sitemap_part(part: SitemapPart, _language: MachineLanguage) -> bytes:
    """A part of the sitemap."""
    return render_xml("sitemap_part.xml", page=part.page, language=part.language, urls=part.urls)
