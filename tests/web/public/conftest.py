import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db.migrate import upgrade
from app.secret_keys import address_hashes
from app.usecases.imports.document import import_document
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.subscribing import Subscribing

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page that tells the seed incident, to be read only: every test here shares it."""
    folder = tmp_path_factory.mktemp("installation")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    document: dict[str, Any] = json.loads((FIXTURES / "netpark.json").read_text(encoding="utf-8"))
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as made:
        with made.writing() as ctx:
            import_document(ctx, document)
        yield made


@pytest.fixture
def own_installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An empty page of the test's own, to write to."""
    with open_installation(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def incident_path(installation: Installation) -> str:
    """The address of the seed incident, without a language."""
    (incident,) = installation.cy.get("/api/v1/incidents").json()["items"]
    return f"/incidents/{incident['id']}"


@pytest.fixture
def own(own_installation: Installation) -> Subscribing:
    """A page of the test's own, with mail that is set up."""
    with own_installation.writing() as ctx:
        edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
    return Subscribing(own_installation, address_hashes(own_installation.settings))


@pytest.fixture
def on_each_database(database_url: str, tmp_path: Path) -> Iterator[Subscribing]:
    with open_installation(database_url, tmp_path) as made:
        yield Subscribing(made, address_hashes(made.settings))
