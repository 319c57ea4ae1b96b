"""Report of an import: what is or would be written, guessed, corrected and left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.ports.importer import ItemKind, ReportEntry

__all__ = ["ChangedItem", "FieldChange", "ImportReport", "ItemOutcome"]


class ItemOutcome(StrEnum):
    """What an import does with one thing of the source.

    `edited`: somebody changed it here since, so it is left; `deleted`: it was deleted here, and
    stays so; `gone`: the source no longer has it, and it stays here.
    """

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    EDITED = "edited"
    DELETED = "deleted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that an import changes, with the value before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """A thing that is on the page already and that the import changes or leaves."""

    kind: ItemKind
    ref: str
    outcome: ItemOutcome
    fields: tuple[FieldChange, ...] = ()


@dataclass
class ImportReport:
    """The report of one import, equal for a dry run and a real one.

    `counts` are the things that the source has, by the names that the report shows: services,
    incidents, updates, maintenances, subscribers and so on. `new` are those that were added.
    """

    source: str = ""
    name: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    outcomes: dict[ItemOutcome, int] = field(default_factory=lambda: dict.fromkeys(ItemOutcome, 0))
    changes: list[ChangedItem] = field(default_factory=list)
    new: Counter[ItemKind] = field(default_factory=Counter)
    is_trial: bool = False
    _entries: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, *entries: ReportEntry) -> None:
        """Add entries; each one counts once."""
        for each in entries:
            self._entries.setdefault(each.code, {})[each.ref] = None

    def count(self, name: str, number: int = 1) -> None:
        """Count things of the source."""
        self.counts[name] = self.counts.get(name, 0) + number

    def note(self, kind: ItemKind, outcome: ItemOutcome, number: int = 1) -> None:
        """Count the outcome of things of one kind."""
        self.outcomes[outcome] += number
        if outcome is ItemOutcome.NEW:
            self.new[kind] += number

    def change(
        self, kind: ItemKind, ref: str, outcome: ItemOutcome, fields: Iterable[FieldChange] = ()
    ) -> None:
        """Count the outcome of a thing that is here already, and list it."""
        self.note(kind, outcome)
        self.changes.append(ChangedItem(kind, ref, outcome, tuple(fields)))

    @property
    def entries(self) -> Mapping[str, Sequence[str]]:
        """The refs by code, sorted by code; the refs in the order of the source."""
        return {code: tuple(self._entries[code]) for code in sorted(self._entries)}

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values. Addresses of subscribers are not in it."""
        return {
            "source": self.source,
            "name": self.name,
            "written": not self.is_trial,
            "counts": dict(self.counts),
            "outcomes": {outcome.value: number for outcome, number in self.outcomes.items()},
            "report": [
                {"code": code, "ref": ref} for code, refs in self.entries.items() for ref in refs
            ],
            "changes": [
                {
                    "kind": each.kind.value,
                    "ref": each.ref,
                    "outcome": each.outcome.value,
                    "fields": [
                        {"name": one.name, "before": one.before, "after": one.after}
                        for one in each.fields
                    ],
                }
                for each in self.changes
            ],
        }
