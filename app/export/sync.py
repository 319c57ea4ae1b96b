"""Synchronization of a destination with the site: new pages, changed pages, then deletions."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby, islice
from time import monotonic
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from app.domain.errors import FyrError, NotFoundError
from app.domain.page.pages import PageFacts
from app.export.page_file import ExportedPage, content_digest
from app.export.site import Site
from app.usecases.database import Database

__all__ = [
    "Destination",
    "ExportCancelledError",
    "ExportError",
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


class ExportError(FyrError):
    """The destination cannot be read or written."""

    code = "export_failed"


class ExportCancelledError(Exception):
    """The export was asked to stop before it was complete."""


class Destination(Protocol):
    """Destination of an export. A name stands for one file, or for one in several codings.

    Every method raises ExportError when the operation fails.
    """

    def locked(self) -> AbstractContextManager[None]:
        """Lock out other exports to this destination, where it supports locks."""

    def read_manifest(self) -> bytes | None:
        """The manifest that was written last, None when there is none.

        Raises ExportError also when the destination holds anything but an export.
        """

    def write_manifest(self, manifest: bytes) -> None:
        """Store the manifest."""

    def present(self) -> Mapping[str, str]:
        """The existing files with their tags; a tag changes when the file does."""

    def names(self, page: ExportedPage) -> Sequence[str]:
        """The names of this page at the destination."""

    def files(self, name: str) -> Sequence[str]:
        """All files that this name may have, one per coding."""

    def put(
        self, names: Sequence[str], body: bytes, page: ExportedPage
    ) -> Mapping[str, Mapping[str, str]]:
        """Write the page under these names, each file atomically.

        Returns the tags of the files, by name and file.
        """

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
class _Manifest:
    """The manifest as JSON: its format, digest and file tags by name, and states by name."""

    fyr: int
    names: dict[str, tuple[str, dict[str, str]]]
    states: dict[str, str] = field(default_factory=dict)


_MANIFEST = TypeAdapter(_Manifest)


@dataclass(slots=True)
class _ManifestEntry:
    digest: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    state: str | None = None


@dataclass(frozen=True, slots=True)
class _RenderedPage:
    page: ExportedPage
    body: bytes
    digest: str
    state: str | None


def sync(
    destination: Destination,
    pages: Iterable[ExportedPage],
    is_stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _done, _total: None,
) -> ExportResult:
    """Make the destination hold these pages, and delete other pages of earlier exports.

    `pages` is iterated repeatedly. `progress` gets the number of pages that are done, and of all.

    Whenever it is interrupted, each file is complete and links lead to existing pages; the next
    export completes the rest. Raises ExportError, ExportCancelledError.
    """
    return _Sync(destination, is_stopping, progress).run(pages)


class _Sync:
    def __init__(
        self, destination: Destination, is_stopping: Callable[[], bool], progress: Progress
    ) -> None:
        self._destination = destination
        self._is_stopping = is_stopping
        self._progress = progress
        self._done = self._total = 0
        self._saved_at = monotonic()
        self._result = ExportResult()
        self._entries = _parse(destination.read_manifest())
        self._present = destination.present()
        self._kept: set[str] = set()

    def run(self, pages: Iterable[ExportedPage]) -> ExportResult:
        self._register(pages)
        # New pages first: only changed pages link to them, so that no link is ever broken.
        with ThreadPoolExecutor(_THREADS, "fyr-export") as pool:
            for exists in (False, True):
                selected = (page for page in pages if self._exists(page) is exists)
                for _, of_kind in groupby(selected, key=lambda page: page.kind):
                    self._write(pool, of_kind)
        self._delete_others()
        self._save_manifest()
        return self._result

    def _exists(self, page: ExportedPage) -> bool:
        return all(
            any(file in self._present for file in self._destination.files(name))
            for name in self._destination.names(page)
        )

    def _write(self, pool: ThreadPoolExecutor, pages: Iterable[ExportedPage]) -> None:
        remaining = iter(pages)
        while batch := list(islice(remaining, _BATCH)):
            rendered = [each for page in batch if (each := self._render(page))]
            # Each result is awaited: an error ends the export before any page that links here.
            for _ in pool.map(self._put, rendered):
                pass
            self._done += len(batch)
            self._progress(self._done, self._total)
            if monotonic() - self._saved_at > _SAVED_EVERY:
                self._save_manifest()  # a killed export does not render these pages again

    def _register(self, pages: Iterable[ExportedPage]) -> None:
        """Save new names in the manifest before their files exist: a crash leaves no orphans."""
        known = len(self._entries)
        for page in pages:
            self._total += 1
            for name in self._destination.names(page):
                self._entries.setdefault(name, _ManifestEntry())
        if len(self._entries) > known:
            self._save_manifest()

    def _render(self, page: ExportedPage) -> _RenderedPage | None:
        if self._is_stopping():
            raise ExportCancelledError
        names = self._destination.names(page)
        if not names:
            return None
        try:
            state = page.state()
            if state is not None and all(self._has_state(name, state) for name in names):
                self._kept.update(names)
                self._result.unchanged += 1
                return None
            body = page.body()
        except NotFoundError:
            return None
        self._kept.update(names)
        self._result.rendered += 1
        return _RenderedPage(page, body, content_digest(body, page.meta), state)

    def _put(self, rendered: _RenderedPage) -> None:
        page, digest = rendered.page, rendered.digest
        every = self._destination.names(page)
        names = [name for name in every if not self._is_current(name, digest)]
        for name in every:
            self._entries[name].state = rendered.state
        if not names:
            self._result.unchanged += 1
            return
        for name, tags in self._destination.put(names, rendered.body, page).items():
            obsolete = [
                each
                for each in self._destination.files(name)
                if each in self._present and each not in tags
            ]
            self._destination.delete(obsolete)
            self._entries[name] = _ManifestEntry(digest, dict(tags), rendered.state)
        self._result.written += 1

    def _has_state(self, name: str, state: str) -> bool:
        entry = self._entries[name]
        return entry.state == state and self._is_current(name, entry.digest)

    def _is_current(self, name: str, digest: str) -> bool:
        entry = self._entries[name]
        return entry.digest == digest and all(
            self._present.get(file) == tag for file, tag in entry.tags.items()
        )

    def _delete_others(self) -> None:
        removed = [
            name
            for name in self._entries
            if name not in self._kept and not name.startswith(_IMMUTABLE)
        ]
        files = [file for name in removed for file in self._destination.files(name)]
        self._destination.delete([file for file in files if file in self._present])
        for name in removed:
            del self._entries[name]
        self._result.deleted += len(removed)

    def _save_manifest(self) -> None:
        entries = sorted(self._entries.items())
        names = {name: (each.digest, each.tags) for name, each in entries}
        states = {name: each.state for name, each in entries if each.state}
        self._destination.write_manifest(_MANIFEST.dump_json(_Manifest(1, names, states)))
        self._saved_at = monotonic()


def _parse(manifest: bytes | None) -> dict[str, _ManifestEntry]:
    if manifest is None:
        return {}
    try:
        read = _MANIFEST.validate_json(manifest)
    except ValidationError as error:
        raise ExportError("The list of what was exported before is damaged.") from error
    return {
        name: _ManifestEntry(digest, tags, read.states.get(name))
        for name, (digest, tags) in read.names.items()
    }


def export_site(
    database: Database,
    site: Site,
    destination: Destination,
    is_stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _done, _total: None,
) -> ExportResult:
    """Export the current state of the page to the destination.

    Raises UnavailableError, ExportError, and ExportCancelledError when `is_stopping` returns True.
    """
    # One read transaction for all pages, so that links between them are consistent.
    with database.reading() as ctx:
        result = sync(destination, site.pages(ctx), is_stopping, progress)
        destination.finish(site.facts)
    return result
