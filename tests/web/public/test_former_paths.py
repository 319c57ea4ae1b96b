"""Addresses of a former status page lead to the new pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db.migrate import upgrade
from app.usecases.context import SHELL
from app.usecases.imports.document import import_document
from app.usecases.incidents.lifecycle import delete_incident
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite

DOCUMENT: dict[str, Any] = {
    "format": "fyr-import-2",
    "source": {"kind": "cachet", "instance": "database.sqlite"},
    "incidents": [
        {
            "ref": "incident:7",
            "id": "certoutage01",
            "title": "Down",
            "former_paths": ["/issues/17/", "/incidents/7"],
            "updates": [
                {"status": "resolved", "posted_at": "2021-09-30T15:00:00Z", "body": "It is over."}
            ],
        },
        {
            "ref": "incident:8",
            "id": "deletedinc01",
            "title": "Gone",
            "former_paths": ["/issues/18"],
            "updates": [
                {"status": "resolved", "posted_at": "2021-09-30T15:00:00Z", "body": "It is over."}
            ],
        },
    ],
    "maintenances": [
        {
            "ref": "schedule:1",
            "id": "maint0000001",
            "title": "New gates",
            "starts_at": "2021-11-07T05:30:00Z",
            "ends_at": "2021-11-07T07:30:00Z",
            "services": [],
            "former_paths": ["/incidents/maint0000001"],
        }
    ],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page with an imported history, shared by the tests here, which only read."""
    folder = tmp_path_factory.mktemp("installation")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as opened:
        with opened.writing(SHELL) as ctx:
            edit_page(ctx, PageChange(languages=("en", "sv")))
            import_document(ctx, DOCUMENT)
        with opened.writing(SHELL) as ctx:
            delete_incident(ctx, "deletedinc01")
        yield opened


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/issues/17", "/incidents/certoutage01"),
        ("/issues/17/", "/incidents/certoutage01"),
        ("/sv/issues/17", "/sv/incidents/certoutage01"),
        ("/incidents/7", "/incidents/certoutage01"),
        ("/incidents/maint0000001", "/maintenances/maint0000001"),
        ("/sv/incidents/maint0000001", "/sv/maintenances/maint0000001"),
    ],
)
def test_a_former_address_redirects_for_good(page: Installation, path: str, target: str) -> None:
    response = page.vera.get(path)
    assert (response.status_code, response.headers["location"]) == (301, target)
    assert (page.vera.get(target)).status_code == 200


@pytest.mark.parametrize("path", ["/issues/18", "/issues/19", "/incidents/8", "/sv/issues/18"])
def test_what_is_gone_or_was_never_there_is_not_found(page: Installation, path: str) -> None:
    assert (page.vera.get(path)).status_code == 404


def test_an_imported_maintenance_without_a_service_is_shown(page: Installation) -> None:
    response = page.vera.get("/maintenances/maint0000001")
    assert "New gates" in response.text
