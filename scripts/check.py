"""`make check`: everything that can be verified without running the program, cheapest first.

All checks run even when one fails, so that one run reports every problem. Two run at a time: mypy
takes as long as all others together.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

__all__ = ["MODULES", "TOOLS", "main"]

# Third-party programs, as one would type them.
TOOLS = (
    "ruff format --check --quiet .",
    "ruff check --quiet --output-format concise .",
    "mypy",
    "lint-imports",
)
# Modules of scripts/: the function `problems(root)` of each returns one line per problem.
MODULES = (
    "catalogues",
    "templates",
    "sizes",
    "class_names",
    "lazy_imports",
    "compatible_migrations",
    "wording",
    "versions",
    "addresses",
    "locks",
)


def _run_tool(command: str) -> list[str]:
    program, *arguments = command.split()
    path = Path(sys.executable).parent / program
    done = subprocess.run([path, *arguments], check=False, capture_output=True, text=True)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def _run_module(name: str) -> list[str]:
    problems: Callable[[Path], list[str]] = import_module(f"scripts.{name}").problems
    return problems(Path.cwd())


def _timed(name: str, run: Callable[[str], list[str]]) -> tuple[str, list[str], float]:
    start = time.monotonic()
    return name, run(name), time.monotonic() - start


def _report(name: str, problems: list[str], seconds: float) -> bool:
    """Print the result of one check; whether it passed."""
    print(f"{'not ok' if problems else 'ok':7}{name} ({seconds:.1f} s)", flush=True)
    for problem in problems:
        print(f"       {problem}", flush=True)
    return not problems


def main() -> int:
    names = (*TOOLS, *MODULES)
    runners = [_run_tool] * len(TOOLS) + [_run_module] * len(MODULES)
    with ThreadPoolExecutor(2) as pool:
        passed = [_report(*result) for result in pool.map(_timed, names, runners)]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
