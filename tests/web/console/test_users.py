import re

import pytest

from app.db.queries.users.users import find_user_by_id
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import account, one_time_links
from app.usecases.users.passwords.passwords import PasswordHash
from tests.cast import BEN, Installation
from tests.console import PASSWORD, Staff, cookie_of, send, staff

USERS = "/console/users"


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return staff(installation, Role.ADMIN)


def linked(page: str) -> str:
    """The path of the link that a page tells."""
    found = re.search(r'value="https://status\.example\.com(/console/invitation/[^"]+)"', page)
    assert found is not None
    return found[1]


def of(person: Staff) -> str:
    return f"{USERS}/{person.user_id}"


def invited(ada: Staff) -> str:
    """The link with which Eve chooses a password."""
    return linked(ada.send(USERS, {"email": "Eve@example.com", "role": "editor"}).text)


def test_who_is_invited_chooses_a_password_and_is_in(
    installation: Installation, ada: Staff
) -> None:
    link = invited(ada)
    assert "eve@example.com" in installation.vera.get(link).text
    answer = send(installation.vera, link, {"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    assert cookie_of(answer) is not None
    login = {"email": "eve@example.com", "password": PASSWORD}
    assert send(installation.vera, "/console/login", login).status_code == 303


def test_an_invitation_with_too_short_a_password_can_be_sent_again(
    installation: Installation, ada: Staff
) -> None:
    link = invited(ada)
    refused = send(installation.vera, link, {"password": "short"})
    assert (refused.status_code, 'id="password-problem"' in refused.text) == (422, True)
    assert send(installation.vera, link, {"password": PASSWORD}).status_code == 303


def test_an_invitation_is_accepted_once(installation: Installation, ada: Staff) -> None:
    link = invited(ada)
    statuses = [send(installation.vera, link, {"password": PASSWORD}).status_code for _ in "ab"]
    assert statuses == [303, 404]


def test_the_audit_log_has_the_invitation_without_its_link(
    installation: Installation, ada: Staff
) -> None:
    link = invited(ada)
    send(installation.vera, link, {"password": PASSWORD})
    trail = ada.get("/console/audit").text
    assert {"user.invite", "user.accept"} <= set(re.findall(r"\buser\.\w+", trail))
    assert link.rpartition("/")[2] not in trail + ada.get(USERS).text


def test_a_new_link_makes_the_one_before_useless_and_ends_a_week_later(
    installation: Installation, ada: Staff
) -> None:
    former = linked(ada.send(USERS, {"email": "eve@example.com", "role": "viewer"}).text)
    (eve,) = set(re.findall(r'href="(/console/users/\w+)"', ada.get(USERS).text)) - {of(ada)}
    newest = linked(ada.send(f"{eve}/link").text)
    assert installation.vera.get(former).status_code == 404
    assert installation.vera.get(newest).status_code == 200
    installation.clock.forward(days=7)
    assert installation.vera.get(newest).status_code == 404


def test_a_link_for_a_forgotten_password_ends_sessions_and_asks_for_the_second_factor(
    installation: Installation, ada: Staff
) -> None:
    ben = staff(installation, Role.EDITOR)
    with installation.writing(SHELL) as ctx:
        row = find_user_by_id(ctx.session, ben.user_id)
        assert row is not None
        row.totp_secret = "sealed"
    link = linked(ada.send(f"{of(ben)}/link").text)
    answer = send(installation.vera, link, {"password": PASSWORD})
    assert ('name="step"' in answer.text, cookie_of(answer)) == (True, None)
    assert ben.get("/console/").status_code == 303
    assert ada.send(f"{of(ben)}/second-factor/reset").headers["location"] == of(ben)
    login = {"email": BEN.name, "password": PASSWORD}
    assert send(installation.vera, "/console/login", login).status_code == 303


def test_what_is_wrong_with_an_invitation_stands_beside_its_field(ada: Staff) -> None:
    answer = ada.send(USERS, {"email": "eve", "role": "editor"})
    assert (answer.status_code, 'id="email-problem"' in answer.text) == (422, True)
    answer = ada.send(USERS, {"email": "ADA@example.com", "role": "editor"})
    assert (answer.status_code, 'id="email-problem"' in answer.text) == (409, True)
    answer = ada.send(USERS, {"email": "eve@example.com", "role": "owner"})
    assert (answer.status_code, 'id="role-problem"' in answer.text) == (422, True)


def test_another_role_ends_every_session_and_holds_from_the_next_one_on(
    installation: Installation, ada: Staff
) -> None:
    ben = staff(installation, Role.EDITOR)
    assert ben.get(USERS).status_code == 403
    assert ada.send(f"{of(ben)}/role", {"role": "admin"}).headers["location"] == of(ben)
    assert ben.get(USERS).status_code == 303
    assert staff(installation, Role.EDITOR).get(USERS).status_code == 200
    assert 'value="admin" selected' in ada.get(of(ben)).text


def test_a_deactivated_user_is_signed_out_at_once(installation: Installation, ada: Staff) -> None:
    ben = staff(installation, Role.EDITOR)
    assert ada.send(f"{of(ben)}/disable").status_code == 303
    assert ben.get("/console/").status_code == 303
    assert "deactivated" in ada.get(USERS).text


def test_a_deactivated_user_gets_no_link(installation: Installation, ada: Staff) -> None:
    ben = staff(installation, Role.EDITOR)
    ada.send(f"{of(ben)}/disable")
    assert ada.send(f"{of(ben)}/link").status_code == 409


def test_neither_an_old_session_nor_an_old_link_comes_back_with_a_user(
    installation: Installation, ada: Staff
) -> None:
    ben = staff(installation, Role.EDITOR)
    link = linked(ada.send(f"{of(ben)}/link").text)
    ada.send(f"{of(ben)}/disable")
    assert ada.send(f"{of(ben)}/enable").status_code == 303
    assert ben.get("/console/").status_code == 303
    assert installation.vera.get(link).status_code == 404
    assert staff(installation, Role.EDITOR).get("/console/").status_code == 200


def test_somebody_is_signed_out_everywhere(installation: Installation, ada: Staff) -> None:
    here, there = staff(installation, Role.EDITOR), staff(installation, Role.EDITOR)
    assert ada.send(f"{of(here)}/sessions/end").headers["location"] == of(here)
    assert (here.get("/console/").status_code, there.get("/console/").status_code) == (303, 303)


def test_the_last_admin_who_can_sign_in_stays_one(installation: Installation, ada: Staff) -> None:
    # Whoever was invited and never came is no admin to rely on.
    link = linked(ada.send(USERS, {"email": "eve@example.com", "role": "admin"}).text)
    answer = ada.send(f"{of(ada)}/role", {"role": "editor"})
    assert (answer.status_code, 'id="role-problem"' in answer.text) == (409, True)
    assert ada.send(f"{of(ada)}/disable").status_code == 409
    assert ada.get(USERS).status_code == 200
    with installation.writing(SHELL) as ctx:
        one_time_links.accept_invitation(ctx, link.rpartition("/")[2], PasswordHash("-"))
    assert ada.send(f"{of(ada)}/role", {"role": "editor"}).status_code == 303
    assert ada.get(USERS).status_code == 303
    assert staff(installation, Role.ADMIN).get(USERS).status_code == 403


def test_the_last_sign_in_is_shown(installation: Installation, ada: Staff) -> None:
    with installation.writing(SHELL) as ctx:
        account.choose_language(ctx, ada.user_id, "en")
    assert "2026-03-02T12:00" in ada.get(of(ada)).text


def test_a_program_does_the_same(installation: Installation) -> None:
    users = "/api/v1/users"
    installation.sign_in_ada()
    made = installation.ada.post(users, {"email": "eve@example.com", "role": "viewer"}).json()
    link, address = made.pop("link"), f"{users}/{made['id']}"
    del made["link_expires_at"]
    assert installation.vera.get(link.removeprefix("https://status.example.com")).status_code == 200
    listed = {each["id"]: each for each in installation.ada.get(users).json()["items"]}
    assert listed[made["id"]] == installation.ada.get(address).json() == made
    changed = installation.ada.patch(address, {"role": "editor", "disabled": True}).json()
    assert (changed["role"], changed["disabled_at"]) == ("editor", "2026-03-02T12:00:00Z")
    assert installation.ada.post(f"{address}/link").json()["code"] == "user_disabled"
    assert installation.ada.get(f"{users}/zzzzzzzzzzzz").json()["code"] == "user_not_found"
