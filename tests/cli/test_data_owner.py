"""`fyr` beside a service: it finds the data of the service, and leaves none of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.cli.program import Fyr
from tests.e2e.serving import command

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = f"{ROOT}:{sysconfig.get_path('purelib')}"
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
# Root without the right to become another user, as in some containers.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-all"]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data directory of a service that runs as nobody, in a folder that everybody can read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "data"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        yield folder


@cache
def interpreter() -> str | None:
    """A Python that others than root may run too, with the packages of this one."""
    name = "python{}.{}".format(*sys.version_info)
    for each in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            words = [each, "-c", "import app.settings"]
            environment = {"PYTHONPATH": PACKAGES, "PYTHONDONTWRITEBYTECODE": "1"}
            tried = subprocess.run(words, check=False, env=environment, user=NOBODY, cwd="/")
        except OSError:
            continue
        if tried.returncode == 0:
            return each
    return None


@pytest.fixture
def program(data: Path) -> Path:
    """`deploy/fyr` in a release folder of its own."""
    python = interpreter()
    if python is None:
        pytest.skip("no Python here can be run by another user than root")
    release = data.parent / "release"
    (release / "deploy").mkdir(parents=True)
    (release / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "fyr", release / "deploy")
    fyr = release / ".venv" / "bin" / "fyr"
    fyr.write_text(f'#!/bin/sh\nPYTHONPATH={PACKAGES} exec {python} -m app.cli "$@"\n')
    fyr.chmod(0o755)
    return release / "deploy" / "fyr"


def run(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    _, environment = command(environment=variables)
    return subprocess.run(
        [str(each) for each in words],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
    )


@as_root
def test_a_command_of_root_uses_the_settings_and_the_user_of_the_service(
    program: Path, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "fyr.env"
    file.write_text(f"FYR_BASE_URL=https://status.example.com\nFYR_DATA_DIR={data}\n")
    file.chmod(0o600)
    missing = run(program, "user", "list", FYR_ENV_FILE=str(file)).stderr
    assert f"{data}/fyr.db does not exist" in missing
    assert run(program, "migrate", FYR_ENV_FILE=str(file)).stderr == ""
    added = run(program, "user", "add", "ada@example.com", FYR_ENV_FILE=str(file))
    assert "https://status.example.com/" in added.stdout
    written = {each.name: each.stat().st_uid for each in data.rglob("*")}
    assert "fyr.db" in written
    assert set(written.values()) == {NOBODY}


@as_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="there is no setpriv")
def test_a_command_of_root_that_cannot_become_the_owner_writes_nothing(data: Path) -> None:
    words, _ = command("migrate")
    done = run(*WITHOUT_RIGHTS, *words, FYR_DATA_DIR=str(data))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"fyr: {data} belongs to nobody" in done.stderr
    assert "runuser -u nobody -- fyr" in done.stderr
    assert list(data.iterdir()) == []


@as_root
def test_data_of_two_users_is_refused(data: Path) -> None:
    other = data.parent / "other"
    other.mkdir()
    os.chown(other, 1, 1)
    words, _ = command("migrate")
    url = f"sqlite:///{other}/fyr.db"
    done = run(*words, FYR_DATA_DIR=str(data), FYR_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "belong to different users" in done.stderr
    assert list(other.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("user", "list"), ("backup", "-"), ("worker",), ("dump",), ("audit", "verify")]
)
def test_a_command_without_a_database_says_where_it_looked(
    fyr: Fyr, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FYR_DATABASE_URL")
    done = fyr(*words)
    assert done.code == 1
    assert f"{tmp_path}/var/fyr.db does not exist" in done.err
    assert "fyr migrate" in done.err
    assert not (tmp_path / "var").exists()


def test_a_file_of_settings_that_cannot_be_read_is_named(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_ENV_FILE", "/gone/fyr.env")
    done = fyr("user", "list")
    assert (done.code, done.err) == (
        1,
        "fyr: The file /gone/fyr.env cannot be read: No such file or directory.\n",
    )
