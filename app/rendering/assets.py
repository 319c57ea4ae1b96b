"""The stylesheet, the script and the icon, each under an address that changes with its content."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import app

__all__ = ["ASSETS", "asset_bytes", "asset_hash", "asset_path"]

_FOLDER = Path(app.__file__).parent / "web" / "static"

# Content types by name; what is not here is not served.
ASSETS = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
    "fyr.css": "text/css; charset=utf-8",
    "fyr.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
}


@cache
def asset_bytes(name: str) -> bytes:
    """The content of an asset, read once."""
    return (_FOLDER / name).read_bytes()


@cache
def asset_hash(name: str) -> str:
    """Ten characters that change when the content does."""
    return sha256(asset_bytes(name)).hexdigest()[:10]


def asset_path(name: str) -> str:
    """The address of an asset; what it answers never changes."""
    return f"/static/{asset_hash(name)}/{name}"
