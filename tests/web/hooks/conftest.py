from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Installation, open_installation
from tests.web.hooks.samples import SIGNED_AT


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        opened.clock.now = SIGNED_AT
        yield opened


@pytest.fixture
def installation_on_each_database(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(database_url, tmp_path) as opened:
        opened.clock.now = SIGNED_AT
        yield opened
