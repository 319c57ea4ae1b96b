"""Export to an S3 bucket, from which the store or a CDN serves the pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, S3Store

from app.domain.page.pages import PageFacts
from app.export.errors import ExportError
from app.export.listing import Listing
from app.export.manifest import Manifest
from app.export.page_file import ExportedPage, object_name
from app.net.object_store import open_store, store_reason

__all__ = ["Bucket", "opened_bucket"]

_MANIFEST = ".fyr-export.db"
# Of earlier releases.
_FORMER_MANIFEST = ".fyr-export.json"


class _LocalFiles:
    """What the bucket cannot hold while an export runs: the manifest and the listing."""

    def __init__(self, manifest: bytes | None) -> None:
        self._folder = TemporaryDirectory(prefix="fyr-export-")
        self.path = Path(self._folder.name, _MANIFEST)
        if manifest is not None:
            self.path.write_bytes(manifest)
        self.manifest = Manifest(self.path)
        self.listing = Listing(Path(self._folder.name, "listing.db"))

    def close(self) -> None:
        self.manifest.close()
        self.listing.close()
        self._folder.cleanup()


def opened_bucket(url: str, endpoint: str | None) -> "Bucket":
    """The bucket and prefix of `s3://bucket/prefix`, at `endpoint` or else at Amazon's.

    Credentials, region and endpoint come from the usual AWS_* variables. Raises InvalidError.
    """
    return Bucket(*open_store(url, endpoint))


class Bucket:
    """Bucket and prefix; each path is one object, since a store negotiates nothing.

    Objects are not compressed: a store sends one form to all clients, and CDNs compress.
    """

    def __init__(self, store: S3Store | MemoryStore, name: str) -> None:
        self._store = store
        self._name = name
        self._local: _LocalFiles | None = None

    def opened_manifest(self) -> Manifest:
        return self._opened().manifest

    def _opened(self) -> _LocalFiles:
        if self._local is None:
            stored = self._read(_MANIFEST)
            former = None if stored else self._read(_FORMER_MANIFEST)
            if stored is None and former is None:
                self._refuse_others()
            self._local = _LocalFiles(stored)
            if former is not None:
                self._local.manifest.read_document(former)
        return self._local

    def _read(self, name: str) -> bytes | None:
        with self._errors():
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:
                return None

    def _refuse_others(self) -> None:
        with self._errors():
            if any(obstore.list(self._store, chunk_size=1)):
                raise ExportError(
                    f"{self._name} is not empty and holds no export; name a prefix of its own."
                )

    def save_manifest(self) -> None:
        with self._errors():
            obstore.put(
                self._store,
                _MANIFEST,
                self._opened().path,
                attributes={
                    "Content-Type": "application/vnd.sqlite3",
                    "Cache-Control": "no-store",
                },
            )

    def prepare(self) -> None:
        listing = self._opened().listing
        listing.clear()
        with self._errors():
            for batch in obstore.list(self._store, chunk_size=1000):
                listing.add({each["path"]: each["e_tag"] or "" for each in batch})
        names = listing.tags([_MANIFEST, _FORMER_MANIFEST])
        if len(names) > 1:
            self.delete([_FORMER_MANIFEST])

    def tags(self, files: Iterable[str]) -> Mapping[str, str]:
        return self._opened().listing.tags(files)

    def names(self, page: ExportedPage) -> Sequence[str]:
        return tuple(dict.fromkeys(object_name(path) for path in page.plain))

    def files(self, name: str) -> Sequence[str]:
        return (name,)

    def put(
        self, names: Sequence[str], body: bytes, page: ExportedPage
    ) -> Mapping[str, Mapping[str, str]]:
        attributes = {
            "Content-Type": page.meta.content_type,
            "Cache-Control": page.meta.cache_control,
            "Content-Language": page.meta.language,
        }
        present = {name: value for name, value in attributes.items() if value}
        tags = {}
        with self._errors():
            for name in names:
                stored = obstore.put(self._store, name, body, attributes=present)
                tags[name] = stored["e_tag"] or ""
        self._opened().listing.add(tags)
        return {name: {name: tag} for name, tag in tags.items()}

    def delete(self, files: Iterable[str]) -> None:
        removed = list(files)
        if removed:
            with self._errors():
                obstore.delete(self._store, removed)
            self._opened().listing.remove(removed)

    def finish(self, facts: PageFacts) -> None:
        """Nothing to add: the CDN is configured elsewhere."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No lock: S3 has none that all stores support."""
        try:
            yield
        finally:
            if self._local is not None:
                self._local.close()
                self._local = None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise ExportError(f"{self._name} cannot be used: {store_reason(error)}.") from error
