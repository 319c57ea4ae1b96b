"""Held texts, saved replies and the page's settings over HTTP."""

from datetime import timedelta

import httpx

from app.domain.permissions import Role
from app.domain.statuses import MaintenanceStatus, ServiceStatus
from app.usecases.maintenances.windows import NewMaintenanceUpdate, post_maintenance_update
from tests.cast import Installation, Person
from tests.console import staff
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.web.api.incidents.test_drafts_hidden import SECRET, public_answers

SLOW = {"payments": ServiceStatus.DEGRADED_PERFORMANCE}
NEW = {"title": "Mail is slow", "body": "We are looking into it."}


def approve(person: Person, text_id: str) -> httpx.Response:
    """Read a pending text, and approve what was read."""
    path = f"/api/v1/pending-texts/{text_id}"
    return person.post(f"{path}/approve", {"seen": person.get(path).json()["version"] or "-"})


def wanting_two(installation: Installation) -> None:
    assert installation.ada.patch("/api/v1/page", {"four_eyes": True}).status_code == 200


def test_an_editors_token_has_its_text_queued(installation: Installation) -> None:
    wanting_two(installation)
    answer = installation.ben.post("/api/v1/incidents", NEW)
    assert answer.status_code == 202
    assert answer.json()["text"] == {"en": "We are looking into it."}
    assert installation.ada.get("/api/v1/incidents").json()["items"] == []
    (waits,) = installation.ada.get("/api/v1/pending-texts").json()["items"]
    assert (waits["verb"], waits["reason"]) == ("open", "second_person")
    approved = approve(installation.ada, waits["id"])
    assert approved.status_code == 200
    assert approved.json()["title"] == {"en": "Mail is slow"}
    again = approve(installation.ada, waits["id"])
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


