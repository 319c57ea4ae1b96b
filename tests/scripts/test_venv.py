import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "venv.sh"


def make(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, python, folder], check=False, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("stand_in", "advice"),
    [
        (None, "There is no '"),
        ('test "$1" = -c && exit 1; echo Python 3.9.2', "is Python 3.9.2: name a newer one"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "has no venv or no ensurepip: install them"),
        ('case "$2" in venv) exit 1;; esac', "Making the environment failed"),
    ],
    ids=["no python", "an old one", "no venv", "a failure"],
)
def test_a_missing_program_is_named(tmp_path: Path, stand_in: str | None, advice: str) -> None:
    python = tmp_path / "python3"
    if stand_in is not None:
        python.write_text(f"#!/bin/sh\n{stand_in}\n")
        python.chmod(0o755)
    done = make(str(python), tmp_path / "env")
    assert done.returncode == 1
    assert "Fyr needs Python 3.11 or newer with pip and venv." in done.stderr
    assert advice in done.stderr


def test_an_incomplete_environment_is_created_again(tmp_path: Path) -> None:
    stamp = tmp_path / "env" / ".installed-runtime"
    stamp.parent.mkdir()
    stamp.touch()
    assert make(sys.executable, tmp_path / "env").returncode == 0
    assert (tmp_path / "env" / "bin" / "python").exists()
    assert not stamp.exists()
