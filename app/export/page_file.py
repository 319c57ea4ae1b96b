"""One page of the export in one language, before rendering, and the names of its files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.web.page_cache.serving.content_encoding import IDENTITY
from app.web.page_cache.stored_page import PageMeta
from app.web.page_cache.surface import HTML, Surface

__all__ = [
    "ARCHIVE_CODING",
    "SUFFIXES",
    "ExportedPage",
    "content_digest",
    "file_name",
    "is_archive",
    "object_name",
]

# File name suffix of each content coding.
SUFFIXES: Mapping[str, str] = {IDENTITY: "", "br": ".br", "zstd": ".zst", "gzip": ".gz"}

# The only compressed form of an archive's pages: nearly every client accepts it.
ARCHIVE_CODING = "gzip"

_FORMAT = "3"
_ARCHIVES = ("/incidents/{", "/maintenances/{", "/history/{")


@dataclass(frozen=True, slots=True)
class ExportedPage:
    """One page in one language, to be rendered by `body`.

    `key` is its path with the language in front. `plain` are the paths at which servers without
    language negotiation offer it. `kind` groups pages of one surface. `state` returns a digest of
    all that `body` renders, None when it has to be rendered to know whether it changed. They raise
    NotFoundError when the page no longer exists. A page that `is_settled` has not changed since it
    was exported last, if it was. A page of an `archive` has one compressed form, and only at `key`.
    """

    kind: str
    key: str
    plain: tuple[str, ...]
    meta: PageMeta
    body: Callable[[], bytes]
    state: Callable[[], str | None] = lambda: None
    archive: bool = False
    is_settled: bool = False


def is_archive(surface: Surface) -> bool:
    """Whether it has a page per incident, maintenance or month: many that are read rarely."""
    return surface.path.startswith(_ARCHIVES)


def content_digest(body: bytes, meta: PageMeta) -> str:
    """Digest of the bytes, the status and the headers."""
    # Named one by one: a field that is added for the cache leaves the digests of old exports valid.
    headers = [meta.content_type, meta.language, meta.cache_control, meta.headers, meta.status]
    prefix = json.dumps([_FORMAT, *headers]).encode()
    return sha256(prefix + b"\n" + body).hexdigest()[:32]


def file_name(path: str, content_type: str) -> str:
    """File name of a path. HTML gets `.html`, since a folder may have the name of the page."""
    name = path.removeprefix("/")
    if not name or name.endswith("/"):
        return f"{name}index.html"
    if content_type == HTML and not name.endswith(".html"):
        return f"{name}.html"
    return name


def object_name(path: str) -> str:
    """Object name of a path: the path itself, with `index.html` for the first pages."""
    name = path.removeprefix("/")
    return f"{name}index.html" if not name or name.endswith("/") else name
