"""What stays the same until the next release: it is read from no record and has no language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from app.rendering import assets
from app.web.page_cache.stored_page import PageMeta, StoredPage, stored

__all__ = ["FOR_EVER", "StaticFile", "asset_pages", "asset_parts"]

_ALWAYS = datetime.max.replace(tzinfo=UTC)


# Under an address that changes with its content.
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """Bytes at an address. `beneath` it answers for everything that has no address of its own."""

    path: str
    body: bytes
    content_type: str
    caching: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    beneath: str = ""

    @property
    def look(self) -> PageMeta:
        """The same as of a page."""
        return PageMeta(self.content_type, "", self.caching, self.headers, self.status)


def asset_parts() -> tuple[StaticFile, ...]:
    """All of it, under the addresses that our pages name."""
    return tuple(
        StaticFile(assets.asset_path(name), assets.asset_bytes(name), kind, FOR_EVER)
        for name, kind in assets.ASSETS.items()
    )


@cache
def asset_pages() -> Mapping[bytes, StoredPage]:
    """The same ready to be sent, by address."""
    made = {}
    for each in asset_parts():
        key = each.path.encode()
        made[key] = stored(key, each.body, each.look, until=_ALWAYS, epoch=0)
    return made
