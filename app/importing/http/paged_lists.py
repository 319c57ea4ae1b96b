"""Lists that an API gives page by page."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.importing.values import objects_in, ref_at
from app.ports.importer import ImportTools, Row

__all__ = ["VersionedApi", "bearer", "linked_pages", "numbered_pages"]

_MOST_PAGES = 10_000
_VERSION = re.compile(r".*/v\d+/?")


def numbered_pages(read_page: Callable[[int], list[Row]], *, first: int = 1) -> Iterator[Row]:
    """The elements of a list whose pages are counted from `first`, each id once.

    It ends at a page that has nothing new. A page may be shorter than the limit without being the
    last one: servers cut the limit.
    """
    seen: set[str] = set()
    for number in range(first, _MOST_PAGES):
        new = [each for each in objects_in(read_page(number)) if ref_at(each, "id") not in seen]
        if not new:
            return
        seen.update(ref_at(each, "id") for each in new)
        yield from new


def linked_pages(read_page: Callable[[int], tuple[list[Row], object]]) -> Iterator[Row]:
    """The elements of a list whose pages give the address of the next one, each id once.

    Of that address only the number of the page is used: it may name another host.
    """
    seen: set[str] = set()
    number = 1
    while number < _MOST_PAGES:
        elements, link = read_page(number)
        new = [each for each in elements if ref_at(each, "id") not in seen]
        seen.update(ref_at(each, "id") for each in new)
        yield from new
        following = _page_number(link, number)
        if not new or following <= number:
            return
        number = following


def _page_number(link: object, number: int) -> int:
    """The page of an address, `number` without an address, the one after it without a page."""
    if not isinstance(link, str) or not link:
        return number
    try:
        found = parse_qs(urlsplit(link).query).get("page", [""])[-1]
    except ValueError:
        return number
    return int(found) if re.fullmatch("[0-9]{1,6}", found) else number + 1


@dataclass
class VersionedApi:
    """An API below a path with its version.

    `roots` are the paths that products and proxies use; SOURCE may end with a version itself.
    """

    tools: ImportTools
    roots: tuple[str, ...]
    headers: Mapping[str, str]
    _root: str | None = None

    def get(self, path: str, *, missing: bool = False) -> Any:  # noqa: ANN401  # JSON
        """The JSON at a path below the version. With `missing`, None for the status 404."""
        if self._root is None and _VERSION.fullmatch(urlsplit(self.tools.source).path):
            self._root = ""
        if self._root is not None:
            return self.tools.json(f"{self._root}{path}", headers=self.headers, missing=missing)
        for root in self.roots[:-1]:
            found = self.tools.json(f"{root}{path}", headers=self.headers, missing=True)
            if found is not None:
                self._root = root
                return found
        self._root = self.roots[-1]
        return self.get(path, missing=missing)


def bearer(tools: ImportTools) -> Mapping[str, str]:
    """The header with the token of the source (RFC 6750); empty without one."""
    return {"authorization": f"Bearer {tools.token}"} if tools.token else {}
