"""What every test has: databases of its own, and no way out of this machine."""

import gc
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.databases import PostgresDatabases, Run, copy_sqlite, memory_folder
from tests.network import guarded, serving_threads
from tests.scheduling import SharedBrowserScheduling, rank

# A shared machine may be slow at any one moment; what hangs is found by faulthandler.
settings.register_profile("fyr", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fyr")

_RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    # Imports make much that stays and little that goes: the collector would look at it in vain.
    gc.disable()
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = Run.begin()
        memory = memory_folder()
        if memory is not None:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_sessionstart(session: pytest.Session) -> None:
    # Each process collects all tests. Rewriting the asserts of a fresh clone takes twice as long as
    # everything else in that, so each begins with its share of the files, and finds the rest done.
    workerinput = getattr(session.config, "workerinput", None)
    if workerinput is None or session.config.option.file_or_dir:
        return
    number = int(workerinput["workerid"].removeprefix("gw"))
    root = Path(__file__).parents[1]
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    for file in files[number :: workerinput["workercount"]]:
        # The collection reports an error.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(root).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> SharedBrowserScheduling | None:
    return SharedBrowserScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    # What is loaded by now stays until the end. Without this a third of a run is spent looking
    # through it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    # xdist kills a worker that needs more than ten seconds to end after its last test. On a busy
    # machine coverage.py needs longer to write, and what the worker measured would be missing.
    # The process that starts the workers runs nothing of the application: it has nothing to save.
    coverage = sys.modules.get("coverage")
    measuring = coverage and coverage.Coverage.current()
    if measuring and hasattr(session.config, "workerinput"):
        measuring.stop()
        measuring.save()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].end()


def _migrate(url: str) -> None:
    # Looked up when the first database is made: tests that need none also run without the app.
    import_module("app.db.migrate").upgrade(url)


@pytest.fixture(scope="session", autouse=True)
def _no_way_out() -> Iterator[None]:
    with guarded(socket.socket):
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_server_is_left() -> Iterator[None]:
    yield
    for thread in serving_threads():
        thread.join(10)  # one that was told to end does
    assert serving_threads() == [], "`tests.network.started` ends the thread of a server."


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FYR_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def production_hasher() -> Iterator[PasswordHasher | None]:
    """The hasher of the application, which tests replace by one that needs 8 kB and no time.

    None when no test of this run has imported the application.
    """
    passwords = sys.modules.get("app.usecases.users.passwords.passwords")
    if passwords is None:
        yield None
        return
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        hasher: PasswordHasher = passwords._HASHER
        patch.setattr(passwords, "_HASHER", quick)
        patch.setattr(passwords, "DUMMY_HASH", quick.hash("-"))
        yield hasher


@pytest.fixture(scope="session", autouse=True)
def _shared_statements() -> Iterator[None]:
    if "sqlalchemy" not in sys.modules:
        yield  # no test of this run uses a database
        return
    with import_module("tests.statements").shared_statements():
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    """The PostgreSQL cluster of this run, started when the first test asks for it."""
    databases = PostgresDatabases(Run.current(), _migrate)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the test's own; the test runs once on each kind."""
    if request.param == "sqlite":
        copy_sqlite(Run.current(), _migrate, tmp_path / "fyr.db")
        yield f"sqlite:///{tmp_path / 'fyr.db'}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres")
    with databases.migrated() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind that no migration has seen."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres")
    with databases.empty() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A migrated SQLite database, for tests to which the kind makes no difference."""
    copy_sqlite(Run.current(), _migrate, tmp_path / "fyr.db")
    return f"sqlite:///{tmp_path / 'fyr.db'}"
