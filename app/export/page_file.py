"""One page of the site in one language, not rendered yet, and where it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.web.page_cache.serving.content_encoding import IDENTITY
from app.web.page_cache.stored_page import PageMeta
from app.web.page_cache.surface import HTML

__all__ = ["SUFFIXES", "ExportedPage", "content_digest", "file_name", "object_name"]

# Beside each file, what each coding of it ends with.
SUFFIXES: Mapping[str, str] = {IDENTITY: "", "br": ".br", "zstd": ".zst", "gzip": ".gz"}

_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class ExportedPage:
    """`key` is its path with the language in front; `plain` are the addresses at which who
    negotiates nothing has it.

    `chapter` is the kind of page. `body` gives the bytes, or None when they are surely those it
    gave before; it raises NotFoundError for what is not there any more.
    """

    chapter: str
    key: str
    plain: tuple[str, ...]
    look: PageMeta
    body: Callable[[], bytes | None]


def content_digest(body: bytes, look: PageMeta) -> str:
    """What changes when the bytes or the headers do."""
    return sha256(f"{_FORMAT} {look}\n".encode() + body).hexdigest()[:32]


def file_name(path: str, content_type: str) -> str:
    """The file for an address. Pages are `.html`, because a folder may have the same name."""
    name = path.removeprefix("/")
    if not name or name.endswith("/"):
        return f"{name}index.html"
    if content_type == HTML and not name.endswith(".html"):
        return f"{name}.html"
    return name


def object_name(path: str) -> str:
    """The object for an address: the address, but for first pages, which stores know so."""
    name = path.removeprefix("/")
    return f"{name}index.html" if not name or name.endswith("/") else name
