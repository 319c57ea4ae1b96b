"""The export of the page by API, and its import from the address of a Fyr."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.domain.permissions import Role
from app.importers.fyr import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions
from app.usecases.incidents.notes import add_note
from tests.cast import Installation
from tests.factories import make_incident, make_service
from tests.fakes import NOON
from tests.importers.servers import serve
from tests.importing.test_tools import tools_for

SECRET = "test-token-not-secret"


def test_the_content_of_the_page_is_exported_as_json_lines(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "web")
        opened = make_incident(ctx)
    response = installation.ada.get("/api/v1/export")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    head, service, incident, end = map(json.loads, response.text.splitlines())
    assert head["format"] == "fyr-import-2"
    assert service["service"]["slug"] == "web"
    assert incident["incident"]["id"] == opened.incident.id
    assert end["end"]["incidents"] == 1
    entries = installation.ada.get("/api/v1/audit?action=export").json()["items"]
    assert [each["action"] for each in entries] == ["export"]


def test_internal_notes_are_not_exported(installation: Installation) -> None:
    with installation.writing() as ctx:
        add_note(ctx, make_incident(ctx, title="No mail").incident.id, "Ask Ben about the relay")
    exported = installation.ada.get("/api/v1/export").text
    assert "No mail" in exported
    assert "relay" not in exported


def test_another_fyr_is_read_with_the_token_of_an_admin(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "web")
    secret = installation.tokens[Role.ADMIN]

    def answer(
        path: str, _: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, str, bytes]:
        assert path == "/api/v1/export"
        token = {SECRET: secret}.get(headers["authorization"].removeprefix("Bearer "), "")
        found = installation.vera.get(path, headers={"Authorization": f"Bearer {token}"})
        return found.status_code, found.headers["content-type"], found.content

    with serve(answer) as url, tools_for(url) as tools:
        items = list(read(tools, ReadOptions(installation.clock.now)))
    kinds = [each.kind for each in items if isinstance(each, ImportItem)]
    assert kinds == [ItemKind.SOURCE, ItemKind.PAGE, ItemKind.SERVICE]


def test_a_token_that_may_not_export_is_refused_with_what_is_needed() -> None:
    with (
        serve(lambda *_: (403, "application/problem+json", b"{}")) as url,
        tools_for(url) as tools,
        pytest.raises(InvalidError, match="token of an admin"),
    ):
        list(read(tools, ReadOptions(NOON)))
