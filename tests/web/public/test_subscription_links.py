"""Links in mails: to confirm, to manage and to unsubscribe."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.domain.notifications.events import MaintenanceLevel
from app.domain.notifications.subscribers.choices import Choices, Followed
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from tests.factories import make_incident, make_service
from tests.subscribing import VERA, Subscribing
from tests.web.public.submitting import fields, installation_of, links, read, submit


def test_getting_any_link_changes_nothing(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.request()
    own.handle()
    for _ in ("pending", "active"):
        before = own.row()
        for path in links(own).values():
            for method in ("GET", "HEAD", "GET"):
                answer = vera.ask(method, f"{path}?action=delete&less=1&saved")
                assert answer.status_code in {200, 410}
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert "noindex" in answer.headers["x-robots-tag"]
                assert "set-cookie" not in answer.headers
        assert repr(own.row()) == repr(before)
        vera.post(links(own)["confirm"])


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"\xff", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"{}", "headers": {"Content-Type": "application/json"}},
        {"data": {"List-Unsubscribe": "One-Click", "more": "x" * 3_000_000}},
        {"data": {f"field{number}": "" for number in range(1_001)}},
        {"content": b"x" * 70_000, "headers": {"Content-Type": "text/plain"}},
    ],
)
def test_one_click_works_without_cookies_and_never_redirects(
    own: Subscribing, body: dict[str, Any]
) -> None:
    vera = installation_of(own).vera
    own.subscribe()
    path = links(own)["unsubscribe"]
    for _ in range(2):
        answer = vera.post(path, **body)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "Nothing is sent to this address any more." in answer.text
    assert own.row() is None
    assert vera.get(path).text == answer.text


def test_a_forged_token_gets_the_answer_of_a_deleted_one(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.subscribe()
    link = links(own)["unsubscribe"]
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")
    unknown = f"/unsubscribe/{'0' * 12}.{'A' * 22}"
    assert vera.get(forged).text == vera.get(unknown).text
    assert vera.post(forged).text == vera.post(unknown).text
    assert own.row() is not None
    for malformed in ("x", "0" * 12, f"{'0' * 12}.{'A' * 21}", f"{'0' * 12}.{'é' * 22}"):
        assert vera.get(f"/unsubscribe/{malformed}").status_code == 404
        assert vera.post(f"/unsubscribe/{malformed}").status_code == 404


def test_the_page_to_unsubscribe_masks_the_address_and_is_in_its_language(
    own: Subscribing,
) -> None:
    vera = installation_of(own).vera
    own.subscribe(choices=Choices("ar", maintenances=MaintenanceLevel.ALL))
    page = read(vera.get(links(own)["unsubscribe"]))

    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert VERA not in page.text_content()
    assert "v•••@example.net" in page.text_content()
    answer = vera.post(links(own)["unsubscribe"], data={"less": "1"})
    assert read(answer).get("lang") == "ar"
    row = own.row()
    assert row is not None
    assert (row.incidents, row.maintenances) == ("ends", "planned")


def test_an_unsubscribe_link_cannot_manage(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.subscribe()
    token = own.link(LinkPurpose.UNSUBSCRIBE)
    for path in (f"/en/subscription/{token}", f"/en/subscription/{token}/data.json"):
        assert vera.get(path).status_code == 410
    assert vera.post(f"/en/subscription/{token}", data={"action": "delete"}).status_code == 200
    assert vera.post(f"/en/subscription/{token}", data=fields()).status_code == 410
    assert vera.post(f"/en/subscribe/confirm/{token}").status_code == 410
    assert own.row() is not None


def test_an_expired_link_says_so_in_the_language_of_its_page(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.request()
    own.handle()
    link = own.link(LinkPurpose.CONFIRM)
    own.backend.clock.forward(hours=48)
    for method in ("GET", "POST"):
        answer = vera.ask(method, f"/sv/subscribe/confirm/{link}")
        assert answer.status_code == 410
        assert "Länken gäller inte längre" in answer.text


def test_a_new_address_is_asked_for_beside_its_field(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.subscribe()
    path = links(own)["manage"]
    answer = vera.post(path, data={"action": "address", "address": "no address"})
    assert answer.status_code == 422
    page = read(answer)
    assert page.xpath("//input[@name='address']/@value") == ["no address"]
    # The other form shows what is stored.
    assert page.xpath("//input[@name='scope'][@checked]/@value") == ["page"]

    answer = vera.post(path, data={"action": "address", "address": "erik@example.net"})
    assert answer.headers["location"] == f"{path}?address"
    own.handle()
    assert own.row("erik@example.net") is not None


def test_the_query_of_a_link_deletes_nothing(own: Subscribing) -> None:
    own.subscribe()
    path = links(own)["manage"]
    installation_of(own).vera.post(f"{path}?action=delete&less=1", data={"scope": "page"})
    assert own.row() is not None


def test_mistakes_in_changed_choices_are_shown_beside_their_fields(own: Subscribing) -> None:
    vera = installation_of(own).vera
    own.subscribe()
    path = links(own)["manage"]
    for change, field in [
        ({"language": "tlh"}, "language"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"scope": "chosen"}, "services"),
        ({"incidents": "none", "maintenances": "none"}, "incidents"),
    ]:
        answer = vera.post(path, data={**fields(**change), "action": "save"})
        assert answer.status_code == 422, change
        assert read(answer).xpath(f"//*[@id='error-{field}']"), change
    row = own.row()
    assert row is not None
    assert (row.language, row.time_zone, row.whole_page) == ("en", None, True)


def test_a_followed_incident_can_be_left_out(own: Subscribing) -> None:
    vera = installation_of(own).vera
    with own.backend.writing() as ctx:
        make_service(ctx, "payments")
        incident = make_incident(ctx).incident.id
    own.subscribe(choices=Choices("en", Followed(("payments",), (incident,))))
    path = links(own)["manage"]
    page = read(vera.get(path))
    assert page.xpath("//input[@name='incident'][@checked]/@value") == [incident]
    vera.post(path, data={**fields(scope="chosen", services="payments"), "action": "save"})
    page = read(vera.get(path))
    assert not page.xpath("//input[@name='incident']")
    assert page.xpath("//input[@name='services'][@checked]/@value") == ["payments"]


def test_pages_of_links_do_not_ask_for_updates_of_themselves(own: Subscribing) -> None:
    own.subscribe()
    for path in ("/en/subscribe", links(own)["manage"], links(own)["unsubscribe"]):
        text = installation_of(own).vera.get(path).text
        assert 'rel="canonical"' not in text
        assert 'name="robots" content="noindex"' in text


def test_an_unpublished_language_is_not_found(own: Subscribing) -> None:
    own.subscribe()
    vera = installation_of(own).vera
    assert vera.get("/tlh/subscribe").status_code == 404
    assert submit(installation_of(own), "/tlh/subscribe").status_code == 404
    manage = own.link(LinkPurpose.MANAGE)
    assert vera.get(f"/tlh/subscription/{manage}").status_code == 404


def test_the_database_away_is_answered_in_the_language_of_the_visitor(
    own: Subscribing, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = installation_of(own)
    own.subscribe()
    paths = links(own)
    installation.vera.get("/sv/subscribe")
    file = Path(installation.settings.data_dir) / "fyr.db"
    installation.database.close()
    for each in file.parent.glob("fyr.db*"):
        each.unlink()
    file.mkdir()
    for method, path in [
        ("POST", "/sv/subscribe"),
        ("GET", paths["manage"].replace("/en/", "/sv/")),
        ("POST", paths["confirm"].replace("/en/", "/sv/")),
        ("POST", paths["unsubscribe"]),
    ]:
        answer = installation.vera.ask(
            method, path, data=fields(), headers={"Accept-Language": "sv"}
        )
        assert answer.status_code == 503, path
        assert answer.headers["retry-after"]
        assert read(answer).get("lang") == "sv"


def test_no_token_is_on_any_other_page(own: Subscribing) -> None:
    own.subscribe()
    vera = installation_of(own).vera
    token = own.link(LinkPurpose.MANAGE)
    for path in (f"/en/nothing/{token}", f"/sv/subscription/{token}x", f"/unsubscribe/{token}/x"):
        answer = vera.get(path)
        assert answer.status_code == 404
        assert not re.search(re.escape(token), answer.text)


def test_stored_data_is_whole_json(own: Subscribing) -> None:
    own.subscribe()
    answer = installation_of(own).vera.get(links(own)["data"])
    assert answer.headers["content-disposition"].startswith("attachment")
    found = json.loads(answer.text)
    assert set(found) >= {"address", "choices", "state", "confirmed_at", "proof", "deliveries"}
