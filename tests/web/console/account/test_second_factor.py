import re
from datetime import timedelta

import pyotp
import pytest
from sqlmodel import select

from app.db.tables import RecoveryCodeRow, UserRow
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.usecases.context import SHELL, Actor
from app.usecases.users.account import change_password
from app.usecases.users.passwords.passwords import PasswordHash
from app.usecases.users.second_factor import second_factor
from tests.cast import BEN, Installation
from tests.console import PASSWORD, Staff, cookie_of, give_password, send, staff

ACCOUNT = "/console/account"
FACTOR = f"{ACCOUNT}/second-factor"
LOGIN = {"email": BEN.name, "password": PASSWORD}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    """Ben, who signs in with a password."""
    opened = staff(installation, Role.EDITOR)
    with installation.writing(BEN) as ctx:
        give_password(ctx, opened.user_id)
    return opened


def code(installation: Installation, letters: str) -> str:
    return pyotp.TOTP(letters).at(int(installation.clock.now.timestamp()))


def set_up(installation: Installation, ben: Staff) -> tuple[str, list[str]]:
    """The letters in Ben's app, and his recovery codes."""
    assert ben.send(f"{FACTOR}/start").headers["location"] == FACTOR
    letters = re.search(r"<code>([A-Z2-7]{32})</code>", ben.get(FACTOR).text)
    assert letters is not None
    page = ben.send(f"{FACTOR}/confirm", {"code": code(installation, letters[1])})
    installation.clock.forward(seconds=30)
    return letters[1], re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", page.text)


