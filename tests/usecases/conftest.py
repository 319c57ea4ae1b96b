from collections.abc import Iterator

import pytest

from tests.cast import Backend, open_backend
from tests.usecases.alerts.probing import ProbeDriver, open_probe_driver
from tests.usecases.sources.monitoring import MonitorDriver, open_monitor_driver


@pytest.fixture
def backend(database_url: str) -> Iterator[Backend]:
    """A database and a clock, once on each kind of database."""
    with open_backend(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_backend(sqlite_url: str) -> Iterator[Backend]:
    """SQLite and a clock, where the kind of database makes no difference."""
    with open_backend(sqlite_url) as opened:
        yield opened


@pytest.fixture
def monitoring(sqlite_url: str) -> Iterator[MonitorDriver]:
    """Sources that call their hooks, on SQLite."""
    with open_monitor_driver(sqlite_url) as opened:
        yield opened


@pytest.fixture
def monitoring_on_each_database(database_url: str) -> Iterator[MonitorDriver]:
    """Sources that call their hooks, once on each kind of database."""
    with open_monitor_driver(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_probing(sqlite_url: str) -> Iterator[ProbeDriver]:
    """Targets and their probes, on SQLite."""
    with open_probe_driver(sqlite_url) as opened:
        yield opened
