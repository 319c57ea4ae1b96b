"""Static assets: stylesheets, scripts and the icon, each at a URL that contains its hash."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import app

__all__ = ["ASSETS", "asset_bytes", "asset_hash", "asset_path"]

_FOLDER = Path(app.__file__).parent / "web" / "static"

# Content types by file name; only these files are served.
ASSETS = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
    "forms.css": "text/css; charset=utf-8",
    "fyr.css": "text/css; charset=utf-8",
    "fyr.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "tables.css": "text/css; charset=utf-8",
    "tools.js": "text/javascript; charset=utf-8",
}


@cache
def asset_bytes(name: str) -> bytes:
    """The content of an asset, read once."""
    return (_FOLDER / name).read_bytes()


@cache
def asset_hash(name: str) -> str:
    """First ten hexadecimal digits of the content's SHA-256."""
    return sha256(asset_bytes(name)).hexdigest()[:10]


def asset_path(name: str) -> str:
    """URL path of an asset; its content never changes."""
    return f"/static/{asset_hash(name)}/{name}"
