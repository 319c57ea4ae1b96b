"""What visitors notice is asked about first, and a cancellation can be taken back."""

from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.usecases.maintenances.lifecycle import StaffMaintenance, get_maintenance
from app.usecases.maintenances.windows import list_windows
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_maintenance, make_service

HERE = "/console/maintenances"
# The clock stands at 2026-03-02T12:00Z; the first window begins a day later.
FIRST, SECOND = "20260303T120000Z", "20260304T120000Z"


@pytest.fixture
def ada(installation: Installation) -> Staff:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        edit_page(ctx, PageChange(undo_seconds=0))
    person = staff(installation, Role.ADMIN)
    person.headers["Accept-Language"] = "en"
    return person


def planned(installation: Installation, recurrence: str | None = None) -> str:
    with installation.writing() as ctx:
        made = make_maintenance(ctx, starts_in=timedelta(days=1), recurrence=recurrence)
    return f"{HERE}/{made.id}"


def read(installation: Installation, path: str) -> StaffMaintenance:
    with installation.reading() as ctx:
        return get_maintenance(ctx, path.rpartition("/")[2])


def statuses(installation: Installation, path: str) -> list[str]:
    with installation.reading() as ctx:
        return [each.status.value for each in list_windows(ctx, path.rpartition("/")[2])][:2]


def revision(installation: Installation) -> str:
    return installation.vera.get("/en/").headers["etag"]


def test_nothing_that_visitors_notice_happens_on_one_tap(
    installation: Installation, ada: Staff
) -> None:
    daily, once = planned(installation, "FREQ=DAILY"), planned(installation)
    with installation.writing() as ctx:
        make_service(ctx, "cards", group="Shop")
        draft = make_incident(ctx, title="Not yet public", publish=False).incident.id
        work = make_maintenance(ctx, title="New rack", publish=False).id
    before = revision(installation)
    for path, fields in {
        f"{daily}/cancel": {},
        f"{daily}/windows/{FIRST}/cancel": {},
        f"{daily}/move": {"occurrence": FIRST, "minutes": "30"},
        f"{once}/cancel": {},
        f"{once}/finish": {"occurrence": ""},
        f"{once}/move": {"occurrence": "", "minutes": "30"},
        f"{HERE}/{work}/publish": {},
        f"/console/incidents/{draft}/publish": {},
        f"/console/incidents/{draft}/dismiss": {},
        "/console/services/cards/archive": {},
        "/console/services/groups/shop/remove": {},
    }.items():
        asked = ada.send(path, fields)
        assert asked.status_code == 200, path
        assert "Go back without changes" in asked.text, path
    assert revision(installation) == before
    assert read(installation, daily).cancelled_at is None


def test_a_change_that_cannot_be_made_is_refused_without_a_question(
    installation: Installation, ada: Staff
) -> None:
    once = planned(installation)
    wrong = {"occurrence": "", "starts_at": "2026-03-09T10:00", "ends_at": "2026-03-09T09:00"}
    assert ada.send(f"{once}/move", wrong).status_code == 422
    assert ada.send(f"{once}/reinstate").status_code == 409
    assert ada.send(f"{HERE}/zzzzzzzzzzzz/cancel").status_code == 404
    daily = planned(installation, "FREQ=DAILY")
    assert ada.send(f"{daily}/windows/{FIRST}/reinstate").status_code == 409
    assert ada.send(f"{daily}/windows/20260303T130000Z/cancel").status_code == 404


def test_the_new_times_are_shown_beside_the_present_ones(
    installation: Installation, ada: Staff
) -> None:
    once = planned(installation)
    asked = ada.send(f"{once}/move", {"occurrence": "", "minutes": "30"}).text
    assert asked.index("Present times") < asked.index("New times")
    ends_at = read(installation, once).maintenance.ends_at
    ada.confirm(f"{once}/move", {"occurrence": "", "minutes": "30"})
    assert read(installation, once).maintenance.ends_at == ends_at + timedelta(minutes=30)


