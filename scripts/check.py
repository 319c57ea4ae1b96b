"""`make check`: everything that can be known without running the program, cheapest first.

All checks run even when one fails, so that one run tells everything there is to mend. Two run at a
time: mypy takes as long as all others.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


def _timed(name: str, look: Callable[[str], list[str]]) -> tuple[str, list[str], float]:
    start = time.monotonic()
    return name, look(name), time.monotonic() - start


def _passes(name: str, problems: list[str], seconds: float) -> bool:
    print(f"{'not ok' if problems else 'ok':7}{name} ({seconds:.1f} s)", flush=True)
    for problem in problems:
        print(f"       {problem}", flush=True)
    return not problems


def main() -> int:
    names = (*TOOLS, *HOUSE)
    looks = [_tool] * len(TOOLS) + [_house] * len(HOUSE)
    with ThreadPoolExecutor(2) as hands:
        passed = [_passes(*done) for done in hands.map(_timed, names, looks)]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
