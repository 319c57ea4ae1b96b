"""Previews of the messages of a change, by API."""

from typing import Any

import pytest
from sqlmodel import func, select

from app.db.tables import IncidentRow, NoticeRow
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation
from tests.factories import make_incident, make_maintenance, make_service, make_subscriber

PATH = "/api/v1/notices/preview"
INCIDENT = {"title": "Cards are refused", "status": "investigating", "body": "We look into it."}


def stored(installation: Installation) -> list[int]:
    with installation.reading() as ctx:
        tables = (IncidentRow, NoticeRow)
        return [ctx.session.exec(select(func.count()).select_from(each)).one() for each in tables]


@pytest.fixture
def prepared(installation: Installation) -> dict[str, str]:
    with installation.writing() as ctx:
        edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
        make_service(ctx)
        make_subscriber(ctx, channel="webhook", language="ar")
        return {"incident": make_incident(ctx).incident.id, "maintenance": make_maintenance(ctx).id}


def test_every_form_in_every_language_and_who_would_be_notified(
    installation: Installation, prepared: dict[str, str]
) -> None:
    before = stored(installation)
    found = installation.ben.post(PATH, {"new_incident": INCIDENT}).json()
    assert (found["event"], found["total"]) == ("incident.opened", 1)
    assert found["audience"] == [{"channel": "webhook", "language": "ar", "number": 1}]
    assert [each["language"] for each in found["messages"]] == ["en", "sv", "ar"]
    for each in found["messages"]:
        assert "Cards are refused" in each["subject"]
        assert "[unsubscribe]" in each["text"]
        assert "We look into it." in each["html"]
        assert "We look into it." in each["chat"]
        assert each["webhook"]["data"]["language"] == each["language"]
        assert each["push"]["lang"] == each["language"]
    assert [each["is_foreign"] for each in found["messages"]] == [False, True, True]
    assert stored(installation) == before


def test_updates_and_maintenances_are_previewed_too(
    installation: Installation, prepared: dict[str, str]
) -> None:
    update = {"status": "resolved", "body": "It is over."}
    request: dict[str, Any] = {"incident": prepared["incident"], "update": update}
    assert installation.ben.post(PATH, request).json()["event"] == "incident.resolved"
    window = {
        "title": "New disks",
        "body": "It may be slow.",
        "services": ["payments"],
        "starts_at": "2030-01-01T10:00:00Z",
        "ends_at": "2030-01-01T12:00:00Z",
    }
    found = installation.ben.post(PATH, {"new_maintenance": window}).json()
    assert found["event"] == "maintenance.scheduled"
    assert "New disks" in found["messages"][0]["text"]


@pytest.mark.parametrize(
    ("request_body", "status", "code"),
    [
        ({}, 422, "one_change"),
        ({"new_incident": INCIDENT, "new_maintenance": None}, 200, None),
        ({"incident": "000000000000"}, 422, "one_change"),
        ({"incident": "000000000000", "update": {"status": "resolved", "body": "x"}}, 422, None),
        ({"new_incident": {**INCIDENT, "notify": False}}, 409, "nobody_is_notified"),
        ({"new_incident": {**INCIDENT, "body": ""}}, 422, None),
    ],
)
def test_what_cannot_be_previewed_is_said(
    installation: Installation, request_body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = installation.ben.post(PATH, request_body)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert answer.json()["code"] == code


def test_viewers_preview_nothing(installation: Installation) -> None:
    assert installation.cy.post(PATH, {"new_incident": INCIDENT}).status_code == 403
