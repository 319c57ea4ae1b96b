"""Finds an nginx for the tests of exported sites, or installs one.

`python -m scripts.programs.nginx` prints its path, or why there is none. It never fails: without
nginx these tests are skipped.
"""

import sys
from pathlib import Path

from scripts.programs.debian import find_program, print_program

__all__ = ["find", "main"]


def find() -> Path | None:
    """The nginx in PATH or where distributions install it, else None."""
    return find_program("nginx")


def main() -> int:
    print_program(
        "nginx",
        "nginx-light",
        missing="No nginx here: installing one for the tests of exported sites.",
        without="There is no nginx: what it serves of an export is not tested.",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