def test_its_author_may_take_it_back_and_not_approve_it(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    wanting_two(installation)
    waits = installation.ben.post("/api/v1/incidents", NEW).json()["id"]
    own = approve(installation.ben, waits)
    assert (own.status_code, own.json()["code"]) == (403, "own_text")
    withdrawn = installation.ben.post(f"/api/v1/pending-texts/{waits}/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["outcome"]) == (200, "withdrawn")
    assert installation.ada.get(f"/api/v1/pending-texts/{waits}").json()["outcome"] == "withdrawn"


def test_an_admins_text_waits_for_nobody(sqlite_installation: Installation) -> None:
    wanting_two(sqlite_installation)
    assert sqlite_installation.ada.post("/api/v1/incidents", NEW).status_code == 201


def test_a_viewer_reads_pending_texts_without_the_names_of_actors(
    sqlite_installation: Installation,
) -> None:
    installation = sqlite_installation
    wanting_two(installation)
    waits = installation.ben.post("/api/v1/incidents", NEW).json()["id"]
    refused = {"remark": "No."}
    installation.ada.post(f"/api/v1/pending-texts/{waits}/refuse", refused)
    path = f"/api/v1/pending-texts/{waits}"
    found = [person.get(path).json() for person in (installation.cy, installation.ben)]
    assert [(each["author"], each["decided_by"]) for each in found[:1]] == [(None, None)]
    assert found[1]["author"].startswith("editor (")
    assert found[1]["decided_by"].startswith("admin (")
    shown = staff(installation, Role.VIEWER).get(f"/console/pending-texts/{waits}")
    assert shown.status_code == 200
    assert found[1]["author"] not in shown.text
    assert found[1]["decided_by"] not in shown.text


WHY = "Not before the bank says so."


def refused(installation: Installation) -> str:
    """An incident that Ben wrote and Ada refused; the id of the pending text."""
    wanting_two(installation)
    waits = str(installation.ben.post("/api/v1/incidents", NEW).json()["id"])
    answer = installation.ada.post(f"/api/v1/pending-texts/{waits}/refuse", {"remark": WHY})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refused")
    return waits


def test_a_refused_text_is_listed_for_its_author_with_the_reason(
    installation: Installation,
) -> None:
    waits = refused(installation)
    (listed,) = installation.ben.get("/api/v1/pending-texts").json()["items"]
    assert (listed["id"], listed["remark"]) == (waits, WHY)
    assert listed["text"] == {"en": NEW["body"]}
    assert listed["decided_by"].startswith("admin")


def test_a_refused_text_is_not_listed_for_others(sqlite_installation: Installation) -> None:
    refused(sqlite_installation)
    assert sqlite_installation.ada.get("/api/v1/pending-texts").json()["items"] == []


def test_a_refused_text_is_dismissed_by_its_author(installation: Installation) -> None:
    waits = refused(installation)
    assert installation.ben.post(f"/api/v1/pending-texts/{waits}/dismiss").status_code == 200
    assert installation.ben.get("/api/v1/pending-texts").json()["items"] == []
    assert installation.ben.get(f"/api/v1/pending-texts/{waits}").json()["remark"] == WHY


def test_a_refused_text_is_not_dismissed_by_others(sqlite_installation: Installation) -> None:
    answer = sqlite_installation.ada.post(
        f"/api/v1/pending-texts/{refused(sqlite_installation)}/dismiss"
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


def test_a_text_that_waits_is_not_dismissed(sqlite_installation: Installation) -> None:
    wanting_two(sqlite_installation)
    waits = sqlite_installation.ben.post("/api/v1/incidents", NEW).json()["id"]
    answer = sqlite_installation.ben.post(f"/api/v1/pending-texts/{waits}/dismiss")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_refused")


def test_the_reason_of_a_refusal_has_a_limit(sqlite_installation: Installation) -> None:
    wanting_two(sqlite_installation)
    waits = sqlite_installation.ben.post("/api/v1/incidents", NEW).json()["id"]
    answer = sqlite_installation.ada.post(
        f"/api/v1/pending-texts/{waits}/refuse", {"remark": "x" * 1001}
    )
    assert answer.status_code == 422


def test_visitors_see_nothing_of_a_write_whose_text_waits(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        incident = make_incident(ctx, update(services=SLOW)).incident.id
    wanting_two(installation)
    page = installation.vera.get("/en/").text
    change = {"title": "All is lost", "impact": "critical"}
    assert installation.ben.patch(f"/api/v1/incidents/{incident}", change).status_code == 202
    down = {"service": "payments", "status": "major_outage"}
    fields = {"status": "identified", "body": "A root expired.", "services": [down]}
    posted = installation.ben.post(f"/api/v1/incidents/{incident}/updates", fields)
    assert posted.status_code == 202
    assert installation.vera.get("/en/").text == page
    shown = installation.ada.get(f"/api/v1/incidents/{incident}").json()
    assert (shown["impact"], shown["status"], shown["owner"]) == ("minor", "investigating", "staff")
    for waits in installation.ada.get("/api/v1/pending-texts").json()["items"]:
        approve(installation.ada, waits["id"])
    shown = installation.ada.get(f"/api/v1/incidents/{incident}").json()
    assert (shown["impact"], shown["title"]) == ("critical", {"en": "All is lost"})
    assert shown["services"] == [down]


def test_a_maintenance_waits_on_every_public_surface(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    with installation.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx).id
        other = make_maintenance(ctx, title="Cables", publish=False).id
        change = NewMaintenanceUpdate(MaintenanceStatus.SCHEDULED, english("As planned."))
        word = post_maintenance_update(ctx, planned, change).maintenance.updates[0].id
    wanting_two(installation)
    window = {"starts_at": "2026-03-04T02:00:00Z", "ends_at": "2026-03-04T04:00:00Z"}
    new = {"title": SECRET, "body": SECRET, "services": ["payments"], **window}
    path = f"/api/v1/maintenances/{planned}"
    announced = {"status": "cancelled", "body": {"sv": SECRET}}
    answers = [
        installation.ben.post("/api/v1/maintenances", new),
        installation.ben.patch(path, {"body": SECRET, **window}),
        installation.ben.post(f"{path}/updates", announced),
        installation.ben.patch(f"{path}/updates/{word}", {"body": SECRET}),
        installation.ben.post(f"/api/v1/maintenances/{other}/publish"),
    ]
    assert [each.status_code for each in answers] == [202] * 5
    for address, status, text in public_answers(installation, [other]):
        assert SECRET not in text, address
        assert "Cables" not in text, address
        assert other not in address or status == 404, address
    shown = installation.ada.get(path).json()
    assert (shown["status"], shown["starts_at"]) == ("scheduled", "2026-03-03T12:00:00Z")
    one, *_ = (each.json() for each in answers)
    assert (one["verb"], one["maintenance"]) == ("maintenance.plan", None)
    made = approve(installation.ada, one["id"]).json()
    assert made["title"] == {"en": SECRET}
    assert (
        installation.ada.get(f"/api/v1/pending-texts/{one['id']}").json()["maintenance"]
        == made["id"]
    )
    assert SECRET in installation.vera.get(f"/en/maintenances/{made['id']}").text


def test_what_says_nothing_about_a_maintenance_waits_for_nobody(
    sqlite_installation: Installation,
) -> None:
    installation = sqlite_installation
    with installation.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx, starts_in=timedelta(hours=-1)).id
    wanting_two(installation)
    path = f"/api/v1/maintenances/{planned}"
    longer = installation.ben.patch(path, {"ends_at": "2026-03-02T15:00:00Z"})
    assert (longer.status_code, longer.json()["ends_at"]) == (200, "2026-03-02T15:00:00Z")
    assert installation.ben.post(f"{path}/complete").json()["status"] == "completed"


def test_whether_subscribers_are_notified_is_stored_and_shown_to_programs(
    installation: Installation,
) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        incident = make_incident(ctx).incident.id
    path = f"/api/v1/incidents/{incident}"
    over = {"status": "resolved", "body": "Over.", "notify": False}
    assert installation.ben.post(f"{path}/updates", over).json()["updates"][0]["notify"] is False
    wanting_two(installation)
    account = {"body": "Why.", "publish": True, "notify": False}
    waits = installation.ben.put(f"{path}/postmortem", account).json()["id"]
    approve(installation.ada, waits)
    assert installation.ada.get(path).json()["postmortem"]["notify"] is False
    # It has been published without notice; another wording of it makes no news of it.
    installation.ada.put(f"{path}/postmortem", {"body": "Why, and how.", "publish": True})
    assert installation.ada.get(path).json()["postmortem"]["notify"] is False
    plan = {
        "title": "Cables",
        "body": "Nothing should be felt.",
        "services": ["payments"],
        "starts_at": "2026-03-04T02:00:00Z",
        "ends_at": "2026-03-04T04:00:00Z",
        "notify": False,
    }
    assert installation.ada.post("/api/v1/maintenances", plan).json()["notify"] is False
    (reported,) = installation.vera.get("/api/v2/incidents.json").json()["incidents"]
    words = [each["deliver_notifications"] for each in reported["incident_updates"]]
    assert words == [False, False, True]
    (window,) = installation.vera.get("/api/v2/scheduled-maintenances.json").json()[
        "scheduled_maintenances"
    ]
    assert [each["deliver_notifications"] for each in window["incident_updates"]] == [False]


def test_saved_replies_show_their_gaps(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    reply = {"name": "Looking", "body": {"en": "{service} is slow.", "sv": "{tjanst} är seg."}}
    made = installation.ben.post("/api/v1/saved-replies", reply)
    assert made.status_code == 201
    assert made.json()["placeholders"] == ["service", "tjanst"]


def test_a_saved_reply_is_renamed_and_deleted(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    reply = {"name": "Looking", "body": {"en": "It is slow."}}
    made = installation.ben.post("/api/v1/saved-replies", reply)
    taken = installation.ben.post("/api/v1/saved-replies", reply)
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    path = f"/api/v1/saved-replies/{made.json()['id']}"
    assert installation.ben.patch(path, {"name": "Slow"}).json()["name"] == "Slow"
    assert installation.ben.delete(path).status_code == 204
    assert installation.ben.get("/api/v1/saved-replies").json()["items"] == []
    assert installation.ben.delete(path).json()["code"] == "reply_not_found"


def test_the_pages_settings_show_on_the_page(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
    changed = installation.ada.patch(
        "/api/v1/page",
        {"name": "Acme", "languages": ["en", "sv"], "time_zone": "Europe/Stockholm"},
    )
    assert changed.status_code == 200
    assert changed.json()["languages"] == ["en", "sv"]
    page = installation.vera.get("/sv/").text
    assert "Acme" in page
    assert 'hreflang="ar"' not in page
    assert installation.vera.get("/ar/").status_code == 404


def test_what_the_page_cannot_be_is_refused_by_its_field(sqlite_installation: Installation) -> None:
    for change, field in (
        ({"languages": ["en", "tlh"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"default_language": "de"}, "default_language"),
        ({"languages": ["sv"]}, "default_language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"undo_seconds": 301}, "undo_seconds"),
        ({"reminder_minutes": -1}, "reminder_minutes"),
    ):
        refused = sqlite_installation.ada.patch("/api/v1/page", change)
        assert refused.status_code == 422, change
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]


def test_an_approval_names_the_version_that_was_read(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    wanting_two(installation)
    draft = installation.ben.post("/api/v1/incidents", {**NEW, "publish": False}).json()["id"]
    waits = installation.ben.post(f"/api/v1/incidents/{draft}/publish").json()["id"]
    path = f"/api/v1/pending-texts/{waits}"
    read = installation.ada.get(path).json()
    assert read["preview"]["title"] == {"en": "Mail is slow"}
    assert read["preview"]["updates"][0]["body"] == {"en": "We are looking into it."}
    assert installation.ada.post(f"{path}/approve").status_code in {400, 415, 422}
    assert installation.ada.post(f"{path}/approve", {}).status_code == 422
    installation.ben.patch(f"/api/v1/incidents/{draft}", {"title": "Evil"})
    late = installation.ada.post(f"{path}/approve", {"seen": read["version"]})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert approve(installation.ada, waits).json()["title"] == {"en": "Evil"}
