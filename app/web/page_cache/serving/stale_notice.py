"""Stale notice: a line at the top of an HTML page with the time of its data, without rendering."""

import re
from dataclasses import replace

from app.web.page_cache.stored_page import StoredPage, encode_page
from app.web.page_cache.surface import HTML

__all__ = ["with_stale_notice"]

_MAIN = b'<main id="main">\n'
_NOTICE = re.compile(rb'<p class="note" id="as-of" role="status">.*?</p>\n')


def with_stale_notice(page: StoredPage, notice: bytes) -> StoredPage:
    """The page with this notice, which replaces an earlier one; unchanged if it is not HTML."""
    if page.meta.content_type != HTML or page.meta.status != 200:
        return page
    without = _NOTICE.sub(b"", page.body, count=1)
    body = without.replace(_MAIN, _MAIN + notice.rstrip() + b"\n", 1)
    if body == page.body:
        return page
    made = encode_page(
        page.key, body, page.meta, expires_at=page.expires_at, generation=page.generation
    )
    return replace(made, pinned=page.pinned)
