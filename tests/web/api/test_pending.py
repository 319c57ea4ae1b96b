"""Held texts, saved replies and the page's settings over HTTP."""

from datetime import timedelta

from app.domain.statuses import MaintenanceStatus, ServiceStatus
from app.usecases.maintenances.windows import NewMaintenanceUpdate, post_maintenance_update
from tests.cast import House
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.web.api.test_drafts_hidden import SECRET, public_answers

SLOW = {"payments": ServiceStatus.DEGRADED_PERFORMANCE}
NEW = {"title": "Mail is slow", "body": "We are looking into it."}


def wanting_two(house: House) -> None:
    assert house.ada.patch("/api/v1/page", {"four_eyes": True}).status_code == 200


def test_an_editors_token_gets_its_text_held(house: House) -> None:
    wanting_two(house)
    answer = house.ben.post("/api/v1/incidents", NEW)
    assert answer.status_code == 202
    assert answer.json()["text"] == {"en": "We are looking into it."}
    assert house.ada.get("/api/v1/incidents").json()["items"] == []
    (waits,) = house.ada.get("/api/v1/held").json()["items"]
    assert (waits["verb"], waits["reason"]) == ("open", "second_person")
    approved = house.ada.post(f"/api/v1/held/{waits['id']}/approve")
    assert approved.status_code == 200
    assert approved.json()["title"] == {"en": "Mail is slow"}
    again = house.ada.post(f"/api/v1/held/{waits['id']}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


def test_its_author_may_take_it_back_and_not_approve_it(quick_house: House) -> None:
    house = quick_house
    wanting_two(house)
    waits = house.ben.post("/api/v1/incidents", NEW).json()["id"]
    own = house.ben.post(f"/api/v1/held/{waits}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "own_text")
    withdrawn = house.ben.post(f"/api/v1/held/{waits}/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["outcome"]) == (200, "withdrawn")
    assert house.ada.get(f"/api/v1/held/{waits}").json()["outcome"] == "withdrawn"


def test_an_admins_text_waits_for_nobody(quick_house: House) -> None:
    wanting_two(quick_house)
    assert quick_house.ada.post("/api/v1/incidents", NEW).status_code == 201


WHY = "Not before the bank says so."


def refused(house: House) -> str:
    """An incident that Ben wrote and Ada refused; the id of the pending text."""
    wanting_two(house)
    waits = str(house.ben.post("/api/v1/incidents", NEW).json()["id"])
    answer = house.ada.post(f"/api/v1/held/{waits}/refuse", {"remark": WHY})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refused")
    return waits


def test_a_refused_text_is_listed_for_its_author_with_the_reason(house: House) -> None:
    waits = refused(house)
    (listed,) = house.ben.get("/api/v1/held").json()["items"]
    assert (listed["id"], listed["remark"]) == (waits, WHY)
    assert listed["text"] == {"en": NEW["body"]}
    assert listed["decided_by"].startswith("admin")


def test_a_refused_text_is_not_listed_for_others(quick_house: House) -> None:
    refused(quick_house)
    assert quick_house.ada.get("/api/v1/held").json()["items"] == []


def test_a_refused_text_is_dismissed_by_its_author(house: House) -> None:
    waits = refused(house)
    assert house.ben.post(f"/api/v1/held/{waits}/dismiss").status_code == 200
    assert house.ben.get("/api/v1/held").json()["items"] == []
    assert house.ben.get(f"/api/v1/held/{waits}").json()["remark"] == WHY


def test_a_refused_text_is_not_dismissed_by_others(quick_house: House) -> None:
    answer = quick_house.ada.post(f"/api/v1/held/{refused(quick_house)}/dismiss")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


def test_a_text_that_waits_is_not_dismissed(quick_house: House) -> None:
    wanting_two(quick_house)
    waits = quick_house.ben.post("/api/v1/incidents", NEW).json()["id"]
    answer = quick_house.ben.post(f"/api/v1/held/{waits}/dismiss")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_refused")


def test_the_reason_of_a_refusal_has_a_limit(quick_house: House) -> None:
    wanting_two(quick_house)
    waits = quick_house.ben.post("/api/v1/incidents", NEW).json()["id"]
    answer = quick_house.ada.post(f"/api/v1/held/{waits}/refuse", {"remark": "x" * 1001})
    assert answer.status_code == 422


def test_visitors_see_nothing_of_a_write_whose_text_waits(house: House) -> None:
    with house.writing() as ctx:
        make_service(ctx)
        incident = make_incident(ctx, update(services=SLOW)).incident.id
    wanting_two(house)
    page = house.vera.get("/en/").text
    change = {"title": "All is lost", "impact": "critical"}
    assert house.ben.patch(f"/api/v1/incidents/{incident}", change).status_code == 202
    down = {"service": "payments", "status": "major_outage"}
    said = {"status": "identified", "body": "A root expired.", "services": [down]}
    posted = house.ben.post(f"/api/v1/incidents/{incident}/updates", said)
    assert posted.status_code == 202
    assert house.vera.get("/en/").text == page
    shown = house.ada.get(f"/api/v1/incidents/{incident}").json()
    assert (shown["impact"], shown["status"], shown["owner"]) == ("minor", "investigating", "staff")
    for waits in house.ada.get("/api/v1/held").json()["items"]:
        house.ada.post(f"/api/v1/held/{waits['id']}/approve")
    shown = house.ada.get(f"/api/v1/incidents/{incident}").json()
    assert (shown["impact"], shown["title"]) == ("critical", {"en": "All is lost"})
    assert shown["services"] == [down]


def test_a_maintenance_waits_on_every_public_surface(quick_house: House) -> None:
    house = quick_house
    with house.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx).id
        other = make_maintenance(ctx, title="Cables", publish=False).id
        change = NewMaintenanceUpdate(MaintenanceStatus.SCHEDULED, english("As planned."))
        word = post_maintenance_update(ctx, planned, change).maintenance.updates[0].id
    wanting_two(house)
    window = {"starts_at": "2026-03-04T02:00:00Z", "ends_at": "2026-03-04T04:00:00Z"}
    new = {"title": SECRET, "body": SECRET, "services": ["payments"], **window}
    path = f"/api/v1/maintenances/{planned}"
    announced = {"status": "cancelled", "body": {"sv": SECRET}}
    answers = [
        house.ben.post("/api/v1/maintenances", new),
        house.ben.patch(path, {"body": SECRET, **window}),
        house.ben.post(f"{path}/updates", announced),
        house.ben.patch(f"{path}/updates/{word}", {"body": SECRET}),
        house.ben.post(f"/api/v1/maintenances/{other}/publish"),
    ]
    assert [each.status_code for each in answers] == [202] * 5
    for address, status, text in public_answers(house, [other]):
        assert SECRET not in text, address
        assert "Cables" not in text, address
        assert other not in address or status == 404, address
    shown = house.ada.get(path).json()
    assert (shown["status"], shown["starts_at"]) == ("scheduled", "2026-03-03T12:00:00Z")
    one, *_ = (each.json() for each in answers)
    assert (one["verb"], one["maintenance"]) == ("maintenance.plan", None)
    made = house.ada.post(f"/api/v1/held/{one['id']}/approve").json()
    assert made["title"] == {"en": SECRET}
    assert house.ada.get(f"/api/v1/held/{one['id']}").json()["maintenance"] == made["id"]
    assert SECRET in house.vera.get(f"/en/maintenances/{made['id']}").text


def test_what_says_nothing_about_a_maintenance_waits_for_nobody(quick_house: House) -> None:
    house = quick_house
    with house.writing() as ctx:
        make_service(ctx)
        planned = make_maintenance(ctx, starts_in=timedelta(hours=-1)).id
    wanting_two(house)
    path = f"/api/v1/maintenances/{planned}"
    longer = house.ben.patch(path, {"ends_at": "2026-03-02T15:00:00Z"})
    assert (longer.status_code, longer.json()["ends_at"]) == (200, "2026-03-02T15:00:00Z")
    assert house.ben.post(f"{path}/complete").json()["status"] == "completed"


def test_whether_subscribers_are_told_is_kept_and_told_to_programs(house: House) -> None:
    with house.writing() as ctx:
        make_service(ctx)
        incident = make_incident(ctx).incident.id
    path = f"/api/v1/incidents/{incident}"
    over = {"status": "resolved", "body": "Over.", "notify": False}
    assert house.ben.post(f"{path}/updates", over).json()["updates"][0]["notify"] is False
    wanting_two(house)
    account = {"body": "Why.", "publish": True, "notify": False}
    waits = house.ben.put(f"{path}/postmortem", account).json()["id"]
    house.ada.post(f"/api/v1/held/{waits}/approve")
    assert house.ada.get(path).json()["postmortem"]["notify"] is False
    # It has been published without notice; another wording of it makes no news of it.
    house.ada.put(f"{path}/postmortem", {"body": "Why, and how.", "publish": True})
    assert house.ada.get(path).json()["postmortem"]["notify"] is False
    plan = {
        "title": "Cables",
        "body": "Nothing should be felt.",
        "services": ["payments"],
        "starts_at": "2026-03-04T02:00:00Z",
        "ends_at": "2026-03-04T04:00:00Z",
        "notify": False,
    }
    assert house.ada.post("/api/v1/maintenances", plan).json()["notify"] is False
    (told,) = house.vera.get("/api/v2/incidents.json").json()["incidents"]
    words = [each["deliver_notifications"] for each in told["incident_updates"]]
    assert words == [False, False, True]
    (window,) = house.vera.get("/api/v2/scheduled-maintenances.json").json()[
        "scheduled_maintenances"
    ]
    assert [each["deliver_notifications"] for each in window["incident_updates"]] == [False]


def test_saved_replies_tell_their_gaps(quick_house: House) -> None:
    house = quick_house
    reply = {"name": "Looking", "body": {"en": "{service} is slow.", "sv": "{tjanst} är seg."}}
    made = house.ben.post("/api/v1/saved-replies", reply)
    assert made.status_code == 201
    assert made.json()["gaps"] == ["service", "tjanst"]
    taken = house.ben.post("/api/v1/saved-replies", reply)
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    path = f"/api/v1/saved-replies/{made.json()['id']}"
    assert house.ben.patch(path, {"name": "Slow"}).json()["name"] == "Slow"
    assert house.ben.delete(path).status_code == 204
    assert house.ben.get("/api/v1/saved-replies").json()["items"] == []
    assert house.ben.delete(path).json()["code"] == "reply_not_found"


def test_the_pages_settings_show_on_the_page(house: House) -> None:
    with house.writing() as ctx:
        make_service(ctx)
    changed = house.ada.patch(
        "/api/v1/page",
        {"name": "Acme", "languages": ["en", "sv"], "time_zone": "Europe/Stockholm"},
    )
    assert changed.status_code == 200
    assert changed.json()["languages"] == ["en", "sv"]
    page = house.vera.get("/sv/").text
    assert "Acme" in page
    assert 'hreflang="ar"' not in page
    assert house.vera.get("/ar/").status_code == 404


def test_what_the_page_cannot_be_is_refused_by_its_field(quick_house: House) -> None:
    for change, field in (
        ({"languages": ["en", "tlh"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"default_language": "de"}, "default_language"),
        ({"languages": ["sv"]}, "default_language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"undo_seconds": 301}, "undo_seconds"),
        ({"nag_minutes": -1}, "nag_minutes"),
    ):
        refused = quick_house.ada.patch("/api/v1/page", change)
        assert refused.status_code == 422, change
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]
