"""Stale pages: how a page is served while the database is away, without rendering it."""

import re
from dataclasses import replace
from datetime import datetime

from app.web.page_cache.static_files import IMMUTABLE
from app.web.page_cache.stored_page import StoredPage, assemble_page, encode_page
from app.web.page_cache.surface import HTML

__all__ = ["as_stale", "with_stale_notice"]

_MAIN = b'<main id="main">\n'
_NOTICE = re.compile(rb'<p class="note" id="as-of" role="status">.*?</p>\n')
_AS_OF = "Fyr-As-Of"
# A shared cache would serve the page after the database is back, when it may say what is not so.
_NOT_SHARED = "private, no-store"


def as_stale(page: StoredPage, at: datetime, notice: bytes) -> StoredPage:
    """The page with the time of its data in the header `Fyr-As-Of`, and not for shared caches.

    An HTML page also has the notice, at its top. Immutable pages are unchanged.
    """
    if page.meta.cache_control == IMMUTABLE:
        return page
    headers = tuple(each for each in page.meta.headers if each[0] != _AS_OF)
    stated = (*headers, (_AS_OF, at.isoformat(timespec="seconds")))
    meta = replace(page.meta, cache_control=_NOT_SHARED, headers=stated)
    page = with_stale_notice(page, notice)
    made = assemble_page(
        page.key, meta, page.encodings, expires_at=page.expires_at, generation=page.generation
    )
    return replace(made, pinned=page.pinned)


def with_stale_notice(page: StoredPage, notice: bytes) -> StoredPage:
    """The page with this notice, which replaces an earlier one; unchanged if it is not HTML."""
    if page.meta.content_type != HTML or page.meta.status != 200 or not notice:
        return page
    without = _NOTICE.sub(b"", page.body, count=1)
    body = without.replace(_MAIN, _MAIN + notice.rstrip() + b"\n", 1)
    if body == page.body:
        return page
    made = encode_page(
        page.key, body, page.meta, expires_at=page.expires_at, generation=page.generation
    )
    return replace(made, pinned=page.pinned)
