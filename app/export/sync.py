"""Synchronization of a destination with the site: new pages, changed pages, then deletions."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from time import monotonic
from typing import Protocol

from app.domain.errors import NotFoundError
from app.domain.page.pages import PageFacts
from app.export.manifest import Manifest, ManifestEntry
from app.export.page_file import ExportedPage, content_digest
from app.export.scope import EVERY_PAGE, Scope
from app.export.site import Site
from app.usecases.context import Ctx
from app.usecases.database import Database

__all__ = [
    "Destination",
    "ExportCancelledError",
    "ExportResult",
    "Progress",
    "export_site",
    "sync",
]


_log = logging.getLogger("fyr.export")

_THREADS = 8
_BATCH = 64
# Seconds after which the manifest is saved again during a long export.
_SAVED_EVERY = 30.0
# Cached pages may refer to the assets of an earlier release, which are immutable by Cache-Control.
_IMMUTABLE = "static/"


# Gets the number of pages that are done, and of all pages.
Progress = Callable[[int, int], None]


class ExportCancelledError(Exception):
    """The export was asked to stop before it was complete."""


class Destination(Protocol):
    """Destination of an export. A name stands for one file, or for one in several codings.

    Every method raises ExportError when the operation fails.
    """

    def locked(self) -> AbstractContextManager[None]:
        """Lock out other exports to this destination, where it supports locks."""

    def opened_manifest(self) -> Manifest:
        """The manifest, empty at the first export; closed with the lock.

        Raises ExportError also when the destination holds anything but an export.
        """

    def save_manifest(self) -> None:
        """Store the manifest at the destination, where it is not in a file there."""

    def prepare(self) -> None:
        """Look at all existing files, and delete what a killed export left half written."""

    def tags(self, files: Iterable[str]) -> Mapping[str, str]:
        """The tags of those of these files that exist; a tag changes when the file does."""

    def names(self, page: ExportedPage) -> Sequence[str]:
        """The names of this page at the destination."""

    def files(self, name: str) -> Sequence[str]:
        """All files that this name may have, one per coding. The first is there for every page."""

    def put(
        self, names: Sequence[str], body: bytes, page: ExportedPage
    ) -> Mapping[str, Mapping[str, str]]:
        """Write the page at these names; return the tags of the written files by name."""

    def delete(self, files: Iterable[str]) -> None:
        """Delete these files."""

    def finish(self, facts: PageFacts) -> None:
        """Write the additional files that this kind of destination needs."""


@dataclass(slots=True)
class ExportResult:
    """Numbers of pages that were written, unchanged and deleted, and rendered to know that."""

    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    rendered: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class _RenderedPage:
    """A page to be written at `names`; at all other names it is current."""

    page: ExportedPage
    body: bytes
    entry: ManifestEntry
    names: Sequence[str]


def sync(
    destination: Destination,
    pages: Iterable[ExportedPage],
    is_stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _done, _total: None,
    *,
    is_complete: bool = True,
) -> ExportResult:
    """Make the destination hold these pages, and delete other pages of earlier exports.

    `pages` is iterated repeatedly. `progress` gets the number of pages that are done, and of all.
    Unless the pages are `is_complete`, others of earlier exports stay.

    Whenever it is interrupted, each file is complete and links lead to existing pages; the next
    export completes the rest. Raises ExportError, ExportCancelledError.
    """
    return _Sync(destination, is_stopping, progress, is_complete=is_complete).run(pages)


class _Sync:
    def __init__(
        self,
        destination: Destination,
        is_stopping: Callable[[], bool],
        progress: Progress,
        *,
        is_complete: bool,
    ) -> None:
        self._destination = destination
        self._is_stopping = is_stopping
        self._progress = progress
        self._is_complete = is_complete
        self._done = self._total = 0
        self._saved_at = monotonic()
        self._result = ExportResult()
        self._manifest = destination.opened_manifest()
        if is_complete:
            destination.prepare()

    def run(self, pages: Iterable[ExportedPage]) -> ExportResult:
        self._manifest.begin_round()
        self._register(pages)
        # New pages first: only changed pages link to them, so that no link is ever broken.
        with ThreadPoolExecutor(_THREADS, "fyr-export") as pool:
            for is_selected in (self._is_new, self._is_left):
                for _, of_kind in groupby(filter(is_selected, pages), key=lambda page: page.kind):
                    self._write(pool, of_kind)
        if self._is_complete:
            self._delete_others()
        self._save()
        return self._result

    def _is_new(self, page: ExportedPage) -> bool:
        """Whether the page has no file yet at one of its names."""
        names = self._destination.names(page)
        files = [self._destination.files(name)[0] for name in names]
        return len(self._destination.tags(files)) < len(names)

    def _is_left(self, page: ExportedPage) -> bool:
        """Whether the page has not been looked at in this round."""
        return not self._manifest.are_kept(self._destination.names(page))

    def _write(self, pool: ThreadPoolExecutor, pages: Iterable[ExportedPage]) -> None:
        remaining = iter(pages)
        while batch := list(islice(remaining, _BATCH)):
            kept: list[str] = []
            entries: dict[str, ManifestEntry] = {}
            rendered = [each for page in batch if (each := self._render(page, kept, entries))]
            # Each result is awaited: an error ends the export before any page that links here.
            try:
                for written in pool.map(self._put, rendered):
                    entries.update(written)
                    self._result.written += 1
            finally:
                # A page that could not be written does not make the others unknown.
                self._manifest.store(entries, kept)
            self._done += len(batch)
            self._progress(self._done, self._total)
            if monotonic() - self._saved_at > _SAVED_EVERY:
                self._save()  # a killed export does not render these pages again

    def _register(self, pages: Iterable[ExportedPage]) -> None:
        """Save new names in the manifest before their files exist: a crash leaves no orphans."""
        added, remaining = 0, iter(pages)
        while batch := list(islice(remaining, _BATCH)):
            self._total += len(batch)
            added += self._manifest.add(
                name for page in batch for name in self._destination.names(page)
            )
        if added:
            self._save()

    def _render(
        self, page: ExportedPage, kept: list[str], entries: dict[str, ManifestEntry]
    ) -> _RenderedPage | None:
        """The page if it has to be written; otherwise its names are added to what is kept."""
        if self._is_stopping():
            raise ExportCancelledError
        names = self._destination.names(page)
        if not names:
            return None
        known = {name: self._manifest.entry(name) for name in names}
        current = {name: each for name, each in known.items() if self._is_current(each)}
        try:
            is_settled = page.is_settled and len(current) == len(names)
            state = None if is_settled else page.state()
            if is_settled or (state and all(_has(current, name, state) for name in names)):
                kept += names
                self._result.unchanged += 1
                return None
            body = page.body()
        except NotFoundError:
            return None
        self._result.rendered += 1
        digest = content_digest(body, page.meta)
        same = {name: each for name, each in current.items() if each.digest == digest}
        entries.update((name, replace(each, state=state)) for name, each in same.items())
        outdated = [name for name in names if name not in same]
        if not outdated:
            self._result.unchanged += 1
            return None
        return _RenderedPage(page, body, ManifestEntry(digest, {}, state), outdated)

    def _put(self, rendered: _RenderedPage) -> Mapping[str, ManifestEntry]:
        """Write the page. In several threads at once."""
        written = {}
        put = self._destination.put(rendered.names, rendered.body, rendered.page)
        for name, tags in put.items():
            others = [each for each in self._destination.files(name) if each not in tags]
            if others:
                self._destination.delete(self._destination.tags(others))
            written[name] = replace(rendered.entry, tags=tags)
        return written

    def _is_current(self, entry: ManifestEntry) -> bool:
        """Whether the files of a name are there, and nobody else has changed them."""
        return bool(entry.tags) and self._destination.tags(entry.tags) == entry.tags

    def _delete_others(self) -> None:
        for batch in self._manifest.others():
            removed = [name for name in batch if not name.startswith(_IMMUTABLE)]
            files = [file for name in removed for file in self._destination.files(name)]
            self._destination.delete(self._destination.tags(files))
            self._manifest.remove(removed)
            self._result.deleted += len(removed)

    def _save(self) -> None:
        self._destination.save_manifest()
        self._saved_at = monotonic()


def _has(current: Mapping[str, ManifestEntry], name: str, state: str) -> bool:
    return name in current and current[name].state == state


def export_site(
    database: Database,
    site: Site,
    destination: Destination,
    is_stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _done, _total: None,
    scope_of: Callable[[Ctx], Scope] = lambda _ctx: EVERY_PAGE,
) -> ExportResult:
    """Export the current state of the page to the destination, which is locked.

    `scope_of` returns which pages are compared.

    Raises UnavailableError, ExportError, and ExportCancelledError when `is_stopping` returns True.
    """
    # One read transaction for all pages, so that links between them are consistent.
    with database.reading() as ctx:
        scope = scope_of(ctx)
        result = sync(
            destination,
            site.pages(ctx, scope),
            is_stopping,
            progress,
            is_complete=scope.is_complete,
        )
        # A change of the settings, which additional files follow, makes every page listed.
        if scope.is_complete:
            destination.finish(site.facts)
    return result
