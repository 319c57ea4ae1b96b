"""Goals: a table of what a run has found, beside what it must reach and what would be better."""

from dataclasses import dataclass

__all__ = ["GOALS", "SECTIONS_OF_GOALS", "Goal", "print_table", "record"]


@dataclass(frozen=True)
class Goal:
    """A row: the figure, its yardstick, its two goals, and the section that measures it."""

    key: str
    what: str
    yardstick: str
    must: str
    moonshot: str
    section: str


GOALS = (
    Goal("page", "overview from memory, CPU per request", "nginx", "0.60", "1.0", "pages"),
    Goal("304", "304", "nginx", "0.50", "0.8", "pages"),
    Goal("connection", "new connection per request", "nginx", "0.35", "0.5", "pages"),
    Goal("unique", "every request head differs", "nginx", "0.40", "0.5", "pages"),
    Goal("idle SQLite", "idle CPU, web; worker, SQLite", "a core", "0.5 %", "0.1 %", "idle"),
    Goal(
        "idle PostgreSQL", "idle CPU, web; worker, PostgreSQL", "a core", "0.5 %", "0.1 %", "idle"
    ),
    Goal("memory", "resident memory, web: started", "", "110 MB", "80 MB", "memory"),
    Goal(
        "memory read", "after API and console use, 30,000 pages", "", "150 MB", "100 MB", "memory"
    ),
    Goal("help", "fyr --help", "python -c pass", "0.4 s", "0.2 s", "start"),
    Goal("verdict", "fyr judge FILE", "python -c pass", "0.8 s", "0.4 s", "start"),
    Goal("start", "start to first page, snapshot", "uvicorn", "0.7 s", "0.5 s", "start"),
    Goal("start none", "start to first page, no snapshot", "uvicorn", "1.0 s", "0.7 s", "start"),
    Goal("start empty", "start to first page, empty", "uvicorn", "1.2 s", "0.9 s", "start"),
    Goal("visible", "publish to visible, same process, p99", "", "50 ms", "20 ms", "updates"),
    Goal("visible SQLite", "the same, other process, SQLite", "", "200 ms", "100 ms", "updates"),
    Goal(
        "visible PostgreSQL",
        "the same, other process, PostgreSQL",
        "",
        "200 ms",
        "100 ms",
        "updates",
    ),
    Goal("update", "CPU of posting one update, all included", "", "20 ms", "10 ms", "updates"),
    Goal("snapshot", "snapshot behind a change, 200 services", "", "2 s", "1 s", "snapshots"),
    Goal("hooks SQLite", "hooks accepted, 10 senders, SQLite", "INSERTs", "0.8", "2", "hooks"),
    Goal("hooks PostgreSQL", "hooks accepted, PostgreSQL", "INSERTs", "0.5", "1", "hooks"),
    Goal("fleet", "stored fleet judged, per core", "", "4,000/s", "10,000/s", "judge"),
    Goal("probes", "whole probes anew, per core", "", "30,000/min", "60,000/min", "probes"),
    Goal("probes growth", "ten times the targets", "", "10 x", "9 x", "probes"),
    Goal("visitors", "visitors' p99 at 2,000/s, update a second", "nginx", "1.2", "1.0", "updates"),
    Goal("outage", "visitors without a page, database killed", "", "0", "0", "outage"),
)
SECTIONS_OF_GOALS = tuple(dict.fromkeys(goal.section for goal in GOALS))
_KEYS = frozenset(goal.key for goal in GOALS)
_found: dict[str, str] = {}


def record(key: str, figure: str) -> None:
    """Record the figure of a row for the table at the end of the run."""
    if key not in _KEYS:
        raise KeyError(f"no goal has the key {key!r}")
    _found[key] = figure


def print_table() -> None:
    """Print the rows that this run has measured; nothing without any."""
    if not _found:
        return
    rows = [("what", "yardstick", "must", "moonshot", "found")]
    rows += [
        (goal.what, goal.yardstick, goal.must, goal.moonshot, _found[goal.key])
        for goal in GOALS
        if goal.key in _found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print("\n== goals", flush=True)
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), flush=True)
