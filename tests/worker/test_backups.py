"""Nightly backups: one each night, the newest ones remain, and a failure shows."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from app.db.tables import PageRow
from app.usecases.backups.document import BackupReader
from app.usecases.backups.nightly import backup_state
from app.usecases.context import SHELL
from app.worker.backups import BackupBucket, BackupFolder, BackupPlace, NightlyBackups, backup_place
from tests.cast import Backend
from tests.factories import make_service

EVENING = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def backups(backend: Backend, place: BackupPlace, keep: int = 14) -> NightlyBackups:
    return NightlyBackups(backend.database, place, lambda: "0123456789abcdef", keep)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def hours(backend: Backend, nightly: NightlyBackups, number: int) -> None:
    for _ in range(number):
        asyncio.run(nightly.run_due())
        backend.clock.now += HOUR


def test_the_first_backup_is_written_at_once_and_one_more_each_night(
    each_backend: Backend, folder: Path
) -> None:
    each_backend.clock.now = EVENING
    hours(each_backend, backups(each_backend, BackupFolder(folder)), 48)
    assert names(folder) == [
        "fyr-20260328T200000Z.backup",
        "fyr-20260329T020000Z.backup",
        "fyr-20260330T020000Z.backup",
    ]


def test_the_night_is_that_of_the_time_zone_of_the_page(backend: Backend, folder: Path) -> None:
    with backend.writing() as ctx:
        page = ctx.session.get_one(PageRow, 1)
        page.time_zone = "America/New_York"
    backend.clock.now = EVENING
    hours(backend, backups(backend, BackupFolder(folder)), 24)
    assert names(folder)[1:] == ["fyr-20260329T060000Z.backup"]


def test_a_written_backup_can_be_read(backend: Backend, folder: Path) -> None:
    with backend.writing() as ctx:
        make_service(ctx)
    asyncio.run(backups(backend, BackupFolder(folder)).run_due())
    with BackupReader(folder / names(folder)[0]) as reader:
        assert reader.header.rows["service"] == 1


def test_the_newest_backups_remain_and_other_files_too(backend: Backend, folder: Path) -> None:
    folder.mkdir()
    (folder / "fyr-notes.backup").touch()
    backend.clock.now = EVENING
    hours(backend, backups(backend, BackupFolder(folder), keep=2), 24 * 5)
    assert names(folder) == [
        "fyr-20260401T020000Z.backup",
        "fyr-20260402T020000Z.backup",
        "fyr-notes.backup",
    ]


def test_of_two_workers_one_writes_it(each_backend: Backend, folder: Path) -> None:
    each_backend.clock.now = EVENING
    for worker in (1, 2):
        asyncio.run(backups(each_backend, BackupFolder(folder / str(worker))).run_due())
    assert names(folder) == ["1"]


def test_a_failure_is_logged_with_its_reason_and_tried_again_an_hour_later(
    backend: Backend, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file is in the way")
    backend.clock.now = EVENING
    nightly = backups(backend, BackupFolder(folder))
    for _ in range(30):
        asyncio.run(nightly.run_due())
        backend.clock.now += timedelta(minutes=1)
    failures = [each for each in caplog.records if "backup.failed" in each.getMessage()]
    assert [each.levelno for each in failures] == [logging.ERROR]
    assert f"{folder} cannot be created: File exists" in failures[0].getMessage()
    folder.unlink()
    backend.clock.now = EVENING + HOUR
    asyncio.run(nightly.run_due())
    assert names(folder) == ["fyr-20260328T210000Z.backup"]


def test_failing_backups_are_a_state_until_one_succeeds(backend: Backend, folder: Path) -> None:
    folder.touch()
    backend.clock.now = EVENING
    nightly = backups(backend, BackupFolder(folder))
    asyncio.run(nightly.run_due())
    assert not failing(backend)
    backend.clock.now += HOUR
    assert failing(backend)
    folder.unlink()
    asyncio.run(nightly.run_due())
    assert not failing(backend)


def test_without_a_worker_the_backup_counts_as_failing_after_26_hours(
    backend: Backend, folder: Path
) -> None:
    backend.clock.now = EVENING
    asyncio.run(backups(backend, BackupFolder(folder)).run_due())
    backend.clock.now += timedelta(hours=26)
    assert not failing(backend)
    backend.clock.now += timedelta(seconds=1)
    assert failing(backend)


def failing(backend: Backend) -> bool:
    with backend.reading(SHELL) as ctx:
        return backup_state(ctx).is_failing(ctx.now)


def test_a_bucket_has_the_newest_backups_and_this_machine_none(
    backend: Backend, tmp_path: Path
) -> None:
    store = MemoryStore()
    backend.clock.now = EVENING
    local = tmp_path / "data"
    local.mkdir()
    bucket = BackupBucket(store, "s3://backups/fyr", local)
    hours(backend, backups(backend, bucket, keep=2), 24 * 4)
    assert sorted(bucket.names()) == ["fyr-20260331T020000Z.backup", "fyr-20260401T020000Z.backup"]
    assert names(local) == []


def test_the_setting_names_a_folder_or_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert isinstance(backup_place("/srv/backups", tmp_path), BackupFolder)
    assert isinstance(backup_place("s3://backups/fyr", tmp_path), BackupBucket)
