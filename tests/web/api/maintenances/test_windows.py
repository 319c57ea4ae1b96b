"""Windows that recur, one by one, and what staff say about them."""

from typing import Any

import pytest

from app.domain.statuses import ServiceStatus
from tests.cast import Installation
from tests.factories import make_service

# The clock of the installation stands at 2026-03-02T12:00Z.
NEW: dict[str, Any] = {
    "title": "Nightly work",
    "body": {"en": "It may be slow.", "sv": "Det kan gå långsamt."},
    "services": ["payments"],
    "starts_at": "2026-03-02T22:00:00Z",
    "ends_at": "2026-03-02T23:00:00Z",
    "recurrence": "FREQ=DAILY",
}
FIRST, SECOND, THIRD = "20260302T220000Z", "20260303T220000Z", "20260304T220000Z"


@pytest.fixture
def night(sqlite_installation: Installation) -> Installation:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "search")
    return sqlite_installation


def planned(installation: Installation, **more: object) -> str:
    answer = installation.ben.post("/api/v1/maintenances", {**NEW, **more})
    assert answer.status_code == 201, answer.text
    return f"/api/v1/maintenances/{answer.json()['id']}"


def windows(installation: Installation, path: str) -> list[tuple[str, str]]:
    found = installation.cy.get(f"{path}/occurrences").json()["items"]
    return [(each["occurrence"], each["status"]) for each in found]


def test_each_window_begins_and_ends_by_itself(night: Installation) -> None:
    path = planned(night)
    seen = []
    for _ in range(3):
        night.clock.forward(hours=10, minutes=30)
        current = night.cy.get(path).json()["current"]
        seen.append((current["occurrence"], current["status"]))
        night.clock.forward(hours=13, minutes=30)
    assert seen == [(each, "in_progress") for each in (FIRST, SECOND, THIRD)]
    assert night.cy.get(path).json()["status"] == "scheduled"


def test_one_window_is_moved_and_the_others_stay(night: Installation) -> None:
    path = planned(night)
    times = {"starts_at": "2026-03-04T10:00:00Z", "ends_at": "2026-03-04T12:00:00Z"}
    assert night.ben.patch(f"{path}/occurrences/{SECOND}", times).status_code == 200
    found = night.cy.get(f"{path}/occurrences").json()["items"]
    moved = next(each for each in found if each["occurrence"] == SECOND)
    assert (moved["starts_at"], moved["ends_at"]) == tuple(times.values())
    assert found[2]["starts_at"] == "2026-03-04T22:00:00Z"


def test_one_window_is_called_off_and_the_next_one_comes(night: Installation) -> None:
    path = planned(night)
    assert night.ben.delete(f"{path}/occurrences/{FIRST}").status_code == 204
    assert windows(night, path)[:2] == [(FIRST, "cancelled"), (SECOND, "scheduled")]
    night.clock.forward(hours=10, minutes=30)
    assert night.cy.get(path).json()["current"]["occurrence"] == SECOND


def test_a_window_is_extended_and_finished_early(night: Installation) -> None:
    path = planned(night)
    night.clock.forward(hours=10, minutes=30)
    longer = night.ben.patch(
        f"{path}/occurrences/{FIRST}", {"ends_at": "2026-03-03T01:00:00Z"}
    ).json()
    assert longer["current"]["ends_at"] == "2026-03-03T01:00:00Z"
    night.clock.forward(hours=1)
    assert night.cy.get(path).json()["status"] == "in_progress"
    done = night.ben.post(f"{path}/complete").json()
    assert (done["current"]["occurrence"], done["status"]) == (SECOND, "scheduled")
    assert windows(night, path)[0] == (FIRST, "completed")


