from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import House, open_house
from tests.web.hooks.samples import SIGNED_AT


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path) as opened:
        opened.clock.now = SIGNED_AT
        yield opened


@pytest.fixture
def either_house(database_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(database_url, tmp_path) as opened:
        opened.clock.now = SIGNED_AT
        yield opened
