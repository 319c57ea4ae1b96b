"""`make bench`: measures the goals and prints their table; `make bench B="pages mails"` runs
the sections that are named.
"""

import sys
from collections.abc import Callable

from benchmarks import (
    attacks,
    exports,
    growth,
    hooks,
    idle,
    imports,
    judge,
    languages,
    mails,
    memory,
    notifications,
    outage,
    pages,
    probes,
    snapshots,
    start,
    summary,
    updates,
    webhooks,
)
from benchmarks.goals import SECTIONS_OF_GOALS, print_table

SECTIONS: dict[str, Callable[[], None]] = {
    "pages": pages.main,
    "updates": updates.main,
    "snapshots": snapshots.main,
    "start": start.main,
    "idle": idle.main,
    "growth": growth.main,
    "memory": memory.main,
    "languages": languages.main,
    "outage": outage.main,
    "summary": summary.main,
    "hooks": hooks.main,
    "import": imports.main,
    "export": exports.main,
    "notifications": notifications.main,
    "mails": mails.main,
    "webhooks": webhooks.main,
    "attacks": attacks.main,
    "judge": judge.main,
    "probes": probes.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"There is no {', '.join(unknown)}. There are: {', '.join(SECTIONS)}.")
        return 64
    for name in names or SECTIONS_OF_GOALS:
        print(f"\n== {name}", flush=True)
        SECTIONS[name]()
    print_table()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
