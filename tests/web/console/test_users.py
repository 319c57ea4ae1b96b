import re

import pytest

from app.db.queries.users import find_user_by_id
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import account, one_time_links
from tests.cast import BEN, House
from tests.console import PASSWORD, Staff, cookie_of, send, staff

USERS = "/console/users"


@pytest.fixture
def ada(house: House) -> Staff:
    return staff(house, Role.ADMIN)


def linked(page: str) -> str:
    """The path of the link that a page tells."""
    found = re.search(r'value="https://status\.example\.com(/console/invitation/[^"]+)"', page)
    assert found is not None
    return found[1]


def of(person: Staff) -> str:
    return f"{USERS}/{person.user_id}"


def test_who_is_invited_chooses_a_password_once_and_is_in(house: House, ada: Staff) -> None:
    made = ada.send(USERS, {"email": "Eve@example.com", "role": "editor"})
    link = linked(made.text)
    assert "eve@example.com" in house.vera.get(link).text
    refused = send(house.vera, link, {"password": "short"})
    assert (refused.status_code, 'id="password-problem"' in refused.text) == (422, True)
    answer = send(house.vera, link, {"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    assert cookie_of(answer) is not None
    assert send(house.vera, link, {"password": PASSWORD}).status_code == 404
    login = {"email": "eve@example.com", "password": PASSWORD}
    assert send(house.vera, "/console/login", login).status_code == 303
    trail = ada.get("/console/audit").text
    assert {"user.invite", "user.accept"} <= set(re.findall(r"\buser\.\w+", trail))
    assert link.rpartition("/")[2] not in trail + ada.get(USERS).text


def test_a_new_link_makes_the_one_before_useless_and_ends_a_week_later(
    house: House, ada: Staff
) -> None:
    former = linked(ada.send(USERS, {"email": "eve@example.com", "role": "viewer"}).text)
    (eve,) = set(re.findall(r'href="(/console/users/\w+)"', ada.get(USERS).text)) - {of(ada)}
    newest = linked(ada.send(f"{eve}/link").text)
    assert house.vera.get(former).status_code == 404
    assert house.vera.get(newest).status_code == 200
    house.clock.forward(days=7)
    assert house.vera.get(newest).status_code == 404


def test_a_link_for_a_forgotten_password_ends_sessions_and_asks_for_the_second_factor(
    house: House, ada: Staff
) -> None:
    ben = staff(house, Role.EDITOR)
    with house.writing(SHELL) as ctx:
        row = find_user_by_id(ctx.session, ben.user_id)
        assert row is not None
        row.totp_secret = "sealed"
    link = linked(ada.send(f"{of(ben)}/link").text)
    answer = send(house.vera, link, {"password": PASSWORD})
    assert ('name="step"' in answer.text, cookie_of(answer)) == (True, None)
    assert ben.get("/console/").status_code == 303
    assert ada.send(f"{of(ben)}/second-factor/reset").headers["location"] == of(ben)
    login = {"email": BEN.name, "password": PASSWORD}
    assert send(house.vera, "/console/login", login).status_code == 303


def test_what_is_wrong_with_an_invitation_stands_beside_its_field(ada: Staff) -> None:
    answer = ada.send(USERS, {"email": "eve", "role": "editor"})
    assert (answer.status_code, 'id="email-problem"' in answer.text) == (422, True)
    answer = ada.send(USERS, {"email": "ADA@example.com", "role": "editor"})
    assert (answer.status_code, 'id="email-problem"' in answer.text) == (409, True)
    answer = ada.send(USERS, {"email": "eve@example.com", "role": "owner"})
    assert (answer.status_code, 'id="role-problem"' in answer.text) == (422, True)


def test_a_role_holds_from_the_next_request_on(house: House, ada: Staff) -> None:
    ben = staff(house, Role.EDITOR)
    assert ben.get(USERS).status_code == 403
    assert ada.send(f"{of(ben)}/role", {"role": "admin"}).headers["location"] == of(ben)
    assert ben.get(USERS).status_code == 200
    assert 'value="admin" selected' in ada.get(of(ben)).text


def test_who_is_kept_out_is_out_at_once_and_comes_in_again_when_let(
    house: House, ada: Staff
) -> None:
    ben = staff(house, Role.EDITOR)
    link = linked(ada.send(f"{of(ben)}/link").text)
    assert ada.send(f"{of(ben)}/disable").status_code == 303
    assert ben.get("/console/").status_code == 303
    assert "kept out" in ada.get(USERS).text
    assert ada.send(f"{of(ben)}/link").status_code == 409
    assert ada.send(f"{of(ben)}/enable").status_code == 303
    # Neither an old session nor an old link comes back with it.
    assert ben.get("/console/").status_code == 303
    assert house.vera.get(link).status_code == 404
    assert staff(house, Role.EDITOR).get("/console/").status_code == 200


def test_somebody_is_signed_out_everywhere(house: House, ada: Staff) -> None:
    here, there = staff(house, Role.EDITOR), staff(house, Role.EDITOR)
    assert ada.send(f"{of(here)}/sessions/end").headers["location"] == of(here)
    assert (here.get("/console/").status_code, there.get("/console/").status_code) == (303, 303)


def test_the_last_admin_who_can_sign_in_stays_one(house: House, ada: Staff) -> None:
    # Whoever was invited and never came is no admin to rely on.
    link = linked(ada.send(USERS, {"email": "eve@example.com", "role": "admin"}).text)
    answer = ada.send(f"{of(ada)}/role", {"role": "editor"})
    assert (answer.status_code, 'id="role-problem"' in answer.text) == (409, True)
    assert ada.send(f"{of(ada)}/disable").status_code == 409
    assert ada.get(USERS).status_code == 200
    with house.writing(SHELL) as ctx:
        one_time_links.accept_invitation(ctx, link.rpartition("/")[2], PASSWORD)
    assert ada.send(f"{of(ada)}/role", {"role": "editor"}).status_code == 303
    assert ada.get(USERS).status_code == 403


def test_the_last_sign_in_is_told(house: House, ada: Staff) -> None:
    with house.writing(SHELL) as ctx:
        account.choose_language(ctx, ada.user_id, "en")
    assert "2026-03-02T12:00" in ada.get(of(ada)).text


def test_a_program_does_the_same(house: House) -> None:
    users = "/api/v1/users"
    made = house.ada.post(users, {"email": "eve@example.com", "role": "viewer"}).json()
    link, address = made.pop("link"), f"{users}/{made['id']}"
    del made["link_expires_at"]
    assert house.vera.get(link.removeprefix("https://status.example.com")).status_code == 200
    assert house.ada.get(users).json()["items"] == [house.ada.get(address).json()] == [made]
    changed = house.ada.patch(address, {"role": "editor", "disabled": True}).json()
    assert (changed["role"], changed["disabled_at"]) == ("editor", "2026-03-02T12:00:00Z")
    assert house.ada.post(f"{address}/link").json()["code"] == "user_disabled"
    assert house.ada.get(f"{users}/zzzzzzzzzzzz").json()["code"] == "user_not_found"
