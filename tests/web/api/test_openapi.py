"""The OpenAPI document: the names that clients are generated from."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI

from app.web.api.openapi import document
from tests.cast import Installation


def test_an_operation_id_is_the_name_of_one_handler(sqlite_installation: Installation) -> None:
    paths = sqlite_installation.vera.get("/api/openapi.json").json()["paths"]
    names = [each["operationId"] for path in paths.values() for each in path.values()]
    assert {"open_incident", "list_pending_texts", "edit_maintenance_update"} <= set(names)
    assert len(names) == len(set(names))
    assert [name for name in names if "api_v1" in name] == []


def test_the_document_is_generated_once_however_many_ask_for_it(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_installation.vera.get("/api/docs")  # the routes exist from now on
    generate, calls = document._generate, []

    def counted(app: FastAPI) -> dict[str, Any]:
        calls.append(app)
        return generate(app)

    monkeypatch.setattr(document, "_generate", counted)
    with ThreadPoolExecutor(8) as visitors:
        ask = sqlite_installation.vera.get
        answers = list(visitors.map(ask, ["/api/openapi.json"] * 8))
    assert len({answer.content for answer in answers}) == len(calls) == 1