def test_updates_go_through_the_statuses_and_keep_their_texts(night: Installation) -> None:
    path = planned(night, recurrence=None)
    for status in ("scheduled", "in_progress", "verifying", "in_progress", "completed"):
        body = {"en": f"Now {status}.", "sv": f"Nu {status}."}
        answer = night.ben.post(f"{path}/updates", {"status": status, "body": body})
        assert (answer.status_code, answer.json()["status"]) == (201, status)
        night.clock.forward(minutes=5)
    stated = night.cy.get(path).json()["current"]["updates"]
    assert [each["status"] for each in stated][::4] == ["completed", "scheduled"]
    change = {"body": {"sv": "Klart nu."}}
    edited = night.ben.patch(f"{path}/updates/{stated[0]['id']}", change).json()
    newest = edited["current"]["updates"][0]
    assert newest["body"] == {"en": "Now completed.", "sv": "Klart nu."}
    assert newest["edited_at"] == "2026-03-02T12:25:00Z"


def test_an_update_about_a_future_window_is_stored_with_it(night: Installation) -> None:
    path = planned(night)
    word = {"status": "scheduled", "body": "Longer this time.", "occurrence": THIRD}
    assert night.ben.post(f"{path}/updates", word).status_code == 201
    found = night.cy.get(f"{path}/occurrences").json()["items"]
    assert {each["occurrence"] for each in found if each["updates"]} == {THIRD}


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("updates", "verifying", "maintenance_not_begun"),
        ("updates", "completed", "maintenance_not_begun"),
        ("complete", None, "maintenance_not_begun"),
    ],
)
def test_what_has_not_begun_cannot_be_done(
    night: Installation, way: str, status: str | None, code: str
) -> None:
    path = planned(night)
    body = None if status is None else {"status": status, "body": "Done."}
    refused = night.ben.post(f"{path}/{way}", body)
    assert (refused.status_code, refused.json()["code"]) == (409, code)


