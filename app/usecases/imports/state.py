"""State of an import: its source, what is here of it already, and what happens to each thing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.db.base import Row
from app.db.queries.imports import imports
from app.db.queries.page import page
from app.db.tables import ImportRefRow, ServiceRow
from app.domain.errors import InvalidError
from app.ports.importer import ItemKind
from app.usecases.context import Ctx, new_id
from app.usecases.imports.prepared import Prepared
from app.usecases.imports.report import FieldChange, ImportReport, ItemOutcome

__all__ = ["ImportState", "Known", "SourceInfo", "WriteOptions", "changed_fields", "stored_time"]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """`restore_deleted`: import again what was deleted here; `overwrite`: what was edited here.

    `is_trial`: a dry run, which writes nothing. `targets`: import addresses to probe as well.
    """

    is_trial: bool = False
    restore_deleted: bool = False
    overwrite: bool = False
    targets: bool = False


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The source: its kind, which one it is, and its name for people.

    With `adds_only`, as in the first version of documents, things that are here already are left
    unchanged, and services are identified by slug.
    """

    kind: str
    instance: str
    name: str = ""
    adds_only: bool = False


@dataclass(slots=True)
class Known:
    """What is known of one thing: the row of its ref, and of what it became."""

    row_id: int
    subject_id: int
    digest: str
    last_entry: int
    parts: dict[str, Any] | None = None
    seen: bool = False


@dataclass
class ImportState:
    """Everything that the writers of an import share.

    `service_ids` are the rows of services by ref. `ctx` is the transaction under way. `wrote` is
    whether anything was stored, and `is_recorded` whether the audit log has an entry of it. `zone`
    is that of the page after the import.
    """

    ctx: Ctx
    source: SourceInfo
    options: WriteOptions
    report: ImportReport
    first_named: Mapping[str, str] = field(default_factory=dict)
    service_ids: dict[str, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    wrote: bool = False
    is_recorded: bool = False
    zone: str = ""
    _known: dict[tuple[ItemKind, str], Known] = field(default_factory=dict)
    _present: dict[ItemKind, set[int]] = field(default_factory=dict)
    _unstored: int = 0

    def load(self) -> None:
        """Read what is known of the source."""
        self.zone = page.read_page(self.ctx.session).time_zone
        for row in imports.refs_of(self.ctx.session, self.source.kind, self.source.instance):
            kind = ItemKind(row.subject)
            self._known[kind, row.ref] = Known(
                row.id or 0, row.subject_id, row.digest, row.last_entry, row.parts
            )
            if kind is ItemKind.SERVICE:
                self.service_ids[row.ref] = row.subject_id

    @property
    def is_trial(self) -> bool:
        """Whether nothing is written."""
        return self.options.is_trial

    @property
    def default_language(self) -> str:
        """The default language of the page."""
        return page.read_page(self.ctx.session).default_language

    def known(self, item: Prepared) -> Known | None:
        """What is known of an item. Marks it as one that the source still has."""
        found = self._known.get((item.kind, item.ref))
        if found is not None:
            found.seen = True
        return found

    def outcome(self, item: Prepared, known: Known | None, public_id: str = "") -> ItemOutcome:
        """What happens to an item. `public_id` is that of its subject, for the audit log."""
        if known is None:
            return ItemOutcome.NEW
        if not self.is_present(item.kind, known):
            return ItemOutcome.CHANGED if self.options.restore_deleted else ItemOutcome.DELETED
        if known.digest == item.digest or self.source.adds_only:
            return ItemOutcome.UNCHANGED
        if not self.options.overwrite and self.is_edited(item.kind, known, public_id):
            return ItemOutcome.EDITED
        return ItemOutcome.CHANGED

    def is_present(self, kind: ItemKind, known: Known) -> bool:
        """Whether what an item became is still here."""
        if kind in {ItemKind.PAGE, ItemKind.UPTIME, ItemKind.TARGET}:
            return True
        if kind not in self._present:
            self._present[kind] = imports.present_subjects(self.ctx.session, kind.value)
        return known.subject_id in self._present[kind]

    def is_edited(self, kind: ItemKind, known: Known, public_id: str) -> bool:
        """Whether somebody changed the subject here after it was imported."""
        found = imports.latest_entries(self.ctx.session, kind.value, [public_id])
        return found.get(public_id, 0) > known.last_entry

    def gone(self) -> Iterator[tuple[ItemKind, str]]:
        """What the source no longer has, while it is still here."""
        for (kind, ref), known in self._known.items():
            if not known.seen and kind is not ItemKind.UPTIME and self.is_present(kind, known):
                yield kind, ref

    def remember(
        self, item: Prepared, subject_id: int, parts: dict[str, Any] | None = None
    ) -> Known:
        """Store the ref of a new item. Not in a dry run."""
        (number,) = self.remember_all([(item, subject_id, parts)])
        return Known(number, subject_id, item.digest, 0, parts)

    def remember_all(self, items: list[tuple[Prepared, int, dict[str, Any] | None]]) -> list[int]:
        """Store the refs of new items; the ids of the rows."""
        self.wrote = True
        last = imports.last_entry(self.ctx.session)
        rows = [
            {
                "source": self.source.kind,
                "instance": self.source.instance,
                "subject": item.kind.value,
                "ref": item.ref,
                "subject_id": subject_id,
                "digest": item.digest,
                "parts": parts,
                "last_entry": last,
                "imported_at": self.ctx.now,
            }
            for item, subject_id, parts in items
        ]
        return imports.insert_with_ids(self.ctx.session, ImportRefRow, rows)

    def renew(self, item: Prepared, known: Known, parts: dict[str, Any] | None = None) -> None:
        """Store what was read now of an item that was imported before."""
        self.wrote = True
        row = self.ctx.session.get(ImportRefRow, known.row_id)
        if row is None:  # deleted meanwhile: nothing else deletes refs
            return
        row.digest, row.parts, row.imported_at = item.digest, parts, self.ctx.now
        row.last_entry = imports.last_entry(self.ctx.session)

    def free_public_id(self, table: type[Row], wanted: str | None) -> str:
        """The wanted public id if no row has it, or else a new one."""
        if wanted and not imports.public_ids_among(self.ctx.session, table, [wanted]):
            return wanted
        return new_id()

    def time(self, text: str | None, otherwise: datetime | None = None) -> datetime:
        """A stored time; without one `otherwise`, or the time of the import."""
        return stored_time(text) or otherwise or self.ctx.now

    def trial_id(self) -> int:
        """An id for a row that a dry run does not insert."""
        self._unstored -= 1
        return self._unstored

    def service_id(self, ref: str, place: str) -> int:
        """The row of a service by its ref. Raises InvalidError naming the place."""
        found = self.service_ids.get(ref)
        if found is None:
            raise InvalidError(f"{place} names {ref[:60]!r}, which is no service.", field=place)
        return found

    def service(self, number: int) -> ServiceRow | None:
        """The row of a service, None in a dry run that did not insert it."""
        return self.ctx.session.get(ServiceRow, number) if number > 0 else None


def stored_time(text: str | None) -> datetime | None:
    """The time that a prepared item has as text, if it has one."""
    return None if text is None else datetime.fromisoformat(text)


def changed_fields(pairs: Mapping[str, tuple[object, object]]) -> tuple[FieldChange, ...]:
    """The fields whose values differ."""
    return tuple(
        FieldChange(name, _shown(before), _shown(after))
        for name, (before, after) in pairs.items()
        if before != after
    )


def _shown(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
