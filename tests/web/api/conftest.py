from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Installation, open_installation


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application, once on each kind of database."""
    with open_installation(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The application on SQLite, where the kind of database makes no difference."""
    with open_installation(sqlite_url, tmp_path) as opened:
        yield opened
