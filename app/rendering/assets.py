"""Static assets: stylesheets, scripts and icons, each at a URL that contains its hash."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import app

__all__ = ["ASSETS", "asset_bytes", "asset_hash", "asset_path"]

_FOLDER = Path(app.__file__).parent / "web" / "static"

# Content types by file name; only these files are served.
ASSETS = {
    "calendar.css": "text/css; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
    "forms.css": "text/css; charset=utf-8",
    "fyr.css": "text/css; charset=utf-8",
    "fyr.js": "text/javascript; charset=utf-8",
    "icon.png": "image/png",
    "browser-push.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "push.js": "text/javascript; charset=utf-8",
    "tables.css": "text/css; charset=utf-8",
    "tools.js": "text/javascript; charset=utf-8",
}


_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_BREAK = re.compile(r"(?<=[{};,])\n|\n(?=})")


@cache
def asset_bytes(name: str) -> bytes:
    """The content of an asset, read once.

    Stylesheets and scripts have no comments and no indentation, which are a tenth of what a first
    visit loads. Other sites name the hash of embed.js, so that it stays as it is.
    """
    content = (_FOLDER / name).read_bytes()
    compact = {"css": _compact_css, "js": _compact_js}.get(name.rpartition(".")[2])
    if name not in ASSETS or compact is None:
        return content
    return compact(content.decode()).encode()


def _compact_css(text: str) -> str:
    lines = (line.strip() for line in _CSS_COMMENT.sub("", text).splitlines())
    return _CSS_BREAK.sub("", "\n".join(line for line in lines if line))


def _compact_js(text: str) -> str:
    """The lines that are no comment; no asset has a template literal of several lines."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def asset_hash(name: str) -> str:
    """First ten hexadecimal digits of the content's SHA-256."""
    return sha256(asset_bytes(name)).hexdigest()[:10]


def asset_path(name: str) -> str:
    """URL path of an asset; its content never changes."""
    return f"/static/{asset_hash(name)}/{name}"
