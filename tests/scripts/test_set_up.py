"""The set-up in the Makefile states each step, and trusts the certificates of the system."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def steps(folder: Path, **variables: str) -> list[str]:
    """The commands of `make setup` for an environment that does not exist yet; none is run."""
    return subprocess.run(
        ["make", "--dry-run", "setup", f"VENV={folder / 'venv'}"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_each_step_is_announced_on_stderr_before_it_begins(tmp_path: Path) -> None:
    lines = steps(tmp_path)
    announced = [line for line in lines if re.match(r'echo "[^"]+" >&2$', line)]
    assert [line.split('"')[1].split()[0] for line in announced] == [
        "Setting",
        "installing",
        "installing",
        "compiling",
    ]
    assert lines.index(announced[0]) < next(
        number for number, line in enumerate(lines) if "venv.sh" in line
    )


def test_uv_trusts_the_certificates_of_the_system(tmp_path: Path) -> None:
    installs = [line for line in steps(tmp_path) if "uv --quiet" in line and " install " in line]
    assert len(installs) == 2
    assert all("--system-certs" in line for line in installs)


def test_pip_gets_the_certificates_of_the_system_unless_others_are_set(tmp_path: Path) -> None:
    script = "\n".join(steps(tmp_path))
    assert '"${PIP_CERT:-' in script
