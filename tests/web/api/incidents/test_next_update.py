"""A promised next update in the API, on pages, in feeds, texts and calendars, in the console."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.permissions import Role
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, update

POSTED = {"status": "identified", "body": "A root expired."}
DUE = "2026-03-02T12:30:00Z"
# One address of each kind of public surface, below /en or without a language.
OVERVIEW = ("/en/", "/en/index.md")
LASTING = ("/en/feed.atom", "/en/feed.rss", "/history.atom", "/history.rss", "/en/calendar.ics")


@pytest.fixture
def installation(sqlite_installation: Installation) -> Installation:
    """Promises are stored like every other time: the kind of database makes no difference."""
    return sqlite_installation


@pytest.fixture
def incident(installation: Installation) -> str:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0, reminder_minutes=0))
        return make_incident(ctx, update()).incident.id


def promise(installation: Installation, incident: str, **more: object) -> Any:  # noqa: ANN401
    new = {**POSTED, "next_update_at": DUE, **more}
    return installation.ben.post(f"/api/v1/incidents/{incident}/updates", new)


def texts(installation: Installation, *paths: str) -> dict[str, str]:
    """The bodies by path; folded lines of calendars are joined (RFC 5545 section 3.1)."""
    found = {}
    for path in paths:
        answer = installation.vera.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.text.replace("\r\n ", "")
    return found


def test_a_promised_next_update_is_on_every_surface_and_late_when_it_is(
    installation: Installation, incident: str
) -> None:
    posted = promise(installation, incident).json()
    assert posted["next_update_at"] == posted["updates"][0]["next_update_at"] == DUE
    changing = (*OVERVIEW, f"/en/incidents/{incident}", f"/en/incidents/{incident}.md")
    for path, text in texts(installation, *changing, *LASTING).items():
        assert "Next update by" in text, path
    installation.clock.forward(minutes=42)
    for path, text in texts(installation, *changing).items():
        assert "Next update was due" in text, path
        assert "Next update by" not in text, path
    # What readers store does not change with the clock.
    for path, text in texts(installation, *LASTING).items():
        assert "Next update by" in text, path


@pytest.mark.parametrize("status", ["identified", "resolved"])
def test_the_next_update_ends_the_promise(
    installation: Installation, incident: str, status: str
) -> None:
    promise(installation, incident)
    installation.clock.forward(minutes=5)
    after = promise(installation, incident, next_update_at=None, status=status).json()
    assert after["next_update_at"] is None
    for path, text in texts(installation, f"/en/incidents/{incident}", *LASTING).items():
        assert "Next update" not in text, path


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"next_update_at": "2026-03-02T11:59:00Z"}, "next_update_not_ahead"),
        ({"next_update_at": "2027-03-02T12:00:00Z"}, "next_update_not_ahead"),
        ({"status": "resolved"}, "next_update_of_resolved"),
    ],
)
def test_a_promise_that_cannot_be_meant_is_refused(
    installation: Installation, incident: str, wrong: dict[str, str], code: str
) -> None:
    answer = promise(installation, incident, **wrong)
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert len(installation.ben.get(f"/api/v1/incidents/{incident}").json()["updates"]) == 1


def test_a_new_incident_promises_too_and_a_draft_forgets_what_lapsed(
    installation: Installation,
) -> None:
    new = {**POSTED, "title": "Payments fail", "next_update_at": DUE, "publish": False}
    draft = installation.ben.post("/api/v1/incidents", new).json()
    assert draft["next_update_at"] == DUE
    installation.clock.forward(hours=1)
    published = installation.ben.post(f"/api/v1/incidents/{draft['id']}/publish").json()
    assert published["next_update_at"] is None


def test_the_composer_counts_its_promise_from_the_publication(
    installation: Installation, incident: str
) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=60))
    ben = staff(installation, Role.EDITOR)
    form = {"status": "identified", "body:en": "Soon.", "next_update_at": "15", "do": "publish"}
    shown = ben.get(f"/console/incidents/{incident}/update").text
    assert all(f'<option value="{minutes}"' in shown for minutes in (15, 30, 60))
    sent = ben.send(f"/console/incidents/{incident}/update", form)
    assert sent.status_code == 303
    installation.clock.forward(minutes=2)
    with installation.writing(ADA) as ctx:
        pending.publish_due(ctx)
    stored = installation.ben.get(f"/api/v1/incidents/{incident}").json()
    expected = installation.clock.now + timedelta(minutes=15)
    assert stored["next_update_at"] == expected.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("value", ["0", "-5", "99999999", "soon"])
def test_the_composer_refuses_other_promises_beside_the_field(
    installation: Installation, incident: str, value: str
) -> None:
    form = {"status": "identified", "body:en": "Soon.", "next_update_at": value, "do": "publish"}
    answer = staff(installation, Role.EDITOR).send(f"/console/incidents/{incident}/update", form)
    assert answer.status_code == 422
    assert 'id="next_update_at-problem"' in answer.text


def test_staff_are_reminded_at_the_promised_time(installation: Installation, incident: str) -> None:
    promise(installation, incident)
    ada = staff(installation, Role.EDITOR)
    assert "last-word nags" not in _now(ada)
    installation.clock.forward(minutes=31)
    late = _now(ada)
    assert "last-word nags" in late
    assert "Next update was due 1 minute ago" in late


def _now(person: Staff) -> str:
    return person.get("/console/").text


def test_the_promise_of_the_latest_update_is_changed_without_an_edit(
    installation: Installation, incident: str
) -> None:
    first = promise(installation, incident).json()["updates"][0]["id"]
    path = f"/api/v1/incidents/{incident}/updates/"
    later = "2026-03-02T13:15:00Z"
    changed = installation.ben.patch(f"{path}{first}", {"next_update_at": later})
    assert changed.json()["next_update_at"] == later
    assert changed.json()["updates"][0]["edited_at"] is None
    (text,) = texts(installation, f"/en/incidents/{incident}.md").values()
    assert "1:15" in text


def test_a_promise_is_withdrawn_and_comes_back_with_an_edit(
    installation: Installation, incident: str
) -> None:
    first = promise(installation, incident).json()["updates"][0]["id"]
    path, later = f"/api/v1/incidents/{incident}/updates/", "2026-03-02T13:15:00Z"
    withdrawn = installation.ben.patch(f"{path}{first}", {"next_update_at": None})
    assert withdrawn.json()["next_update_at"] is None
    edited = installation.ben.patch(f"{path}{first}", {"body": "More.", "next_update_at": later})
    assert edited.json()["next_update_at"] == later
    assert edited.json()["updates"][0]["edited_at"] is not None
    entries = installation.ada.get(f"/api/v1/audit?subject_id={incident}").json()["items"]
    assert entries[0]["after"]["next_update_at"] == "2026-03-02T13:15:00+00:00"


def test_only_the_promise_of_the_latest_update_can_be_changed(
    installation: Installation, incident: str
) -> None:
    first = promise(installation, incident).json()["updates"][0]["id"]
    path, later = f"/api/v1/incidents/{incident}/updates/", "2026-03-02T13:15:00Z"
    promise(installation, incident)
    for given, code in (
        ({"next_update_at": later}, "not_latest_update"),
        ({"next_update_at": None}, "not_latest_update"),
        ({"confirm": []}, "invalid"),
    ):
        refused = installation.ben.patch(f"{path}{first}", given)
        assert (refused.status_code, refused.json()["code"]) == (422, code), given


def test_a_changed_promise_is_ahead_and_of_an_open_incident(
    installation: Installation, incident: str
) -> None:
    done = installation.ben.post(
        f"/api/v1/incidents/{incident}/updates", {"status": "resolved", "body": "It works."}
    )
    latest = done.json()["updates"][0]["id"]
    path = f"/api/v1/incidents/{incident}/updates/{latest}"
    refused = installation.ben.patch(path, {"next_update_at": DUE})
    assert refused.json()["code"] == "next_update_of_resolved"
    reopened = promise(installation, incident).json()["updates"][0]["id"]
    path = f"/api/v1/incidents/{incident}/updates/{reopened}"
    for at in ("2026-03-02T11:00:00Z", "2027-03-02T11:00:00Z"):
        refused = installation.ben.patch(path, {"next_update_at": at})
        assert refused.json()["code"] == "next_update_not_ahead", at
