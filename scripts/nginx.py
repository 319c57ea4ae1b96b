"""Finds an nginx for the tests of exported sites, or installs one.

`python -m scripts.nginx` prints its path, or why there is none. It never fails: without nginx these
tests are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["find", "main"]

# Where distributions install it; these are not in the PATH of every user.
_ELSEWHERE = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def find() -> Path | None:
    """The nginx in PATH or where distributions install it, else None."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_ELSEWHERE)
    return Path(program) if program else None


def _install() -> None:
    """Install Debian's as root with apt-get, without starting its service."""
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
