import os
from pathlib import Path

import pytest

from tests.cli.program import Fyr


def modes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o077 for each in folder.rglob("*")}


def test_files_are_for_their_owner_alone_whatever_the_umask(
    fyr: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.delenv("FYR_DATABASE_URL")
    monkeypatch.setenv("FYR_DATA_DIR", str(data))
    former = os.umask(0)
    try:
        assert fyr("migrate").code == 0
        assert fyr("token", "add", "a").code == 0
        assert fyr("key", "rotate").code == 0
        assert os.umask(0) == 0
    finally:
        os.umask(former)
    assert {"fyr.db", "secret.key"} <= set(modes(data))
    assert set(modes(data).values()) == {0}
    assert data.stat().st_mode & 0o077 == 0


def test_files_of_an_earlier_release_are_closed_at_the_next_start(
    fyr: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FYR_DATABASE_URL")
    monkeypatch.setenv("FYR_DATA_DIR", str(tmp_path / "data"))
    assert fyr("migrate").code == 0
    file = tmp_path / "data" / "fyr.db"
    file.chmod(0o644)
    assert fyr("token", "add", "a").code == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_is_to_be_served_by_others(fyr: Fyr, tmp_path: Path) -> None:
    former = os.umask(0o022)
    try:
        assert fyr("export", str(tmp_path / "site")).code == 0
    finally:
        os.umask(former)
    assert all(mode & 0o044 for mode in modes(tmp_path / "site").values())
