from collections.abc import Iterator

import pytest

from tests.cast import Stage, open_stage


@pytest.fixture
def stage(sqlite_url: str) -> Iterator[Stage]:
    """A database and a clock that a test moves."""
    with open_stage(sqlite_url) as opened:
        yield opened