@pytest.mark.parametrize("name", ["20260303T220001Z", "20991303T220000Z"])
def test_there_is_no_window_but_those_of_the_rule(night: Installation, name: str) -> None:
    path = f"{planned(night)}/occurrences/{name}"
    refused = night.ben.patch(path, {"ends_at": "2026-03-03T01:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (404, "occurrence_not_found")


def test_other_hours_leave_what_has_been_as_it_was(night: Installation) -> None:
    path = planned(night)
    night.clock.forward(days=1)
    change = {"starts_at": "2026-03-03T20:00:00Z", "ends_at": "2026-03-03T21:00:00Z"}
    assert night.ben.patch(path, change).status_code == 200
    found = night.cy.get(f"{path}/occurrences").json()["items"]
    assert [each["starts_at"] for each in found[:3]] == [
        "2026-03-02T22:00:00Z",
        "2026-03-03T20:00:00Z",
        "2026-03-04T20:00:00Z",
    ]
    assert found[0]["status"] == "completed"


def test_a_longer_window_follows_the_rule_on_its_days(night: Installation) -> None:
    path = planned(night, recurrence="FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    night.clock.forward(days=8)
    change = {"ends_at": "2026-03-03T00:00:00Z"}
    assert night.ben.patch(path, change).json()["recurrence"] == "FREQ=WEEKLY;INTERVAL=2;COUNT=2"
    found = night.cy.get(f"{path}/occurrences").json()["items"]
    assert [(each["starts_at"], each["ends_at"]) for each in found] == [
        ("2026-03-02T22:00:00Z", "2026-03-02T23:00:00Z"),
        ("2026-03-16T22:00:00Z", "2026-03-17T00:00:00Z"),
        ("2026-03-30T22:00:00Z", "2026-03-31T00:00:00Z"),
    ]


def test_a_series_that_ends_keeps_its_windows(night: Installation) -> None:
    path = planned(night)
    night.clock.forward(days=2)
    ended = night.ben.patch(path, {"recurrence": None}).json()
    assert ended["recurrence"] == f"FREQ=DAILY;UNTIL={SECOND}"
    assert windows(night, path) == [(FIRST, "completed"), (SECOND, "completed")]


def test_a_running_window_can_come_again(night: Installation) -> None:
    path = planned(night, recurrence=None)
    night.clock.forward(hours=10, minutes=30)
    night.ben.post(f"{path}/updates", {"status": "verifying", "body": "Looks good."})
    night.ben.patch(path, {"recurrence": "FREQ=WEEKLY"})
    found = night.cy.get(f"{path}/occurrences").json()["items"]
    assert (found[0]["occurrence"], found[0]["status"]) == (FIRST, "verifying")
    assert [each["body"] for each in found[0]["updates"]] == [{"en": "Looks good."}]
    assert found[1]["starts_at"] == "2026-03-09T22:00:00Z"


def test_a_cancelled_series_stays_for_staff(night: Installation) -> None:
    path = planned(night)
    night.clock.forward(days=1)
    cancelled = night.ben.post(f"{path}/cancel").json()
    assert (cancelled["status"], cancelled["cancelled_at"]) == ("cancelled", "2026-03-03T12:00:00Z")
    assert windows(night, path) == [(FIRST, "completed"), (SECOND, "cancelled")]
    again = night.ben.post(f"{path}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "maintenance_over")


def test_a_draft_is_shown_when_it_is_published(night: Installation) -> None:
    path = planned(night, publish=False)
    page = path.replace("/api/v1", "")
    assert night.vera.get(page).status_code == 404
    night.clock.forward(hours=10, minutes=30)
    assert night.vera.get("/api/v2/status.json").json()["status"]["indicator"] == "none"
    assert night.ben.post(f"{path}/publish").status_code == 200
    assert night.vera.get(page).status_code == 200
    again = night.ben.post(f"{path}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "already_published")


def test_windows_that_want_the_same_service_at_once_are_reported(night: Installation) -> None:
    path = planned(night)
    other = night.ben.post(
        "/api/v1/maintenances",
        {
            **NEW,
            "title": "Big upgrade",
            "services": ["search", "payments"],
            "starts_at": "2026-03-03T22:30:00Z",
            "ends_at": "2026-03-04T04:00:00Z",
            "recurrence": None,
            "publish": False,
        },
    ).json()
    planned(night, services=["search"])
    (found,) = night.cy.get(f"{path}/conflicts").json()["items"]
    assert found == {
        "maintenance": other["id"],
        "occurrence": None,
        "title": {"en": "Big upgrade"},
        "services": ["payments"],
        "starts_at": "2026-03-03T22:30:00Z",
        "ends_at": "2026-03-03T23:00:00Z",
    }


def test_every_step_is_in_the_audit_trail(night: Installation) -> None:
    path = planned(night)
    night.ben.post(f"{path}/updates", {"status": "in_progress", "body": "Early."})
    night.ben.post(f"{path}/complete")
    night.ben.delete(f"{path}/occurrences/{THIRD}")
    subject = path.rpartition("/")[2]
    entries = night.ada.get(f"/api/v1/audit?subject_id={subject}").json()["items"]
    assert [each["action"] for each in entries] == [
        "maintenance.cancel",
        "maintenance.complete",
        "maintenance.update",
        "maintenance.plan",
    ]
    assert entries[0]["after"]["occurrence"] == THIRD


def test_without_others_there_is_no_conflict(night: Installation) -> None:
    path = planned(night)
    assert night.cy.get(f"{path}/conflicts").json() == {"items": []}


def test_a_service_is_under_maintenance_in_every_window(night: Installation) -> None:
    planned(night)
    shown = []
    for hours in (10.5, 13.5, 10.5):
        night.clock.forward(hours=hours)
        (payments, _) = night.vera.get("/api/v2/components.json").json()["components"]
        shown.append(payments["status"])
    under, fine = ServiceStatus.UNDER_MAINTENANCE.value, ServiceStatus.OPERATIONAL.value
    assert shown == [under, fine, under]
