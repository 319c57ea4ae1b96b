"""Report of `fyr import` as text."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.usecases.imports.report import ChangedItem, ImportReport, ItemOutcome

__all__ = ["report_lines"]

_MOST_REFS = 20
_OUTCOMES: Mapping[ItemOutcome, str] = {
    ItemOutcome.NEW: "new",
    ItemOutcome.UNCHANGED: "unchanged",
    ItemOutcome.CHANGED: "changed",
    ItemOutcome.EDITED: "edited here",
    ItemOutcome.DELETED: "deleted here",
    ItemOutcome.GONE: "gone there",
}
# Counts of the first line, in its order: the name, and the word for one.
_COUNTS: Sequence[tuple[str, str]] = (
    ("groups", "group"),
    ("services", "service"),
    ("archived_services", "archived service"),
    ("incidents", "incident"),
    ("maintenances", "maintenance"),
    ("subscribers", "subscriber"),
    ("uptime_intervals", "interval of uptime"),
    ("targets", "target"),
)
_PLURALS = {"archived_services": "archived services", "uptime_intervals": "intervals of uptime"}


def report_lines(report: ImportReport, source: str) -> Iterator[str]:
    """The lines of a report. Only the first one differs between a dry run and a real one."""
    shown = source if source.startswith(("http://", "https://")) else Path(source).name
    written = " Nothing was written." if report.is_trial else ""
    name = report.name or shown
    yield f"{name} ({report.source}, {shown}): {', '.join(_counts(report.counts))}.{written}"
    yield "   ".join(f"{_OUTCOMES[each]} {report.outcomes[each]}" for each in ItemOutcome)
    # What needs a person comes first.
    entries = sorted(
        report.entries.items(), key=lambda each: (not each[0].startswith("open."), each)
    )
    width = max((len(code) for code, _ in entries), default=0)
    for code, refs in entries:
        named = [ref for ref in refs if ref]
        more = f" and {len(named) - _MOST_REFS} more" if len(named) > _MOST_REFS else ""
        line = f"{code:<{width}} {len(refs):>4}   {', '.join(named[:_MOST_REFS])}{more}"
        yield line.rstrip()
    for change in report.changes:
        yield _change(change)


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    for name, one in _COUNTS:
        number = counts.get(name, 0)
        if number == 0 and name not in {"services", "incidents"}:
            continue
        text = f"{number} {one if number == 1 else _PLURALS.get(name, name)}"
        if name == "incidents" and counts.get("updates"):
            updates = counts["updates"]
            text += f" with {updates} update{'' if updates == 1 else 's'}"
        yield text


def _change(change: ChangedItem) -> str:
    fields = ", ".join(f"{each.name} {each.before!r} -> {each.after!r}" for each in change.fields)
    line = f"{_OUTCOMES[change.outcome]}: {change.kind.value} {change.ref}"
    return f"{line}: {fields}" if fields else line
