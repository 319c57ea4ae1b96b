import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import load_settings
from app.web import public
from app.web.page_cache.middleware import Front
from app.web.page_cache.refresher import CacheRefresher
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.surface import Surface
from tests.cast import BASE_URL, House, Person, open_house
from tests.fakes import FixedClock


@dataclass
class Watched:
    """A house whose pages are served from memory: its library counts as told of every change."""

    house: House
    library: PageRenderer
    vera: Person

    def change(self) -> None:
        """Let pages of before be old."""
        self.library.store.grow_old()


@pytest.fixture
def watched(sqlite_url: str, tmp_path: Path) -> Iterator[Watched]:
    with open_house(sqlite_url, tmp_path) as house:
        library: PageRenderer = house.app.state.office.library
        library.watched = True
        front = Front(house.app, library)
        yield Watched(house, library, Person(front, {}))  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds; a test that would wait for ever fails saying for what."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)


@contextmanager
def kept_house(
    url: str,
    folder: Path,
    surfaces: Sequence[Surface] = public.HOT,
    *,
    snapshots: Path | None = None,
) -> Iterator[Watched]:
    """A house with a keeper at work; what it promises about commits does not hurry here."""
    with open_house(url, folder) as house:
        library: PageRenderer = house.app.state.office.library
        keeper = CacheRefresher(library, house.database, surfaces, snapshots=snapshots, patience=20)
        keeper.start()
        eventually(lambda: library.watched, "pages are kept")
        try:
            yield Watched(house, library, Person(Front(house.app, library), {}))  # type: ignore[arg-type]
        finally:
            keeper.close()


@dataclass
class StandIn:
    """An application that has nothing but a snapshot."""

    library: PageRenderer
    vera: Person
    ada: Person


@contextmanager
def stand_in(folder: Path, snapshots: Path) -> Iterator[StandIn]:
    """What starts while the database is gone."""
    url = f"sqlite:///{folder}/none/fyr.db"
    given = {"database_url": url, "data_dir": folder, "base_url": BASE_URL}
    app = create_app(load_settings(_env_file=None, **given), clock=FixedClock())
    office = app.state.office
    keeper = CacheRefresher(office.library, office.database, public.HOT, snapshots=snapshots)
    keeper.start()
    front = Front(app, office.library)
    staff = {"Authorization": "Bearer " + "x" * 40}
    try:
        yield StandIn(office.library, Person(front, {}), Person(front, staff))  # type: ignore[arg-type]
    finally:
        keeper.close()
        office.database.close()
