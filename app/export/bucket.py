"""A bucket of an object store that a CDN or the store itself serves from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, S3Store

from app.domain.errors import InvalidError
from app.domain.page.pages import PageFacts
from app.export.page_file import ExportedPage, object_name
from app.export.sync import ExportError
from app.web.page_cache.stored_page import PageMeta

if TYPE_CHECKING:  # the library has these names for type checkers alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

__all__ = ["Bucket", "opened_bucket"]

_LEDGER = ".fyr-export.json"

# A store that is away for longer is away: whoever follows comes back to it by himself.
_CLIENT: "ClientConfig" = {
    "timeout": timedelta(seconds=30),
    "connect_timeout": timedelta(seconds=5),
    "allow_http": True,  # an endpoint without TLS is one that the operator wrote out so
}
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}


def opened_bucket(url: str, endpoint: str | None) -> "Bucket":
    """The bucket and prefix of `s3://bucket/prefix`, at this endpoint instead of Amazon's.

    Credentials, region and endpoint come from the usual AWS_* variables. Raises InvalidError.
    """
    address, _, prefix = url.removeprefix("s3://").partition("/")
    given: S3Config = {} if endpoint is None else {"endpoint": endpoint}
    try:
        store = S3Store(
            address,
            prefix=prefix.strip("/") or None,
            config=given,
            client_options=_CLIENT,
            retry_config=_RETRY,
        )
    except (BaseError, ValueError) as error:
        raise InvalidError(f"{url} cannot be used: {_reason(error)}.") from None
    return Bucket(store, f"s3://{address}/{prefix}")


class Bucket:
    """Objects are put whole, one for each address; who negotiates stands before them.

    They are not compressed: a store gives the same bytes to everybody, and every CDN compresses.
    """

    def __init__(self, store: S3Store | MemoryStore, name: str) -> None:
        self._store = store
        self._name = name

    def ledger(self) -> bytes | None:
        with self._telling():
            try:
                return bytes(obstore.get(self._store, _LEDGER).bytes())
            except FileNotFoundError:
                pass
            if any(obstore.list(self._store, chunk_size=1)):
                raise ExportError(
                    f"{self._name} is not empty and holds no export; name a prefix of its own."
                )
        return None

    def note(self, ledger: bytes) -> None:
        with self._telling():
            obstore.put(
                self._store,
                _LEDGER,
                ledger,
                attributes={"Content-Type": "application/json", "Cache-Control": "no-store"},
            )

    def present(self) -> Mapping[str, str]:
        with self._telling():
            return {
                each["path"]: each["e_tag"] or ""
                for some in obstore.list(self._store, chunk_size=1000)
                for each in some
            }

    def names(self, leaf: ExportedPage) -> Sequence[str]:
        return tuple(dict.fromkeys(object_name(path) for path in leaf.plain))

    def files(self, name: str) -> Sequence[str]:
        return (name,)

    def put(
        self, names: Sequence[str], body: bytes, look: PageMeta
    ) -> Mapping[str, Mapping[str, str]]:
        attributes = {
            "Content-Type": look.content_type,
            "Cache-Control": look.cache_control,
            "Content-Language": look.language,
        }
        told = {name: value for name, value in attributes.items() if value}
        with self._telling():
            return {
                name: {name: obstore.put(self._store, name, body, attributes=told)["e_tag"] or ""}
                for name in names
            }

    def delete(self, files: Iterable[str]) -> None:
        gone = list(files)
        if gone:
            with self._telling():
                obstore.delete(self._store, gone)

    def finish(self, facts: PageFacts) -> None:
        """Nothing: what serves the objects is told elsewhere."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody is held off: stores know no locks that all of them share."""
        yield

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise ExportError(f"{self._name} cannot be used: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """What the store says, in one line. It names addresses and codes, never credentials."""
    text = str(error).strip().partition("\n")[0]
    return text[:300].rstrip(". ") or type(error).__name__
