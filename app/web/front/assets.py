"""The stylesheets, scripts and the icon as stored pages: they are there before anything else is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from app.rendering import assets
from app.web.front.fixed import FOR_EVER, Fixed
from app.web.front.stored import StoredPage, stored

__all__ = ["asset_pages", "asset_parts"]

_ALWAYS = datetime.max.replace(tzinfo=UTC)


def asset_parts() -> tuple[Fixed, ...]:
    """All of it, under the addresses that our pages name."""
    return tuple(
        Fixed(assets.asset_path(name), assets.asset_bytes(name), kind, FOR_EVER)
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
