import os
from pathlib import Path

import pytest

from app.worker.sending.journal import AbandonedJournal, Journal, abandoned_journals


def abandoned(folder: Path) -> list[AbandonedJournal]:
    """The abandoned journals, which are deleted."""
    with abandoned_journals(folder, "me") as found:
        return list(found)


def end(journal: Journal) -> None:
    """End its worker: the system releases the lock."""
    os.close(journal._lock)
    os.close(journal._sent)


def test_the_journal_of_a_worker_that_lives_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "outbox", "one")
    journal.append("a" * 12, None)
    assert abandoned(tmp_path / "outbox") == []
    journal.close(remove=True)
    assert list((tmp_path / "outbox").iterdir()) == []


def test_the_journal_of_a_worker_that_ended_is_read_and_deleted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.append("a" * 12, None)
    journal.append("b" * 12, "x\n1")
    end(journal)
    accepted = {"a" * 12: None, "b" * 12: "x\n1"}
    assert abandoned(tmp_path) == [AbandonedJournal("one", accepted)]
    assert abandoned(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_could_not_be_applied_stays(tmp_path: Path) -> None:
    end(Journal(tmp_path, "one"))

    def fail() -> None:
        with abandoned_journals(tmp_path, "me") as found:
            raise OSError(len(found))

    with pytest.raises(OSError, match="1"):
        fail()
    assert [each.worker for each in abandoned(tmp_path)] == ["one"]


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.append("a" * 12, None)
    os.write(journal._sent, b'["bbbbbbbbbb')
    end(journal)
    assert abandoned(tmp_path) == [AbandonedJournal("one", {"a" * 12: None})]


def test_a_long_journal_is_emptied(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.append("a" * 12, None)
    journal.truncate()
    assert (tmp_path / "one.sent").stat().st_size > 0
    journal.append("b" * 12, "x" * 70_000)
    journal.truncate()
    assert (tmp_path / "one.sent").stat().st_size == 0
    journal.close(remove=False)
    assert [each.worker for each in abandoned(tmp_path)] == ["one"]


def test_a_worker_that_is_just_starting_is_not_taken_for_one_that_ended(tmp_path: Path) -> None:
    (tmp_path / ".new.lock").touch()
    assert abandoned(tmp_path) == []
    assert abandoned(tmp_path / "there is no such folder") == []
