"""Lists that an API gives page by page."""

from collections.abc import Callable, Iterator, Mapping

from app.importing.values import objects_in, ref_at
from app.ports.importer import ImportTools, Row

__all__ = ["bearer", "numbered_pages"]

_MOST_PAGES = 10_000


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


def bearer(tools: ImportTools) -> Mapping[str, str]:
    """The header with the token of the source (RFC 6750); empty without one."""
    return {"authorization": f"Bearer {tools.token}"} if tools.token else {}
