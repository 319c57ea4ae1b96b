from datetime import timedelta

import pytest

from app.cli.processes.clock_check import warn_of_clock_skew
from app.db.engine import make_engine
from app.ports.clock import system_clock
from app.usecases.database import Database


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_a_clock_that_differs_from_the_servers_is_warned_of(
    database_url: str, minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    shift = timedelta(minutes=minutes)
    database = Database(make_engine(database_url), lambda: system_clock() + shift)
    warn_of_clock_skew(database)
    database.close()
    expected = minutes != 0 and database_url.startswith("postgresql")
    assert ("clock.skew" in caplog.text) is expected
    if expected:
        assert f"seconds={minutes * 60:+d}" in caplog.text
