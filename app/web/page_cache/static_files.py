"""Static files: bytes that change only with a release; no record and no language affects them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from app.rendering import assets
from app.web.page_cache.stored_page import PageMeta, StoredPage, encode_page

__all__ = ["IMMUTABLE", "StaticFile", "asset_files", "asset_pages"]

_NEVER_EXPIRES = datetime.max.replace(tzinfo=UTC)


# For URLs that contain a hash of the content.
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """Bytes at a URL path.

    With a `fallback_prefix` it also answers every path below that prefix that has no other answer.
    """

    path: str
    body: bytes
    content_type: str
    cache_control: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    fallback_prefix: str = ""

    @property
    def meta(self) -> PageMeta:
        """Status and headers in the form that stored pages have."""
        return PageMeta(self.content_type, "", self.cache_control, self.headers, self.status)


def asset_files() -> tuple[StaticFile, ...]:
    """The stylesheets, scripts and icons, at the URL paths that pages link to."""
    return tuple(
        StaticFile(assets.asset_path(name), assets.asset_bytes(name), kind, IMMUTABLE)
        for name, kind in assets.ASSETS.items()
    )


@cache
def asset_pages() -> Mapping[bytes, StoredPage]:
    """The asset files as stored pages, by URL path."""
    return {
        each.path.encode(): encode_page(
            each.path.encode(), each.body, each.meta, expires_at=_NEVER_EXPIRES, generation=0
        )
        for each in asset_files()
    }
