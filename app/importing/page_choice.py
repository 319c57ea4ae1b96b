"""Choice of the page to import, of a source that has several."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.importing.errors import PageNotNamedError
from app.ports.importer import ReadOptions, Row

__all__ = ["SourcePage", "chosen_page"]

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of the source: its row, its id or path, its title, and all names of it.

    `is_hidden`: it is imported only with the option for what the source does not show.
    """

    row: Row
    ref: str
    title: str
    names: Collection[str]
    is_hidden: bool = False


def chosen_page(pages: Sequence[SourcePage], options: ReadOptions) -> Row:
    """The page that is meant: the only one, or the one that the option names.

    Raises InvalidError with the names of all when it is not clear.
    """
    found = [each for each in pages if options.with_hidden or not each.is_hidden]
    if options.page is not None:
        found = [each for each in found if options.page in each.names]
    if len(found) != 1 or not found[0].ref:
        names = ", ".join(f"{each.ref} ({each.title})" for each in pages) or "none"
        names = names[:_LONGEST]
        raise PageNotNamedError(f"Name the page with --page. There are: {names}.", names)
    return found[0].row
