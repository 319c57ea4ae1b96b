"""Finds an Alertmanager for the test with a real one, or downloads Debian's.

`python -m scripts.programs.alertmanager` prints its path, or why there is none. It never
fails: without an Alertmanager the test is skipped. The package is unpacked into .venv and not
installed, so that no service starts. Debian's program reads its templates at a fixed path: only who
may write there can use the unpacked one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["find", "main"]

_PACKAGE = "prometheus-alertmanager"
# Debian's build has this path compiled in.
_TEMPLATES = Path("/usr/share/prometheus/alertmanager")
_FOLDER = Path(__file__).resolve().parents[2] / ".venv" / "alertmanager"

Run = Callable[[list[str], Path], bool]


def find() -> Path | None:
    """The program named by ALERTMANAGER, else one in PATH, else the one that was unpacked."""
    for name in (os.environ.get("ALERTMANAGER"), _PACKAGE, "alertmanager"):
        if name and (program := shutil.which(name)):
            return Path(program)
    unpacked = _FOLDER / "usr" / "bin" / _PACKAGE
    return unpacked if unpacked.exists() and _TEMPLATES.exists() else None


def unpack(run: Run) -> bool:
    """Fetch Debian's package and unpack it beside the virtual environment."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    _FOLDER.mkdir(parents=True, exist_ok=True)
    if not run(["apt-get", "-qq", "download", _PACKAGE], _FOLDER):
        return False
    packages = sorted(_FOLDER.glob("*.deb"))
    if not (packages and run(["dpkg-deb", "-x", str(packages[-1]), str(_FOLDER)], _FOLDER)):
        return False
    return _TEMPLATES.exists() or _copy_templates(_FOLDER / _TEMPLATES.relative_to("/"))


def _copy_templates(unpacked: Path) -> bool:
    try:
        shutil.copytree(unpacked, _TEMPLATES)
    except OSError as error:
        print(f"The templates cannot be copied to {_TEMPLATES}: {error}", file=sys.stderr)
        return False
    return True


def _run(command: list[str], folder: Path) -> bool:
    done = subprocess.run(
        command, check=False, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    return done.returncode == 0


def main() -> int:
    if find() is None:
        unpack(_run)
    print(find() or "There is no Alertmanager; the test with the real one is skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
