"""When the database cannot be used, a command says why in one line, without the password."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from app.db import schema
from app.db.engine import make_engine
from app.db.migrate import alembic_config
from tests.cli.program import Fyr, program


def failure(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """The line on stderr of a command that is refused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FYR_DATABASE_URL", url)
    done = program(monkeypatch, capsys)("user", "list")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    return done.err


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"username": "nobody"}, "unknown role"),
        ({"database": "gone"}, "unknown database name"),
        ({"query": {"host": "/nowhere"}}, "no server at this socket"),
        ({"query": {"host": "127.0.0.1", "port": "1"}}, "wrong port, or the server is not running"),
        ({"query": {"host": "127.0.0.1", "port": "1", "sslmode": "require"}}, "wrong port"),
    ],
)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_why_postgresql_cannot_be_used_is_stated(
    wrong: dict[str, object],
    advice: str,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = make_url(database_url).set(password="hunter2").set(**wrong)  # type: ignore[arg-type]
    line = failure(url.render_as_string(hide_password=False), tmp_path, monkeypatch, capsys)
    assert line.startswith(f"fyr: The database cannot be used: {advice}")
    assert "hunter2" not in line


def test_why_sqlite_cannot_be_used_is_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.db").write_bytes(b"this is no database, but a text" * 100)
    line = failure(f"sqlite:///{tmp_path / 'other.db'}", tmp_path, monkeypatch, capsys)
    assert line == ("fyr: The database cannot be used: file is not a database (SQLITE_NOTADB)\n")


def test_a_database_goes_back_to_a_former_migration_and_forward_again(
    fyr: Fyr, sqlite_url: str
) -> None:
    newest = fyr("migrate", "--newest").out.strip()
    former = next(
        each.down_revision
        for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()
        if each.revision == newest
    )
    assert fyr("migrate", "--to", str(former)).code == 0
    assert revision(sqlite_url) == former
    assert fyr("migrate", "--to", newest).code == 0
    assert revision(sqlite_url) == newest
    refused = fyr("migrate", "--to", "nothing")
    assert refused.code == 1
    assert "has no migration 'nothing'" in refused.err
    assert revision(sqlite_url) == newest


def revision(url: str) -> str | None:
    engine = make_engine(url)
    try:
        return schema.revision_of(engine)
    finally:
        engine.dispose()
