"""First page: the overview in the hot languages, rendered before the application is imported."""

from dataclasses import replace

from app.rendering import pages
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from app.web.page_cache.language_demand import hot_languages
from app.web.page_cache.renderer import page_key, page_meta
from app.web.page_cache.snapshot import Snapshot
from app.web.page_cache.stored_page import encode_page
from app.web.page_cache.surface import Surface, Variant
from app.web.page_cache.surface_urls import always_hot

__all__ = ["FIRST_PAGE", "render_first_pages"]

FIRST_PAGE = Surface(
    "/",
    public_pages.overview,
    lambda record, variant: pages.overview(record, variant.language),
    hot=always_hot,
)


def render_first_pages(database: Database, base_url: str) -> Snapshot:
    """The pages that a start without a snapshot serves at first. Raises UnavailableError."""
    with database.reading() as ctx:
        record = public_pages.overview(ctx, base_url)
    expires_at = FIRST_PAGE.expires_at(record)
    rendered = []
    for language in hot_languages(record.page):
        variant = Variant(language)
        body = FIRST_PAGE.render(record, variant)
        key, meta = page_key(FIRST_PAGE, {}, variant), page_meta(FIRST_PAGE, variant)
        page = encode_page(key, body, meta, expires_at=expires_at, generation=0)
        rendered.append(replace(page, pinned=True, revision=record.page.revision))
    return Snapshot(record.page.now, record.page, frozenset(), tuple(rendered))
