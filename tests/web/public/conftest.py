import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db.migrate import upgrade
from app.usecases.imports.document import import_document
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite

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
