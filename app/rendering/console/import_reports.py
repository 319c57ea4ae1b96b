"""Report of an import as the console shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from app.domain.texts.phrases import N_

__all__ = ["ImportReportView", "report_view"]

_MOST_REFS = 20
_MOST_CHANGES = 200
# Outcomes that are shown also when nothing has them.
_ALWAYS = frozenset({"new", "unchanged", "changed"})
_OUTCOMES: Mapping[str, str] = {
    "new": N_("New"),
    "unchanged": N_("Unchanged"),
    "changed": N_("Changed"),
    "edited": N_("Edited here"),
    "deleted": N_("Deleted here"),
    "gone": N_("No longer at the source"),
}
# The counts of the source under each name.
_COUNTS: Mapping[str, Sequence[str]] = {
    N_("Services"): ("services", "archived_services"),
    N_("Incidents"): ("incidents",),
    N_("Updates"): ("updates",),
    N_("Maintenance"): ("maintenances",),
    N_("Subscribers"): ("subscribers",),
}


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code of the report: how often, and the first refs."""

    code: str
    count: int
    refs: Sequence[str]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ImportReportView:
    """A report: its name, what the source has, the outcomes, the codes and the changes."""

    name: str
    counts: Sequence[tuple[str, int]]
    outcomes: Sequence[tuple[str, int]]
    codes: Sequence[CodeView]
    changes: Sequence[Mapping[str, Any]]
    outcome_names: Mapping[str, str]


def report_view(report: Mapping[str, Any], catalogue: NullTranslations) -> ImportReportView:
    """The view of a stored report; what needs a person comes first."""
    names = {outcome: catalogue.gettext(name) for outcome, name in _OUTCOMES.items()}
    codes = sorted(
        report["report"], key=lambda each: (not each["code"].startswith("open."), each["code"])
    )
    return ImportReportView(
        report["name"] or report["source"],
        _counts(report["counts"], catalogue),
        [
            (name, report["outcomes"].get(outcome, 0))
            for outcome, name in names.items()
            if outcome in _ALWAYS or report["outcomes"].get(outcome)
        ],
        [_code(each) for each in codes],
        report["changes"][:_MOST_CHANGES],
        names,
    )


def _counts(counts: Mapping[str, int], catalogue: NullTranslations) -> Sequence[tuple[str, int]]:
    found = [
        (catalogue.gettext(name), sum(counts.get(each, 0) for each in each_of))
        for name, each_of in _COUNTS.items()
    ]
    return [(name, number) for name, number in found if number]


def _code(entry: Mapping[str, Any]) -> CodeView:
    refs = entry["refs"]
    return CodeView(entry["code"], entry["count"], refs[:_MOST_REFS], len(refs) > _MOST_REFS)