def test_a_cancelled_maintenance_is_reinstated(installation: Installation, ada: Staff) -> None:
    once = planned(installation)
    assert "Reinstate" not in ada.get(once).text
    ada.confirm(f"{once}/cancel")
    assert read(installation, once).maintenance.status == "cancelled"
    assert f'action="{once}/reinstate"' in ada.get(once).text
    ada.confirm(f"{once}/reinstate")
    assert read(installation, once).maintenance.status == "scheduled"
    assert ada.send(f"{once}/reinstate").status_code == 409


def test_a_cancelled_date_is_reinstated_and_the_others_stay(
    installation: Installation, ada: Staff
) -> None:
    daily = planned(installation, "FREQ=DAILY")
    ada.confirm(f"{daily}/windows/{FIRST}/cancel")
    ada.confirm(f"{daily}/windows/{SECOND}/cancel")
    assert statuses(installation, daily) == ["cancelled", "cancelled"]
    assert f"{daily}/windows/{FIRST}/reinstate" in ada.get(daily).text
    ada.confirm(f"{daily}/windows/{FIRST}/reinstate")
    assert statuses(installation, daily) == ["scheduled", "cancelled"]


def test_reinstating_all_dates_leaves_a_date_cancelled_that_was_cancelled_before(
    installation: Installation, ada: Staff
) -> None:
    daily = planned(installation, "FREQ=DAILY")
    ada.confirm(f"{daily}/windows/{SECOND}/cancel")
    installation.clock.forward(hours=24, minutes=5)
    ada.confirm(f"{daily}/cancel")
    assert statuses(installation, daily) == ["cancelled", "cancelled"]
    # A date of a maintenance that is cancelled as a whole does not come back by itself.
    assert ada.send(f"{daily}/windows/{SECOND}/reinstate").status_code == 409
    installation.clock.forward(minutes=5)
    ada.confirm(f"{daily}/reinstate")
    assert statuses(installation, daily) == ["in_progress", "cancelled"]


def test_what_would_be_over_by_now_is_not_reinstated(
    installation: Installation, ada: Staff
) -> None:
    once, daily = planned(installation), planned(installation, "FREQ=DAILY")
    ada.confirm(f"{once}/cancel")
    ada.confirm(f"{daily}/windows/{FIRST}/cancel")
    installation.clock.forward(days=3)
    assert "Reinstate" not in ada.get(once).text
    assert ada.send(f"{once}/reinstate", {"confirmed": "yes"}).status_code == 409
    assert f"{FIRST}/reinstate" not in ada.get(daily).text
    again = ada.send(f"{daily}/windows/{FIRST}/reinstate", {"confirmed": "yes"})
    assert again.status_code == 409
    assert read(installation, once).cancelled_at is not None


def test_automation_says_the_same_through_the_api(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
    path = planned(installation, "FREQ=DAILY").replace("/console/", "/api/v1/")
    assert installation.ben.post(f"{path}/reinstate").json()["code"] == "not_cancelled"
    assert installation.ben.delete(f"{path}/occurrences/{FIRST}").status_code == 204
    assert installation.ben.post(f"{path}/cancel").json()["status"] == "cancelled"
    refused = installation.ben.post(f"{path}/occurrences/{FIRST}/reinstate")
    assert (refused.status_code, refused.json()["code"]) == (409, "maintenance_cancelled")
    assert installation.ben.post(f"{path}/reinstate").json()["status"] == "scheduled"
    again = installation.ben.post(f"{path}/occurrences/{FIRST}/reinstate")
    assert again.json()["current"]["occurrence"] == FIRST
    actions = [each["action"] for each in installation.ada.get("/api/v1/audit").json()["items"]]
    assert actions[:2] == ["maintenance.reinstate", "maintenance.reinstate"]
