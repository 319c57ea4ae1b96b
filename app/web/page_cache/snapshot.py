"""Hot pages on disk: what a start without a database answers with."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.domain.errors import FyrError
from app.domain.localized_text import LocalizedText, Translation
from app.domain.page.pages import PageFacts
from app.web.page_cache.stored_page import PageMeta, StoredPage, assembled, form_of

__all__ = ["Snapshot", "SnapshotError", "load", "save"]

_NAME = "pages"
_FORMAT = b"fyr-snapshot-1\n"
_ALWAYS = datetime.max.replace(tzinfo=UTC)


class SnapshotError(FyrError):
    """There is no snapshot, or it is not whole."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hot pages as they were `at` that time, what the page said of itself, what is wire."""

    at: datetime
    facts: PageFacts
    wire: frozenset[bytes]
    pages: tuple[StoredPage, ...]


def save(folder: Path, snapshot: Snapshot) -> None:
    """Put the snapshot in the place of the one before. Raises OSError; then that one stays."""
    content = b"".join(_written(snapshot))
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{_NAME}.{os.getpid()}"
    try:
        with fresh.open("wb") as file:
            file.write(_FORMAT + sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / _NAME)
    finally:
        fresh.unlink(missing_ok=True)


def load(folder: Path) -> Snapshot:
    """The snapshot in this folder. Raises SnapshotError."""
    try:
        data = (folder / _NAME).read_bytes()
    except OSError as error:
        raise SnapshotError(f"There is no snapshot in {folder}.") from error
    start = len(_FORMAT) + 32
    content = data[start:]
    if data[:start] != _FORMAT + sha256(content).digest():
        raise SnapshotError(f"The snapshot in {folder} is damaged or of another version.")
    return _read(content)


def _written(snapshot: Snapshot) -> Iterator[bytes]:
    about = {
        "at": snapshot.at.isoformat(),
        "facts": _facts_written(snapshot.facts),
        "wire": sorted(each.decode() for each in snapshot.wire),
        "pages": [
            {
                "key": page.key.decode(),
                "look": asdict(page.look),
                "forms": {name: len(form.body) for name, form in page.forms.items()},
            }
            for page in snapshot.pages
        ],
    }
    head = json.dumps(about).encode()
    yield len(head).to_bytes(8)
    yield head
    for page in snapshot.pages:
        yield from (form.body for form in page.forms.values())


def _read(content: bytes) -> Snapshot:
    length = int.from_bytes(content[:8])
    about = json.loads(content[8 : 8 + length])
    bodies = _Bodies(content, 8 + length)
    return Snapshot(
        datetime.fromisoformat(about["at"]),
        _facts_read(about["facts"]),
        frozenset(each.encode() for each in about["wire"]),
        tuple(_page_read(each, bodies) for each in about["pages"]),
    )


@dataclass(slots=True)
class _Bodies:
    content: bytes
    at: int

    def next(self, length: int) -> bytes:
        body = self.content[self.at : self.at + length]
        self.at += length
        return body


def _page_read(about: Mapping[str, Any], bodies: _Bodies) -> StoredPage:
    look = about["look"]
    headers = tuple((name, value) for name, value in look.pop("headers"))
    forms = {name: form_of(name, bodies.next(size)) for name, size in about["forms"].items()}
    key = about["key"].encode()
    page = assembled(key, PageMeta(**look, headers=headers), forms, until=_ALWAYS, epoch=-1)
    return replace(page, kept=True)


def _facts_written(facts: PageFacts) -> dict[str, Any]:
    translations = {tag: asdict(each) for tag, each in facts.name.translations.items()}
    return {
        "id": facts.id,
        "name": {"source": facts.name.source, "version": facts.name.version, "texts": translations},
        "base_url": facts.base_url,
        "time_zone": facts.time_zone,
        "default_language": facts.default_language,
        "languages": facts.languages,
        "revision": facts.revision,
        "updated_at": facts.updated_at.isoformat(),
        "now": facts.now.isoformat(),
    }


def _facts_read(about: Mapping[str, Any]) -> PageFacts:
    name = about["name"]
    texts = {tag: Translation(**each) for tag, each in name["texts"].items()}
    return PageFacts(
        id=about["id"],
        name=LocalizedText(name["source"], name["version"], texts),
        base_url=about["base_url"],
        time_zone=about["time_zone"],
        default_language=about["default_language"],
        languages=tuple(about["languages"]),
        revision=about["revision"],
        updated_at=datetime.fromisoformat(about["updated_at"]),
        now=datetime.fromisoformat(about["now"]),
    )
