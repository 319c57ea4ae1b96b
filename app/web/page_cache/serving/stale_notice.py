"""Pages that say they may be behind: one line above everything else, put in without rendering."""

import re
from dataclasses import replace

from app.web.page_cache.stored_page import StoredPage, stored
from app.web.page_cache.surface import HTML

__all__ = ["dressed", "undressed"]

_PLACE = b'<main id="main">\n'
_LINE = re.compile(rb'<p class="note" id="as-of" role="status">.*?</p>\n')


def dressed(page: StoredPage, line: bytes) -> StoredPage:
    """The page with this line, in the place of one it may have; what is no HTML stays as it is."""
    if page.look.content_type != HTML or page.look.status != 200:
        return page
    body = undressed(page.plain).replace(_PLACE, _PLACE + line.rstrip() + b"\n", 1)
    if body == page.plain:
        return page
    made = stored(page.key, body, page.look, until=page.until, epoch=page.epoch)
    return replace(made, kept=page.kept)


def undressed(body: bytes) -> bytes:
    """The body without the line."""
    return _LINE.sub(b"", body, count=1)
