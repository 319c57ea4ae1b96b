"""Export to an S3 bucket, from which the store or a CDN serves the pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, S3Store

from app.domain.page.pages import PageFacts
from app.export.page_file import ExportedPage, object_name
from app.export.sync import ExportError
from app.net.object_store import open_store, store_reason

__all__ = ["Bucket", "opened_bucket"]

_MANIFEST = ".fyr-export.json"


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

    def read_manifest(self) -> bytes | None:
        with self._errors():
            try:
                return bytes(obstore.get(self._store, _MANIFEST).bytes())
            except FileNotFoundError:
                pass
            if any(obstore.list(self._store, chunk_size=1)):
                raise ExportError(
                    f"{self._name} is not empty and holds no export; name a prefix of its own."
                )
        return None

    def write_manifest(self, manifest: bytes) -> None:
        with self._errors():
            obstore.put(
                self._store,
                _MANIFEST,
                manifest,
                attributes={"Content-Type": "application/json", "Cache-Control": "no-store"},
            )

    def present(self) -> Mapping[str, str]:
        with self._errors():
            return {
                each["path"]: each["e_tag"] or ""
                for batch in obstore.list(self._store, chunk_size=1000)
                for each in batch
            }

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
        with self._errors():
            return {
                name: {
                    name: obstore.put(self._store, name, body, attributes=present)["e_tag"] or ""
                }
                for name in names
            }

    def delete(self, files: Iterable[str]) -> None:
        removed = list(files)
        if removed:
            with self._errors():
                obstore.delete(self._store, removed)

    def finish(self, facts: PageFacts) -> None:
        """Nothing to add: the CDN is configured elsewhere."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No lock: S3 has none that all stores support."""
        yield

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise ExportError(f"{self._name} cannot be used: {store_reason(error)}.") from error
