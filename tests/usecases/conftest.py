from collections.abc import Iterator

import pytest

from tests.cast import Stage, open_stage
from tests.usecases.alerts.automation import Watchpost, watchpost
from tests.usecases.sources.monitoring import Switchboard, switchboard


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    """A database and a clock, once on each kind of database."""
    with open_stage(database_url) as opened:
        yield opened


@pytest.fixture
def quick_stage(sqlite_url: str) -> Iterator[Stage]:
    """SQLite and a clock, for what the kind of database has no part in."""
    with open_stage(sqlite_url) as opened:
        yield opened


@pytest.fixture
def board(sqlite_url: str) -> Iterator[Switchboard]:
    """Monitors that call, on SQLite."""
    with switchboard(sqlite_url) as opened:
        yield opened


@pytest.fixture
def either_board(database_url: str) -> Iterator[Switchboard]:
    """The same, once on each kind of database."""
    with switchboard(database_url) as opened:
        yield opened


@pytest.fixture
def quick_post(sqlite_url: str) -> Iterator[Watchpost]:
    """Probes that look, on SQLite."""
    with watchpost(sqlite_url) as opened:
        yield opened
