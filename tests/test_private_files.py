"""Private files are for their owner alone, and complete or not there."""

import stat
from pathlib import Path

import pytest

from app import private_files
from app.domain.errors import UnavailableError


def test_a_file_is_for_its_owner_alone_and_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "key"
    private_files.write_new(file, b"former")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        private_files.write_new(file, b"later")
    assert file.read_bytes() == b"former"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(b"former")

    def fail() -> None:
        with private_files.replacing(file) as out:
            out.write(b"half")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert [each.name for each in tmp_path.iterdir()] == ["backup"]
    assert file.read_bytes() == b"former"
    with private_files.replacing(file) as out:
        out.write(b"later")
        assert file.read_bytes() == b"former"
    assert file.read_bytes() == b"later"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_lock_is_held_by_one_at_a_time_and_leads_nowhere_else(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "lock", tmp_path / "elsewhere"
    with private_files.locked(file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with pytest.raises(BlockingIOError), private_files.locked(file, wait=False):
            pass
    file.unlink()
    elsewhere.write_bytes(b"of somebody else")
    file.symlink_to(elsewhere)
    with (
        pytest.raises(
            UnavailableError, match="lock file lock of the data directory cannot be opened"
        ),
        private_files.locked(file),
    ):
        pass
    assert elsewhere.read_bytes() == b"of somebody else"
