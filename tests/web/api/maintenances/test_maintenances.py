from typing import Any

import pytest

from tests.cast import Installation
from tests.factories import make_service

NEW: dict[str, Any] = {
    "title": "Database upgrade",
    "body": {"en": "Payments may be slow.", "sv": "Betalningar kan vara långsamma."},
    "services": ["payments"],
    "starts_at": "2026-03-03T02:00:00Z",
    "ends_at": "2026-03-03T04:00:00+01:00",
}


@pytest.fixture
def installation(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "search")
    return installation


@pytest.fixture
def sqlite_installation(sqlite_installation: Installation) -> Installation:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    return sqlite_installation


def planned(installation: Installation, **more: object) -> str:
    answer = installation.ben.post("/api/v1/maintenances", {**NEW, **more})
    assert answer.status_code == 201, answer.text
    return f"/api/v1/maintenances/{answer.json()['id']}"


def test_a_window_is_planned_and_read_back(installation: Installation) -> None:
    window = installation.cy.get(
        planned(installation, recurrence="rrule:freq=monthly;byday=1tu")
    ).json()
    assert window == {
        "id": window["id"],
        "url": f"https://status.example.com/maintenances/{window['id']}",
        "title": {"en": "Database upgrade"},
        "body": NEW["body"],
        "status": "scheduled",
        "services": ["payments"],
        "starts_at": "2026-03-03T02:00:00Z",
        "ends_at": "2026-03-03T03:00:00Z",
        "recurrence": "FREQ=MONTHLY;BYDAY=1TU",
        "current": {
            "occurrence": "20260303T020000Z",
            "url": f"https://status.example.com/maintenances/{window['id']}/20260303T020000Z",
            "status": "scheduled",
            "starts_at": "2026-03-03T02:00:00Z",
            "ends_at": "2026-03-03T03:00:00Z",
            "cancelled_at": None,
            "completed_at": None,
            "edited_at": None,
            "updates": [],
        },
        "published_at": "2026-03-02T12:00:00Z",
        "cancelled_at": None,
        "notify": True,
        "notified": None,
        "created_at": "2026-03-02T12:00:00Z",
        "updated_at": "2026-03-02T12:00:00Z",
    }
    assert installation.cy.get("/api/v1/maintenances").json() == {"items": [window], "next": None}


def test_it_begins_and_ends_by_itself(sqlite_installation: Installation) -> None:
    path = planned(sqlite_installation)
    sqlite_installation.clock.forward(hours=14, minutes=30)
    assert sqlite_installation.cy.get(path).json()["status"] == "in_progress"
    sqlite_installation.clock.forward(hours=1)
    assert sqlite_installation.cy.get(path).json()["status"] == "completed"


def test_a_window_under_way_is_extended_and_finished_early(installation: Installation) -> None:
    path = planned(installation)
    installation.clock.forward(hours=14, minutes=30)
    longer = installation.ben.patch(path, {"ends_at": "2026-03-03T06:00:00Z"}).json()
    assert (longer["ends_at"], longer["status"]) == ("2026-03-03T06:00:00Z", "in_progress")
    done = installation.ben.patch(path, {"ends_at": "2026-03-03T02:30:00Z"}).json()
    assert done["status"] == "completed"


def test_texts_and_services_can_be_changed(installation: Installation) -> None:
    path = planned(installation, recurrence="FREQ=WEEKLY")
    change = {"title": {"sv": "Uppgradering"}, "services": ["search"], "recurrence": None}
    window = installation.ben.patch(path, change).json()
    assert window["title"] == {"en": "Database upgrade", "sv": "Uppgradering"}
    assert (window["services"], window["recurrence"]) == (["search"], None)


def test_a_cancelled_window_stays_for_staff(installation: Installation) -> None:
    path = planned(installation)
    assert installation.ben.delete(path).status_code == 204
    window = installation.cy.get(path).json()
    assert (window["status"], window["cancelled_at"]) == ("cancelled", "2026-03-02T12:00:00Z")
    again = installation.ben.delete(path)
    assert (again.status_code, again.json()["code"]) == (409, "maintenance_over")


def test_the_times_of_a_finished_window_stay(sqlite_installation: Installation) -> None:
    path = planned(sqlite_installation)
    sqlite_installation.clock.forward(days=2)
    refused = sqlite_installation.ben.patch(path, {"ends_at": "2026-03-05T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "maintenance_over")
    assert sqlite_installation.ben.patch(path, {"body": "It went well."}).status_code == 200


def test_a_window_that_has_begun_does_not_begin_again(sqlite_installation: Installation) -> None:
    path = planned(sqlite_installation)
    sqlite_installation.clock.forward(hours=14, minutes=30)
    refused = sqlite_installation.ben.patch(path, {"starts_at": "2026-03-03T02:45:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "maintenance_begun")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("ends_at", "2026-03-03T02:00:00Z", "window_ends_first"),
        ("starts_at", "2026-03-03T02:00:00", "naive_time"),
        ("ends_at", "9999-12-31T23:59:59Z", "time_out_of_range"),
        ("services", ["nowhere"], "unknown_service"),
        ("services", [], "invalid"),
        ("recurrence", "FREQ=SECONDLY", "invalid_recurrence"),
        ("recurrence", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "invalid_recurrence"),
    ],
)
def test_a_window_that_cannot_be_is_refused(
    sqlite_installation: Installation, field: str, value: object, code: str
) -> None:
    refused = sqlite_installation.ben.post("/api/v1/maintenances", {**NEW, field: value})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
