from collections.abc import Iterator
from pathlib import Path

import pytest

from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import ExportResult, export_site
from app.web.formats.security_txt import SecurityText
from tests.cast import BASE_URL, Installation, open_installation


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path / "data") as opened:
        yield opened


def exported(installation: Installation, folder: Path, *, markdown: bool = False) -> ExportResult:
    """Export the page of this installation into `folder`, as the command does."""
    destination = Folder(folder)
    site = Site(BASE_URL, markdown=markdown, security=SecurityText.of(installation.settings))
    with destination.locked():
        return export_site(installation.database, site, destination)
