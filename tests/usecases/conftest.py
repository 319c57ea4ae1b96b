from collections.abc import Iterator

import pytest

from tests.cast import Stage, open_stage


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
