"""`fyr backup` and `fyr restore`: one file, for its owner alone, into an empty database."""

import stat
from pathlib import Path

import pytest

from app.cli import backups
from tests.cli.program import Done, Fyr
from tests.databases import PostgresDatabases

DOCUMENT = Path(__file__).parent.parent / "fixtures" / "netpark.json"


def assert_refused(done: Done, reason: str) -> None:
    assert (done.code, done.out) == (1, "")
    assert reason in done.err
    assert done.err.count("\n") == 1


@pytest.fixture
def full(fyr: Fyr) -> Fyr:
    assert fyr("import", str(DOCUMENT)).code == 0
    assert fyr("source", "add", "generic", "Mona", "--auth", "bearer").code == 0
    return fyr


def use_database(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", url)


def test_a_backup_is_restored_into_another_kind_of_database(
    full: Fyr, postgres: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = full("service", "list").out
    assert "Rows written: " in full("backup", "fyr.backup").out
    with postgres.empty() as url:
        use_database(monkeypatch, url)
        done = full("restore", "fyr.backup")
        assert (done.code, done.err) == (0, "")
        assert "Rows restored: " in done.out
        assert full("service", "list").out == before


def test_a_backup_is_readable_for_its_owner_alone(full: Fyr) -> None:
    Path("fyr.backup").write_text("an older one, readable for everybody")
    Path("fyr.backup").chmod(0o644)
    full("backup", "fyr.backup")
    assert stat.S_IMODE(Path("fyr.backup").stat().st_mode) == 0o600


def test_a_backup_that_fails_leaves_the_former_file(
    full: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("backup", "fyr.backup")
    former = Path("fyr.backup").read_bytes()

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "write_backup", fail)
    assert_refused(full("backup", "fyr.backup"), "No space left on device")
    assert Path("fyr.backup").read_bytes() == former
    assert [each.name for each in Path().iterdir() if ".backup." in each.name] == []


def test_a_folder_that_is_not_there_is_named(full: Fyr) -> None:
    assert_refused(full("backup", "gone/fyr.backup"), "gone/fyr.backup cannot be written: No such")


def test_a_file_that_is_not_there_is_named(fyr: Fyr) -> None:
    assert_refused(fyr("restore", "gone.backup"), "gone.backup cannot be read: No such file")


def test_a_dry_run_verifies_and_writes_nothing(
    full: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("backup", "fyr.backup")
    use_database(monkeypatch, f"sqlite:///{tmp_path / 'other.db'}")
    done = full("restore", "fyr.backup", "--dry-run")
    assert done.code == 0
    assert "fyr.backup can be restored: " in done.out
    assert not (tmp_path / "other.db").exists()


def test_a_database_with_content_is_refused(full: Fyr) -> None:
    full("backup", "fyr.backup")
    assert_refused(
        full("restore", "fyr.backup"), "A backup is restored into an empty database only"
    )


def test_a_backup_with_the_secrets_of_another_key_is_refused_and_creates_none(
    full: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("backup", "fyr.backup")
    monkeypatch.setenv("FYR_DATA_DIR", str(tmp_path / "new"))
    use_database(monkeypatch, f"sqlite:///{tmp_path / 'new' / 'fyr.db'}")
    assert_refused(full("restore", "fyr.backup"), "copy its secret.key into FYR_DATA_DIR")
    assert not (tmp_path / "new" / "secret.key").exists()
    done = full("restore", "fyr.backup", "--without-secrets")
    assert done.code == 0
    assert "These have to be entered again:\n- source Mona\n" in done.out


def test_a_former_key_restores_too(
    full: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("backup", "fyr.backup")
    full("key", "rotate")
    use_database(monkeypatch, f"sqlite:///{tmp_path / 'other.db'}")
    assert full("restore", "fyr.backup").code == 0


def test_the_snapshot_of_other_pages_is_deleted(
    full: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("backup", "fyr.backup")
    use_database(monkeypatch, f"sqlite:///{tmp_path / 'other.db'}")
    snapshot = tmp_path / "var" / "snapshot"
    snapshot.mkdir(parents=True)
    full("restore", "fyr.backup")
    assert not snapshot.exists()


def test_without_personal_data_the_service_is_there_and_the_user_is_not(
    full: Fyr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("user", "add", "ada@example.com", "--role", "admin")
    full("backup", "fyr.backup", "--without-personal")
    services = full("service", "list").out
    use_database(monkeypatch, f"sqlite:///{tmp_path / 'other.db'}")
    full("restore", "fyr.backup")
    assert "ada@example.com" not in full("user", "list").out
    assert full("service", "list").out == services
