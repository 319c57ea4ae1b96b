"""Things of a source that cannot be read: they refuse the import, or are left out."""

from collections.abc import Callable, Iterable

from app.domain.errors import InvalidError
from app.ports.importer import ImportItem, ReadOptions, ReportEntry

__all__ = ["read_or_skip"]


def read_or_skip(
    read: Callable[[], Iterable[ImportItem | ReportEntry]], ref: str, options: ReadOptions
) -> list[ImportItem | ReportEntry]:
    """What `read` yields for one thing of the source.

    Raises its InvalidError; with the option to skip broken things, an entry of the report instead.
    """
    try:
        return list(read())
    except InvalidError:
        if not options.skip_broken:
            raise
        return [ReportEntry("skipped.broken", ref)]
