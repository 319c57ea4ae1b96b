from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import House, open_house


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """The application; its use cases are tried on both kinds of database elsewhere."""
    with open_house(sqlite_url, tmp_path) as opened:
        yield opened
