"""Snapshot: the hot pages in a file, from which a server can answer before it has a database.

File format: a line with the format's version, the SHA-256 of the rest, the length of the header as
eight bytes, the header as JSON, and the encoded bodies in the order in which the header lists them.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.domain.errors import FyrError
from app.domain.page.pages import PageFacts
from app.web.page_cache.stored_page import EncodedBody, PageMeta, StoredPage, assemble_page

__all__ = ["Snapshot", "SnapshotError", "load", "save"]

_NAME = "pages"
# Increment it when the header changes: a file of another version is not read.
_FORMAT = b"fyr-snapshot-2\n"
_START = len(_FORMAT) + sha256().digest_size
_NEVER_EXPIRES = datetime.max.replace(tzinfo=UTC)


class SnapshotError(FyrError):
    """There is no snapshot, or it is damaged, or it is of another version."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hot pages, the page's facts and the paths of machine formats at one instant."""

    taken_at: datetime
    facts: PageFacts
    machine_paths: frozenset[bytes]
    pages: tuple[StoredPage, ...]


@dataclass(frozen=True, slots=True)
class _PageHeader:
    key: str
    meta: PageMeta
    lengths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Header:
    taken_at: datetime
    facts: PageFacts
    machine_paths: tuple[str, ...]
    pages: tuple[_PageHeader, ...]


_HEADER = TypeAdapter(_Header)


def save(folder: Path, snapshot: Snapshot) -> None:
    """Replace the snapshot in this folder. Raises OSError; the former one is kept then."""
    content = b"".join(_encode(snapshot))
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{_NAME}.{os.getpid()}"
    try:
        with temporary.open("wb") as file:
            file.write(_FORMAT + sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / _NAME)
    finally:
        temporary.unlink(missing_ok=True)


def load(folder: Path) -> Snapshot:
    """The snapshot in this folder. Raises SnapshotError."""
    try:
        data = (folder / _NAME).read_bytes()
    except OSError as error:
        raise SnapshotError(f"There is no snapshot in {folder}.") from error
    content = data[_START:]
    if data[:_START] != _FORMAT + sha256(content).digest():
        raise SnapshotError(f"The snapshot in {folder} is damaged or of another version.")
    try:
        return _decode(content)
    except ValidationError as error:
        raise SnapshotError(f"The snapshot in {folder} has another header.") from error


def _encode(snapshot: Snapshot) -> Iterator[bytes]:
    header = _Header(
        snapshot.taken_at,
        snapshot.facts,
        tuple(sorted(path.decode() for path in snapshot.machine_paths)),
        tuple(
            _PageHeader(
                page.key.decode(),
                page.meta,
                {coding: len(encoded.body) for coding, encoded in page.encodings.items()},
            )
            for page in snapshot.pages
        ),
    )
    # The read-only mapping inside a LocalizedText is no dict, which pydantic would warn of.
    encoded = _HEADER.dump_json(header, fallback=dict, warnings=False)
    yield len(encoded).to_bytes(8)
    yield encoded
    for page in snapshot.pages:
        yield from (each.body for each in page.encodings.values())


def _decode(content: bytes) -> Snapshot:
    end = 8 + int.from_bytes(content[:8])
    header = _HEADER.validate_json(content[8:end])
    bodies = _Bodies(content, end)
    return Snapshot(
        header.taken_at,
        header.facts,
        frozenset(path.encode() for path in header.machine_paths),
        tuple(_page(each, bodies) for each in header.pages),
    )


@dataclass(slots=True)
class _Bodies:
    content: bytes
    position: int

    def read(self, length: int) -> bytes:
        body = self.content[self.position : self.position + length]
        self.position += length
        return body


def _page(header: _PageHeader, bodies: _Bodies) -> StoredPage:
    encodings = {
        coding: EncodedBody.of(coding, bodies.read(length))
        for coding, length in header.lengths.items()
    }
    key = header.key.encode()
    page = assemble_page(key, header.meta, encodings, expires_at=_NEVER_EXPIRES, generation=-1)
    return replace(page, pinned=True)
