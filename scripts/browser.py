"""Finds the Chromium that the browser tests use, and gets one when there is none.

As a command (`python -m scripts.browser`) it prints the path; without a browser it says why and
exits with 1.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["arguments", "find", "main"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> Path | None:
    """The browser named by CHROMIUM, else one in PATH, else Playwright's own, else None.

    A CHROMIUM that does not exist is a mistake, not a wish for another: it gives None.
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
    return program if program.exists() else None


def arguments() -> list[str]:
    """What Chromium needs to be told to start here."""
    # Its sandbox refuses root; the pages it opens in tests are our own. Small /dev/shm: containers.
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []


def install(run: Callable[[list[str]], bool]) -> bool:
    """Get a browser: Debian's when we are root and have apt-get, otherwise Playwright's."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        if run([*apt, "update"]) and run([*apt, "install", "-y", "chromium"]):
            return True
    return run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # stdout is for the path alone.
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
