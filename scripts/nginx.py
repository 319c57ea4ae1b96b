"""Finds the nginx that the tests of exported sites use, and gets one when that is possible.

As a command (`python -m scripts.nginx`) it prints the path. Without an nginx it says why, and that
is no failure: those tests say why they are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["find", "main"]

# Where distributions put it, which is no place for ordinary users to look.
_ELSEWHERE = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def find() -> Path | None:
    """The nginx in PATH or where distributions put it, else None."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_ELSEWHERE)
    return Path(program) if program else None


def _install() -> None:
    """Get Debian's, when we are root and have apt-get; its service is not started."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", "nginx-light"]):
        subprocess.run(
            [*apt, *command],
            check=False,
            env={**environment, "RUNLEVEL": "1"},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )


def main() -> int:
    program = find()
    if program is None:
        print("No nginx here: installing one for the tests of exported sites.", file=sys.stderr)
        _install()
        program = find()
    if program is None:
        print("There is no nginx: what it serves of an export is not tested.", file=sys.stderr)
    else:
        print(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
