from collections.abc import Iterator
from pathlib import Path

import pytest

from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import ExportResult, export_site
from tests.cast import BASE_URL, House, open_house


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with open_house(sqlite_url, tmp_path / "data") as opened:
        yield opened


def exported(house: House, folder: Path) -> ExportResult:
    """Export the page of this house into the folder, as the command does."""
    destination = Folder(folder)
    with destination.locked():
        return export_site(house.database, Site(BASE_URL), destination)
