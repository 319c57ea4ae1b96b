"""The first page in every language, before the application is there to make any."""

from app.rendering import pages
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from app.web.page_cache.renderer import key_of, look_of
from app.web.page_cache.snapshot import Snapshot
from app.web.page_cache.stored_page import stored
from app.web.page_cache.surface import Surface, Variant
from app.web.page_cache.surface_urls import always

__all__ = ["FIRST_PAGE", "first_pages"]

FIRST_PAGE = Surface(
    "/",
    public_pages.overview,
    lambda record, variant: pages.overview(record, variant.language),
    hot=always,
)


def first_pages(database: Database, base_url: str) -> Snapshot:
    """What a start without a snapshot begins with. Raises UnavailableError."""
    with database.reading() as ctx:
        record = public_pages.overview(ctx, base_url)
    until = FIRST_PAGE.until(record)
    made = []
    for language in record.page.languages:
        variant = Variant(language)
        body = FIRST_PAGE.render(record, variant)
        key, look = key_of(FIRST_PAGE, {}, variant), look_of(FIRST_PAGE, variant)
        made.append(stored(key, body, look, until=until, epoch=0))
    return Snapshot(record.page.now, record.page, frozenset(), tuple(made))