def step(installation: Installation) -> str:
    """What the page after the password sends along."""
    page = send(installation.vera, "/console/login", LOGIN)
    assert (page.status_code, cookie_of(page)) == (200, None)
    found = re.search(r'name="step" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def entered(installation: Installation, step_: str, code_: str) -> int:
    answer = send(installation.vera, "/console/login/second-factor", {"step": step_, "code": code_})
    assert (cookie_of(answer) is not None) is (answer.status_code == 303)
    return answer.status_code


def test_a_password_alone_lets_nobody_in_any_more(installation: Installation, ben: Staff) -> None:
    letters, codes = set_up(installation, ben)
    assert len(set(codes)) == 10
    half_way = step(installation)
    assert entered(installation, half_way, "000000") == 401
    assert entered(installation, half_way, code(installation, letters)) == 303
    assert entered(installation, half_way, code(installation, letters)) == 404


def test_a_code_works_once_and_for_a_moment(installation: Installation, ben: Staff) -> None:
    letters, _ = set_up(installation, ben)
    shown = code(installation, letters)
    assert entered(installation, step(installation), f"{shown[:3]} {shown[3:]}") == 303
    assert entered(installation, step(installation), shown) == 401
    installation.clock.forward(seconds=90)
    assert entered(installation, step(installation), shown) == 401


def test_the_code_that_switched_it_on_opens_nothing_more(
    installation: Installation, ben: Staff
) -> None:
    letters, _ = set_up(installation, ben)
    installation.clock.now -= timedelta(seconds=30)
    assert entered(installation, step(installation), code(installation, letters)) == 401


def test_a_recovery_code_works_once(installation: Installation, ben: Staff) -> None:
    _, codes = set_up(installation, ben)
    assert entered(installation, step(installation), codes[3].upper()) == 303
    assert entered(installation, step(installation), codes[3]) == 401
    assert "9 recovery codes are left" in ben.get(ACCOUNT).text


def test_codes_cannot_be_guessed_one_after_the_other(
    installation: Installation, ben: Staff
) -> None:
    letters, _ = set_up(installation, ben)
    half_way = step(installation)
    tried = [entered(installation, half_way, f"{number:06}") for number in range(12)]
    assert tried == [401] * 10 + [429] * 2
    assert entered(installation, half_way, code(installation, letters)) == 429


def test_the_second_step_waits_for_ten_minutes(installation: Installation, ben: Staff) -> None:
    letters, _ = set_up(installation, ben)
    half_way = step(installation)
    installation.clock.forward(minutes=10)
    assert entered(installation, half_way, code(installation, letters)) == 404


def test_it_counts_only_after_a_first_code(installation: Installation, ben: Staff) -> None:
    ben.send(f"{FACTOR}/start")
    picture = ben.get(f"{FACTOR}/code.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert b"style=" not in picture.content
    assert ben.send(f"{FACTOR}/confirm", {"code": "12"}).status_code == 422
    assert send(installation.vera, "/console/login", LOGIN).status_code == 303


def test_a_browser_left_open_does_not_become_a_way_in(
    installation: Installation, ben: Staff
) -> None:
    installation.clock.forward(minutes=31)
    refused = ben.send(f"{FACTOR}/start")
    assert (refused.status_code, "within the last 30 minutes" in refused.text) == (401, True)
    passkey = ben.send(f"{ACCOUNT}/passkeys", {"answer": "{}", "name": "mine"})
    assert (passkey.status_code, "within the last 30 minutes" in passkey.text) == (401, True)
    page = ben.get(ACCOUNT).text
    assert "second-factor/start" not in page
    assert 'data-passkey="create"' not in page


def test_an_older_session_does_not_take_over_a_second_factor_that_is_being_set_up(
    installation: Installation, ben: Staff
) -> None:
    installation.clock.forward(minutes=31)
    fresh = staff(installation, Role.EDITOR)
    fresh.send(f"{FACTOR}/start")
    letters = re.search(r"<code>([A-Z2-7]{32})</code>", fresh.get(FACTOR).text)
    assert letters is not None

    for path in (FACTOR, f"{FACTOR}/code.svg"):
        assert ben.get(path).status_code == 303
    typed = {"code": code(installation, letters[1])}
    assert ben.send(f"{FACTOR}/confirm", typed).status_code == 401
    assert fresh.send(f"{FACTOR}/confirm", typed).status_code == 200


def test_secrets_are_stored_unreadable(installation: Installation, ben: Staff) -> None:
    letters, codes = set_up(installation, ben)
    with installation.reading() as ctx:
        stored = repr(ctx.session.exec(select(UserRow)).all())
        stored += repr(ctx.session.exec(select(RecoveryCodeRow)).all())
    assert letters not in stored
    assert all(each.replace("-", "") not in stored for each in codes)


def test_who_knows_the_password_switches_it_off(installation: Installation, ben: Staff) -> None:
    set_up(installation, ben)
    assert ben.send(f"{FACTOR}/start").status_code == 409
    assert ben.send(f"{FACTOR}/off", {"present": "wrong"}).status_code == 422
    assert ben.send(f"{FACTOR}/off", {"present": PASSWORD}).status_code == 303
    assert send(installation.vera, "/console/login", LOGIN).status_code == 303
    assert ben.get(FACTOR).status_code == 404


def test_an_admin_resets_that_of_who_lost_it(installation: Installation, ben: Staff) -> None:
    set_up(installation, ben)
    with installation.writing(SHELL) as ctx:
        second_factor.remove(ctx, ben.user_id)
        second_factor.remove(ctx, ben.user_id)
    assert send(installation.vera, "/console/login", LOGIN).status_code == 303


def test_a_new_password_needs_the_present_one_and_ends_other_sessions(
    installation: Installation, ben: Staff
) -> None:
    other = staff(installation, Role.EDITOR)
    change = {"present": PASSWORD, "new": "another long password"}
    assert ben.send(f"{ACCOUNT}/password", {**change, "present": "x"}).status_code == 422
    answer = ben.send(f"{ACCOUNT}/password", {**change, "new": "short"})
    assert (answer.status_code, 'id="new-problem"' in answer.text) == (422, True)
    assert "another" not in answer.text
    assert ben.send(f"{ACCOUNT}/password", change).status_code == 303
    assert (ben.get(ACCOUNT).status_code, other.get(ACCOUNT).status_code) == (200, 303)


def test_the_present_password_cannot_be_guessed_from_an_open_screen(
    installation: Installation, ben: Staff
) -> None:
    wrong = {"present": "x", "new": "another long password"}
    tried = [ben.send(f"{ACCOUNT}/password", wrong).status_code for _ in range(9)]
    assert tried == [422] * 8 + [429]


def test_nobody_chooses_anothers_password(installation: Installation, ben: Staff) -> None:
    eve = Actor(ActorKind.USER, "eve@example.com", Role.ADMIN)
    with installation.writing(eve) as ctx, pytest.raises(Exception, match="only the own password"):
        change_password(ctx, ben.user_id, PasswordHash("-"))
