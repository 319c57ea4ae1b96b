from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import House, open_house


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """The application on SQLite, for what the database has no part in."""
    with open_house(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def every_house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """The application, once on each kind of database."""
    with open_house(database_url, tmp_path) as opened:
        yield opened
