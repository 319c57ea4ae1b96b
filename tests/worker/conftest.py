from collections.abc import Iterator

import pytest

from tests.cast import Backend, open_backend
from tests.usecases.outbox.ledger import check_ledger


@pytest.fixture
def backend(sqlite_url: str) -> Iterator[Backend]:
    """A database and a clock that the test sets. The ledger of deliveries adds up at the end."""
    with open_backend(sqlite_url) as opened:
        yield opened
        check_ledger(opened)


@pytest.fixture
def each_backend(database_url: str) -> Iterator[Backend]:
    """A database and a clock, once on each kind of database. The ledger adds up at the end."""
    with open_backend(database_url) as opened:
        yield opened
        check_ledger(opened)
