"""`fyr audit`: the log is verified and exported from a shell."""

import json

import pytest

from app.db.engine import make_engine
from app.settings import load_settings
from app.usecases import audit
from app.usecases.context import SHELL
from app.usecases.database import Database
from tests.cli.program import Fyr


@pytest.fixture
def database(sqlite_url: str, fyr: Fyr, monkeypatch: pytest.MonkeyPatch) -> Database:
    assert fyr is not None
    monkeypatch.setenv("FYR_DATABASE_URL", sqlite_url)
    return Database(make_engine(load_settings().database))


def test_the_log_is_verified_and_a_change_is_named(database: Database, fyr: Fyr) -> None:
    with database.writing(SHELL) as ctx:
        for number in range(3):
            audit.record(ctx, "x.do", "x", str(number))
    assert "3 entries are intact. Position 3, " in fyr("audit", "verify").out
    noted = fyr("audit", "verify").out.strip().split()[-1]
    assert fyr("audit", "verify", "--noted", f"3:{noted}").code == 0
    assert "another hash" in fyr("audit", "verify", "--noted", f"2:{noted}").err
    assert fyr("audit", "verify", "--noted", "3").code == 64
    lines = [json.loads(line) for line in fyr("audit", "export").out.splitlines()]
    assert [line["action"] for line in lines] == ["audit.export", "x.do", "x.do", "x.do"]
    assert all(lines[at]["former_hash"] == lines[at + 1]["hash"] for at in range(3))
    with database.writing(SHELL) as ctx:
        ctx.session.connection().exec_driver_sql(
            "UPDATE audit_entry SET actor_name = 'ben' WHERE position = 2"
        )
    refused = fyr("audit", "verify")
    assert refused.code == 1
    assert "at position 2 was changed after it was written" in refused.err
