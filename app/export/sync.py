"""Brings a mirror to what the site is now: what is new first, then what has changed, what is gone
last, and nothing else touched."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from app.domain.errors import FyrError, NotFoundError
from app.domain.page.pages import PageFacts
from app.export.page_file import ExportedPage, content_digest
from app.export.site import Site
from app.usecases.database import Database
from app.web.page_cache.stored_page import PageMeta

__all__ = [
    "Destination",
    "ExportCancelledError",
    "ExportError",
    "ExportResult",
    "export_site",
    "sync",
]


_log = logging.getLogger("fyr.export")

_HANDS = 8
_AT_ONCE = 64
# A page somebody holds may name a stylesheet of before; it was promised to last.
_LASTING = "static/"


class ExportError(FyrError):
    """What the site is exported to cannot be read or written."""

    code = "export_failed"


class ExportCancelledError(Exception):
    """Somebody wants to end before all is there."""


class Destination(Protocol):
    """Where the site goes. Each name stands for one file or for several forms of one.

    Every method raises MirrorError when the mirror does not do it.
    """

    def locked(self) -> AbstractContextManager[None]:
        """Hold off other exports to this mirror for as long as this lasts, where that can be."""

    def ledger(self) -> bytes | None:
        """What was noted last, None when nothing ever was.

        Raises MirrorError too when there is something else on it.
        """

    def note(self, ledger: bytes) -> None:
        """Remember this."""

    def present(self) -> Mapping[str, str]:
        """The files that are there; a file's tag changes when it does."""

    def names(self, leaf: ExportedPage) -> Sequence[str]:
        """Under which names this page belongs here."""

    def files(self, name: str) -> Sequence[str]:
        """Every file that this name may have."""

    def put(
        self, names: Sequence[str], body: bytes, look: PageMeta
    ) -> Mapping[str, Mapping[str, str]]:
        """Put the page under these names, each file at once or not at all.

        Gives the tags of the files by name.
        """

    def delete(self, files: Iterable[str]) -> None:
        """Delete these files."""

    def finish(self, facts: PageFacts) -> None:
        """Add what only this kind of mirror needs, for a page of these languages."""


@dataclass(slots=True)
class ExportResult:
    """How many pages were written, were so already, and were deleted."""

    written: int = 0
    unchanged: int = 0
    deleted: int = 0


@dataclass(slots=True)
class _Entry:
    digest: str = ""
    tags: dict[str, str] = field(default_factory=dict)


def sync(
    mirror: Destination,
    leaves: Sequence[ExportedPage],
    stopping: Callable[[], bool] = lambda: False,
) -> ExportResult:
    """Make the mirror hold these leaves and nothing more of what was ever put there by this.

    Whenever it ends, each file is whole and what leads somewhere leads to something; doing it
    again mends the rest. Raises MirrorError, StoppedError.
    """
    return _Work(mirror, stopping).done(leaves)


class _Work:
    def __init__(self, mirror: Destination, stopping: Callable[[], bool]) -> None:
        self._mirror = mirror
        self._stopping = stopping
        self._outcome = ExportResult()
        self._entries = _read(mirror.ledger())
        self._present = mirror.present()
        self._kept: set[str] = set()

    def done(self, leaves: Sequence[ExportedPage]) -> ExportResult:
        self._announce(leaves)
        # No page that is there leads to one that is not: only a changed one leads to what is new.
        with ThreadPoolExecutor(_HANDS, "fyr-export") as hands:
            for known in (False, True):
                some = [leaf for leaf in leaves if self._is_known(leaf) is known]
                for _, chapter in groupby(some, key=lambda leaf: leaf.chapter):
                    self._write(hands, list(chapter))
        self._sweep()
        self._note()
        return self._outcome

    def _is_known(self, leaf: ExportedPage) -> bool:
        return all(
            any(file in self._present for file in self._mirror.files(name))
            for name in self._mirror.names(leaf)
        )

    def _write(self, hands: ThreadPoolExecutor, chapter: Sequence[ExportedPage]) -> None:
        for start in range(0, len(chapter), _AT_ONCE):
            some = chapter[start : start + _AT_ONCE]
            rendered = [each for leaf in some if (each := self._rendered(leaf))]
            # Each is waited for: an error ends the export before what leads here is put.
            for _ in hands.map(lambda each: self._put(*each), rendered):
                pass

    def _announce(self, leaves: Sequence[ExportedPage]) -> None:
        """Note what will be there before it is: whatever happens, it is known to be ours."""
        names = {name for leaf in leaves for name in self._mirror.names(leaf)}
        unknown = names - self._entries.keys()
        if unknown:
            self._entries |= {name: _Entry() for name in unknown}
            self._note()

    def _rendered(self, leaf: ExportedPage) -> tuple[ExportedPage, bytes, str] | None:
        if self._stopping():
            raise ExportCancelledError
        names = self._mirror.names(leaf)
        if not names:
            return None
        try:
            body = leaf.body()
        except NotFoundError:
            return None
        self._kept.update(names)
        if body is None:
            self._outcome.unchanged += 1
            return None
        return leaf, body, content_digest(body, leaf.look)

    def _put(self, leaf: ExportedPage, body: bytes, digest: str) -> None:
        names = [name for name in self._mirror.names(leaf) if not self._is_there(name, digest)]
        if not names:
            self._outcome.unchanged += 1
            return
        for name, tags in self._mirror.put(names, body, leaf.look).items():
            left = [
                each
                for each in self._mirror.files(name)
                if each in self._present and each not in tags
            ]
            self._mirror.delete(left)
            self._entries[name] = _Entry(digest, dict(tags))
        self._outcome.written += 1

    def _is_there(self, name: str, digest: str) -> bool:
        entry = self._entries[name]
        return entry.digest == digest and all(
            self._present.get(file) == tag for file, tag in entry.tags.items()
        )

    def _sweep(self) -> None:
        gone = [
            name
            for name in self._entries
            if name not in self._kept and not name.startswith(_LASTING)
        ]
        files = [file for name in gone for file in self._mirror.files(name)]
        self._mirror.delete([file for file in files if file in self._present])
        for name in gone:
            del self._entries[name]
        self._outcome.deleted += len(gone)

    def _note(self) -> None:
        entries = {name: [each.digest, each.tags] for name, each in sorted(self._entries.items())}
        self._mirror.note(json.dumps({"fyr": 1, "names": entries}).encode())


def _read(ledger: bytes | None) -> dict[str, _Entry]:
    if ledger is None:
        return {}
    try:
        names = json.loads(ledger)["names"]
        return {name: _Entry(digest, dict(tags)) for name, (digest, tags) in names.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError("The list of what was exported before is damaged.") from error


def export_site(
    database: Database,
    site: Site,
    mirror: Destination,
    stopping: Callable[[], bool] = lambda: False,
) -> ExportResult:
    """Bring the mirror to what the page is now.

    Raises UnavailableError, MirrorError, and StoppedError when `stopping` says so.
    """
    try:
        # One look for all of it: no page leads to one that is not there yet.
        with database.reading() as ctx:
            outcome = sync(mirror, site.leaves(ctx), stopping)
            mirror.finish(site.facts)
    except BaseException:
        site.forget()
        raise
    return outcome
