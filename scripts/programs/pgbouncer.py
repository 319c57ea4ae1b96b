"""Finds a PgBouncer for the tests of a pooled database, or installs one.

`python -m scripts.programs.pgbouncer` prints its path, or why there is none. It never fails:
without PgBouncer these tests are skipped.
"""

import sys
from pathlib import Path

from scripts.programs.debian import find_program, print_program

__all__ = ["find", "main"]


def find() -> Path | None:
    """The pgbouncer in PATH or where distributions install it, else None."""
    return find_program("pgbouncer")


def main() -> int:
    print_program(
        "pgbouncer",
        "pgbouncer",
        missing="No PgBouncer here: installing one for tests of a pooled database.",
        without="There is no PgBouncer: a pooled database is not tested.",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
