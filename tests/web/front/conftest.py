from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.web.front.front import Front
from app.web.front.library import Library
from tests.cast import House, Person, open_house


@dataclass
class Watched:
    """A house whose pages are served from memory: its library counts as told of every change."""

    house: House
    library: Library
    vera: Person

    def change(self) -> None:
        """Let pages of before be old."""
        self.library.store.grow_old()


@pytest.fixture
def watched(sqlite_url: str, tmp_path: Path) -> Iterator[Watched]:
    with open_house(sqlite_url, tmp_path) as house:
        library: Library = house.app.state.office.library
        library.watched = True
        front = Front(house.app, library)
        yield Watched(house, library, Person(front, {}))  # type: ignore[arg-type]
