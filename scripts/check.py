"""`make check`: everything that can be known without running the program, cheapest first.

All checks run even when one fails, so that one run tells everything there is to mend.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

__all__ = ["HOUSE", "TOOLS", "main"]

# Programs of others, as one would type them.
TOOLS = (
    "ruff format --check --quiet .",
    "ruff check --quiet --output-format concise .",
    "mypy",
    "lint-imports",
)
# Modules of scripts/: each has `problems(root)`, which tells what is wrong.
HOUSE = ("catalogues", "templates", "sizes", "versions", "addresses", "locks")


def _tool(command: str) -> list[str]:
    program, *arguments = command.split()
    path = Path(sys.executable).parent / program
    done = subprocess.run([path, *arguments], check=False, capture_output=True, text=True)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def _house(name: str) -> list[str]:
    problems: Callable[[Path], list[str]] = import_module(f"scripts.{name}").problems
    return problems(Path.cwd())


def _passes(name: str, look: Callable[[str], list[str]]) -> bool:
    start = time.monotonic()
    problems = look(name)
    mark = "not ok" if problems else "ok"
    print(f"{mark:7}{name} ({time.monotonic() - start:.1f} s)", flush=True)
    for problem in problems:
        print(f"       {problem}", flush=True)
    return not problems


def main() -> int:
    passed = [_passes(tool, _tool) for tool in TOOLS]
    passed += [_passes(name, _house) for name in HOUSE]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
