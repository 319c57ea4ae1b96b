"""Held texts, saved replies and the page's settings over HTTP."""

from tests.cast import House
from tests.factories import make_service

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
    assert house.ben.post(f"/api/v1/held/{waits}/withdraw").json()["outcome"] == "withdrawn"
    assert house.ada.get(f"/api/v1/held/{waits}").json()["outcome"] == "withdrawn"


def test_an_admins_text_waits_for_nobody(quick_house: House) -> None:
    wanting_two(quick_house)
    assert quick_house.ada.post("/api/v1/incidents", NEW).status_code == 201


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
