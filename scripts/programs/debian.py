"""Programs of Debian that tests need: found where distributions install them, or installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["find_program", "install", "print_program"]

# Where distributions install servers; these are not in the PATH of every user.
_ELSEWHERE = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def find_program(name: str) -> Path | None:
    """The program in PATH or where distributions install it, else None."""
    program = shutil.which(name) or shutil.which(name, path=_ELSEWHERE)
    return Path(program) if program else None


def install(package: str) -> None:
    """Install a package as root with apt-get, without starting its service."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(
            [*apt, *command],
            check=False,
            env={**environment, "RUNLEVEL": "1"},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )


def print_program(name: str, package: str, *, missing: str, without: str) -> None:
    """Print the path of a program, which is installed first where there is none.

    `missing` is printed before it is installed, `without` when that failed.
    """
    program = find_program(name)
    if program is None:
        print(missing, file=sys.stderr)
        install(package)
        program = find_program(name)
    if program is None:
        print(without, file=sys.stderr)
    else:
        print(program)
