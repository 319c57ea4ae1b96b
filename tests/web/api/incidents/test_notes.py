"""Internal notes on an incident: for staff, and for nobody else."""

from pathlib import Path

from app.domain.permissions import Role
from app.domain.publication import PendingReason
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from app.usecases.publication.pending import PendingText
from tests.cast import ADA, BEN, Installation
from tests.console import staff
from tests.export.conftest import exported
from tests.factories import english, make_incident, make_service, update
from tests.web.api.incidents.test_drafts_hidden import public_answers

SECRET = "Note-Hush-4711"


def opened(installation: Installation) -> str:
    """A public incident with a service, resolved, with a published postmortem; it has a note."""
    with installation.writing(ADA) as ctx:
        make_service(ctx, "payments")
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        incident = make_incident(ctx, first, title="Cards are refused").incident.id
    noted(installation, incident)
    with installation.writing(ADA) as ctx:
        post_update(ctx, incident, update(IncidentStatus.RESOLVED))
        put_postmortem(ctx, incident, NewPostmortem(english("A line was down."), publish=True))
    return incident


def noted(installation: Installation, incident: str, body: str = SECRET) -> str:
    answer = installation.ben.post(f"/api/v1/incidents/{incident}/notes", {"body": body})
    assert answer.status_code == 201, answer.text
    note: str = answer.json()["id"]
    return note


def test_a_note_is_dated_with_its_author(installation: Installation) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx, publish=False).incident.id
    older = noted(installation, incident, "One\r\ntwo")
    installation.clock.forward(minutes=5)
    newer = noted(installation, incident)
    path = f"/api/v1/incidents/{incident}/notes"
    found = installation.ben.get(path).json()["items"]
    assert [each["id"] for each in found] == [newer, older]
    assert found[1].pop("actor").startswith("editor (")  # the name of the token
    assert found[1] == {
        "id": older,
        "body": "One\ntwo",
        "written_at": "2026-03-02T12:00:00Z",
        "actor_kind": "token",
    }


def test_a_viewer_reads_notes_without_the_names_of_actors(installation: Installation) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx, publish=False).incident.id
    for _ in range(2):
        noted(installation, incident)
    path = f"/api/v1/incidents/{incident}/notes"
    assert [each["actor"] for each in installation.cy.get(path).json()["items"]] == [None, None]


def test_a_note_is_deleted_once_and_the_audit_log_has_it(installation: Installation) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx, publish=False).incident.id
    older = noted(installation, incident, "One")
    noted(installation, incident)
    path = f"/api/v1/incidents/{incident}/notes"
    assert installation.ben.delete(f"{path}/{older}").status_code == 204
    assert installation.ben.delete(f"{path}/{older}").json()["code"] == "note_not_found"
    entries = installation.ada.get("/api/v1/audit").json()["items"][:3]
    assert [each["action"] for each in entries] == ["note.delete", "note.add", "note.add"]
    assert entries[0]["after"] == {"incident": incident}


def test_a_note_is_on_no_public_surface(sqlite_installation: Installation, tmp_path: Path) -> None:
    incident = opened(sqlite_installation)
    asked = 0
    for address, _, text in public_answers(sqlite_installation, [incident]):
        assert SECRET not in text, address
        asked += incident in address
    assert asked > 5
    v2 = sqlite_installation.vera.get("/api/v2/incidents.json")
    assert incident in v2.text
    exported(sqlite_installation, tmp_path / "site")
    folders = (tmp_path / "site", sqlite_installation.settings.data_dir / "snapshot")
    files = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    assert files
    assert [each for each in files if SECRET.encode() in each.read_bytes()] == []


def test_a_visitor_may_neither_read_nor_write_a_note(sqlite_installation: Installation) -> None:
    path = f"/api/v1/incidents/{opened(sqlite_installation)}/notes"
    assert sqlite_installation.vera.get(path).status_code == 401
    assert sqlite_installation.vera.post(path, {"body": "x"}).status_code == 401
    assert sqlite_installation.cy.post(path, {"body": "x"}).status_code == 403
    facts = sqlite_installation.ada.get(path.replace("/notes", "/postmortem-draft")).text
    assert SECRET not in facts


def test_a_note_changes_nothing_that_visitors_see(sqlite_installation: Installation) -> None:
    incident = opened(sqlite_installation)
    before = sqlite_installation.vera.get("/en/").headers["etag"]
    owner = sqlite_installation.ada.get(f"/api/v1/incidents/{incident}").json()
    noted(sqlite_installation, incident)
    assert sqlite_installation.vera.get("/en/").headers["etag"] == before
    assert sqlite_installation.ada.get(f"/api/v1/incidents/{incident}").json() == owner


def test_who_has_noted_something_may_still_approve(sqlite_installation: Installation) -> None:
    incident = opened(sqlite_installation)
    with sqlite_installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    with sqlite_installation.writing(BEN) as ctx:
        text = pending.submit(ctx, PostUpdate(incident, update(body="It goes on.")))
        assert isinstance(text, PendingText)
        assert text.reason is PendingReason.SECOND_PERSON
        seen = pending.version_of(ctx, text)
    noted(sqlite_installation, incident)
    with sqlite_installation.writing(ADA) as ctx:
        pending.approve(ctx, text.id, seen=seen or "")


def test_notes_that_cannot_be_stored_are_refused(sqlite_installation: Installation) -> None:
    path = f"/api/v1/incidents/{opened(sqlite_installation)}/notes"
    for body in ("", "  ", "x" * 100_000, "a\x00b", 5, None):
        assert sqlite_installation.ben.post(path, {"body": body}).status_code == 422, body
    missing = sqlite_installation.ben.post("/api/v1/incidents/zzzzzzzzzzzz/notes", {"body": "x"})
    assert missing.status_code == 404


def test_a_note_is_written_and_deleted_in_the_console(sqlite_installation: Installation) -> None:
    incident = f"/console/incidents/{opened(sqlite_installation)}"
    ben = staff(sqlite_installation, Role.EDITOR)
    assert ben.send(f"{incident}/notes", {"body": ""}).status_code == 422
    answer = ben.send(f"{incident}/notes", {"body": "<b>Rolled back</b>"})
    assert answer.headers["location"] == f"{incident}#notes"
    page = ben.get(incident).text
    assert "&lt;b&gt;Rolled back&lt;/b&gt;" in page
    (remove, *_) = (
        each.partition('"')[0]
        for each in page.split('action="')
        if each.startswith(f"{incident}/notes/")
    )
    ben.confirm(remove)
    assert "Rolled back" not in ben.get(incident).text
    viewer = staff(sqlite_installation, Role.VIEWER).get(incident).text
    assert SECRET in viewer
    assert f"{incident}/notes" not in viewer
