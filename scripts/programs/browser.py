"""Finds a Chromium for the browser tests, or installs one.

`python -m scripts.programs.browser` prints its path. Without a browser it prints the reason
and exits with 1.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["arguments", "find", "main"]

# The headless shell draws no windows: the tests need 5.7 s of processor time instead of 14.2 s for
# eight pages, measured with Chromium 156.
_SHELL = "chromium-headless-shell"
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> Path | None:
    """The browser named by CHROMIUM, else one in PATH, else Playwright's own, else None.

    The headless shell of Chromium comes first. If CHROMIUM names a program that does not exist, the
    result is None: no other one is used.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        program = shutil.which(named)
        return Path(program) if program else None
    for name in _NAMES:
        if program := shutil.which(name):
            return Path(program)
    return _of_playwright()


def _of_playwright() -> Path | None:
    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    # <browsers>/chromium-1234/<platform>/chrome, and beside it chromium_headless_shell-1234.
    revision = program.parents[1].name.rpartition("-")[2]
    shells = program.parents[2].glob(f"chromium_headless_shell-{revision}/*/*headless*shell")
    return next((each for each in (*shells, program) if each.exists()), None)


def arguments() -> list[str]:
    """The arguments with which Chromium starts on this machine."""
    # The sandbox refuses root, and /dev/shm is small in containers. Tests open our own pages only.
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []


def install(run: Callable[[list[str]], bool]) -> bool:
    """Install a browser: Debian's as root with apt-get, otherwise Playwright's."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        packages = (_SHELL, "chromium")
        if run([*apt, "update"]) and any(run([*apt, "install", "-y", each]) for each in packages):
            return True
    return run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Standard output is reserved for the path.
    done = subprocess.run(
        command, check=False, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    return done.returncode == 0


def main() -> int:
    program = find()
    if program is None and os.environ.get("CHROMIUM"):
        print(f"CHROMIUM={os.environ['CHROMIUM']} is no program.", file=sys.stderr)
        return 1
    if program is None:
        print("No Chromium here: installing one for the browser tests.", file=sys.stderr)
        program = find() if install(_run) else None
    if program is None:
        print(
            "There is no Chromium and none could be installed (see above). "
            "Install one, or name it: make test CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
        return 1
    print(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
