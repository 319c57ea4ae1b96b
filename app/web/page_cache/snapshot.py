"""Snapshot: the hot pages in a file, from which a server can answer before it has a database.

All pages show one revision of the database. File format: a line with the format's version, the
SHA-256 of the rest, the revision and the length of the header as eight bytes each, the header as
JSON, and the encoded bodies in the order in which the header lists them.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.domain.errors import FyrError
from app.domain.page.pages import PageFacts
from app.web.page_cache.stored_page import EncodedBody, PageMeta, StoredPage, assemble_page

__all__ = ["Snapshot", "SnapshotError", "load", "save", "saved_revision"]

_NAME = "pages"
# Increment it when the header changes: a file of another version is not read.
_FORMAT = b"fyr-snapshot-3\n"
_START = len(_FORMAT) + sha256().digest_size
_NUMBER_BYTES = 8


class SnapshotError(FyrError):
    """There is no snapshot, or it is damaged, or it is of another version."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hot pages, the page's facts and the paths of machine formats at one instant.

    `notices` are the stale notices for that instant, by language.
    """

    taken_at: datetime
    facts: PageFacts
    machine_paths: frozenset[bytes]
    pages: tuple[StoredPage, ...]
    notices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _PageHeader:
    key: str
    meta: PageMeta
    lengths: Mapping[str, int]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Header:
    taken_at: datetime
    facts: PageFacts
    machine_paths: tuple[str, ...]
    pages: tuple[_PageHeader, ...]
    notices: Mapping[str, str]


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


def saved_revision(folder: Path) -> int | None:
    """The revision of the snapshot in this folder; None when there is none of this version."""
    try:
        with (folder / _NAME).open("rb") as file:
            start = file.read(_START + _NUMBER_BYTES)
    except OSError:
        return None
    return int.from_bytes(start[_START:]) if start.startswith(_FORMAT) else None


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
                page.expires_at,
            )
            for page in snapshot.pages
        ),
        snapshot.notices,
    )
    # The read-only mapping inside a LocalizedText is no dict, which pydantic would warn of.
    encoded = _HEADER.dump_json(header, fallback=dict, warnings=False)
    yield snapshot.facts.revision.to_bytes(_NUMBER_BYTES)
    yield len(encoded).to_bytes(_NUMBER_BYTES)
    yield encoded
    for page in snapshot.pages:
        yield from (each.body for each in page.encodings.values())


def _decode(content: bytes) -> Snapshot:
    start = 2 * _NUMBER_BYTES
    end = start + int.from_bytes(content[_NUMBER_BYTES:start])
    header = _HEADER.validate_json(content[start:end])
    bodies = _Bodies(content, end)
    return Snapshot(
        header.taken_at,
        header.facts,
        frozenset(path.encode() for path in header.machine_paths),
        tuple(_page(each, bodies, header.facts.revision) for each in header.pages),
        header.notices,
    )


@dataclass(slots=True)
class _Bodies:
    content: bytes
    position: int

    def read(self, length: int) -> bytes:
        body = self.content[self.position : self.position + length]
        self.position += length
        return body


def _page(header: _PageHeader, bodies: _Bodies, revision: int) -> StoredPage:
    encodings = {
        coding: EncodedBody.of(coding, bodies.read(length))
        for coding, length in header.lengths.items()
    }
    key = header.key.encode()
    page = assemble_page(key, header.meta, encodings, expires_at=header.expires_at, generation=-1)
    return replace(page, pinned=True, revision=revision)
