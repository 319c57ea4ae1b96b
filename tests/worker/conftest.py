from collections.abc import Iterator

import pytest

from tests.cast import Backend, open_backend


@pytest.fixture
def backend(sqlite_url: str) -> Iterator[Backend]:
    """A database and a clock that the test sets."""
    with open_backend(sqlite_url) as opened:
        yield opened
