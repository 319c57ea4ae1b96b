"""Files of imports: what is a day old is deleted, unless a process runs the import."""

import os
from pathlib import Path

import pytest

from app.domain.errors import ConflictError
from app.usecases.imports.runs.run_files import ImportFiles

DAY = 86_400.0


def age(folder: Path, seconds: float) -> None:
    for each in (folder, *folder.rglob("*")):
        os.utime(each, (-seconds + 2e9, -seconds + 2e9))


def test_what_is_a_day_old_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    files = ImportFiles(tmp_path)
    files.sweep(2e9)  # no folder yet
    for name, seconds in (("old.json", DAY + 60), ("new.json", DAY - 60)):
        upload = files.add_upload(name)
        upload.path.write_bytes(b"{}")
        age(upload.path.parent, seconds)
    lock = files.take_lock("runningrunni")
    age(tmp_path / "imports" / "runningrunni", 2 * DAY)
    files.sweep(2e9)
    assert {each.name for each in (tmp_path / "imports").rglob("*.json")} == {"new.json"}
    assert files.is_locked("runningrunni")
    os.close(lock)
    files.sweep(2e9)
    assert files.is_locked("runningrunni") is None


def test_an_import_is_locked_until_the_last_descriptor_is_closed(tmp_path: Path) -> None:
    files = ImportFiles(tmp_path)
    assert files.is_locked("abcabcabcabc") is None
    lock = files.take_lock("abcabcabcabc")
    inherited = os.dup(lock)
    os.close(lock)
    assert files.is_locked("abcabcabcabc") is True
    with pytest.raises(ConflictError):
        files.take_lock("abcabcabcabc")
    os.close(inherited)
    assert files.is_locked("abcabcabcabc") is False
    os.close(files.take_lock("abcabcabcabc"))


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("kuma.db", "kuma.db"),
        ("C:\\Users\\Ada\\kuma.db", "kuma.db"),
        ("../../etc/passwd", "passwd"),
        ("...", "upload"),
        ("", "upload"),
        ("\x00.db", "db"),
        ("د.json", "json"),
        ("x" * 300 + ".json", "x" * 95 + ".json"),
    ],
)
def test_a_name_of_an_upload_stays_within_its_folder(
    tmp_path: Path, name: str, stored: str
) -> None:
    upload = ImportFiles(tmp_path).add_upload(name)
    assert upload.name == stored
    assert upload.path.parent.parent == tmp_path / "imports"
    upload.discard()
    assert not upload.path.parent.exists()
