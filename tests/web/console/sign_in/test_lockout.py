"""Strangers who try passwords and codes do not lock staff out."""

import re

import pyotp
import pytest
from sqlmodel import select

from app.db.tables import UserRow
from app.domain.permissions import Role
from app.secret_keys import secret_key
from app.usecases.context import SHELL
from app.usecases.encryption import BrowserBox
from app.usecases.users.access import end_access
from app.usecases.users.sign_in import count_attempt
from app.usecases.users.users import add_user
from tests.cast import BEN, Installation, Person
from tests.console import PASSWORD, cookie_of, give_password, send, staff
from tests.web.console.sign_in.provider import OpenIdProvider, signed_in

LOGIN = "/console/login"
DEVICE = "__Host-fyr-device"
RIGHT = {"email": BEN.name, "password": PASSWORD}
WRONG = {"email": BEN.name, "password": "wrong"}
LETTERS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ben(installation: Installation) -> str:
    """Ben, who signs in with a password; his id."""
    with installation.writing(SHELL) as ctx:
        user_id = add_user(ctx, BEN.name, Role.EDITOR).id
        give_password(ctx, user_id)
    return user_id


def device(installation: Installation) -> Person:
    """The browser of Ben, who has signed in with it and out again."""
    value = cookie_of(send(installation.vera, LOGIN, RIGHT), DEVICE)
    return Person(installation.app, {"Cookie": f"{DEVICE}={value}"})


def lock(installation: Installation) -> None:
    """Try passwords of Ben from his own address and from many others, until all have to wait."""
    with installation.writing() as ctx:
        for number in range(100):
            count_attempt(ctx, BEN.name, f"198.51.{number}.7")
            ctx.session.flush()
    with installation.writing() as ctx:
        for number in range(40):
            count_attempt(ctx, f"{number}@example.com", "127.0.0.1")
            ctx.session.flush()


@pytest.mark.usefixtures("ben")
def test_strangers_do_not_lock_out_a_device_that_has_signed_in_before(
    installation: Installation,
) -> None:
    known = device(installation)
    lock(installation)
    assert send(installation.vera, LOGIN, RIGHT).status_code == 429
    assert send(known, LOGIN, RIGHT).status_code == 303


@pytest.mark.usefixtures("ben")
def test_a_known_device_has_a_count_of_its_own_which_locks_nobody_else(
    installation: Installation,
) -> None:
    known = device(installation)
    tried = [send(known, LOGIN, WRONG).status_code for _ in range(9)]
    assert tried == [401] * 8 + [429]
    assert send(installation.vera, LOGIN, RIGHT).status_code == 303


@pytest.mark.usefixtures("ben")
def test_a_device_of_one_user_is_a_stranger_to_the_others(installation: Installation) -> None:
    known = device(installation)
    with installation.writing(SHELL) as ctx:
        give_password(ctx, add_user(ctx, "eve@example.com", Role.EDITOR).id)
    eve = {"email": "eve@example.com", "password": "wrong"}
    assert [send(known, LOGIN, eve).status_code for _ in range(9)] == [401] * 8 + [429]
    assert send(known, LOGIN, RIGHT).status_code == 303


def test_devices_of_a_former_password_have_no_count_of_their_own(
    installation: Installation, ben: str
) -> None:
    # Somebody who had the password has signed in with as many browsers as there are guesses.
    harvested = [device(installation) for _ in range(3)]
    with installation.writing(SHELL) as ctx:
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == ben)).one()
        end_access(ctx, row)
    tried = [send(each, LOGIN, WRONG).status_code for each in harvested for _ in range(4)]
    assert tried == [401] * 8 + [429] * 4


def test_devices_of_a_time_without_a_second_factor_have_no_codes_of_their_own(
    installation: Installation, ben: str
) -> None:
    harvested = [device(installation) for _ in range(3)]
    with installation.writing(SHELL) as ctx:
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == ben)).one()
        end_access(ctx, row)
    give_factor(installation, ben)
    half_way = step(installation.vera)
    tried = [enter(each, half_way, "000000")[0] for each in harvested for _ in range(5)]
    assert tried == [401] * 10 + [429] * 5


@pytest.mark.usefixtures("ben")
def test_the_browser_with_which_a_user_changes_the_password_stays_known(
    installation: Installation,
) -> None:
    first = send(installation.vera, LOGIN, RIGHT)
    cookies = {name: cookie_of(first, name) for name in ("__Host-fyr", DEVICE)}
    ben = Person(installation.app, {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
    new = "another horse battery"
    changed = send(ben, "/console/account/password", {"present": PASSWORD, "new": new})
    assert changed.status_code == 303
    renewed = cookie_of(ben.get(changed.headers["location"]), DEVICE)
    assert renewed not in (None, cookies[DEVICE])
    lock(installation)
    known = Person(installation.app, {"Cookie": f"{DEVICE}={renewed}"})
    assert send(known, LOGIN, {"email": BEN.name, "password": new}).status_code == 303


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize("made_up", ["x", "AAAA" * 20, "é", "[]", ""])
def test_a_made_up_device_is_no_device(installation: Installation, made_up: str) -> None:
    lock(installation)
    stranger = Person(installation.app, {"Cookie": f"{DEVICE}={made_up}"})
    assert send(stranger, LOGIN, RIGHT).status_code == 429


@pytest.mark.usefixtures("ben")
def test_a_lock_does_not_stop_single_sign_on(
    joined: Installation, provider: OpenIdProvider
) -> None:
    lock(joined)
    assert signed_in(joined, provider).status_code == 303


@pytest.mark.usefixtures("ben")
def test_a_sign_in_from_a_new_device_is_shown_until_it_is_dismissed(
    installation: Installation,
) -> None:
    first = send(installation.vera, LOGIN, RIGHT)
    cookies = {name: cookie_of(first, name) for name in ("__Host-fyr", DEVICE)}
    ben = Person(installation.app, {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
    assert ben.get("/console/").text.count("Sign-in from a new device") == 1
    installation.clock.forward(minutes=5)
    again = send(ben, LOGIN, RIGHT)
    ben.headers["Cookie"] = f"__Host-fyr={cookie_of(again)}; {DEVICE}={cookies[DEVICE]}"
    assert ben.get("/console/").text.count("Sign-in from a new device") == 1
    assert send(installation.vera, LOGIN, RIGHT).status_code == 303
    page = ben.get("/console/").text
    assert page.count("Sign-in from a new device") == 2
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until is not None
    seen = send(ben, "/console/account/security-events/seen", {"until": until[1]})
    assert seen.status_code == 303
    assert "new device" not in ben.get("/console/").text
    assert ben.get("/console/account").text.count("Sign-in from a new device") == 2


@pytest.mark.parametrize("until", ["", "now", "0001-01-01T00:00:00+14:00", "2026-03-02T12:00:00"])
def test_security_events_are_dismissed_until_a_valid_time_alone(
    installation: Installation, until: str
) -> None:
    editor = staff(installation, Role.EDITOR)
    refused = editor.send("/console/account/security-events/seen", {"until": until})
    assert refused.status_code == 422


def give_factor(installation: Installation, user_id: str) -> None:
    with installation.writing(SHELL) as ctx:
        box = BrowserBox.for_purpose(secret_key(installation.settings), "console")
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == user_id)).one()
        row.totp_secret = box.encrypt(LETTERS)


def code(installation: Installation) -> str:
    return pyotp.TOTP(LETTERS).at(int(installation.clock.now.timestamp()))


def step(browser: Person) -> str:
    found = re.search(r'name="step" value="([^"]+)"', send(browser, LOGIN, RIGHT).text)
    assert found is not None
    return found[1]


def enter(browser: Person, step_: str, code_: str) -> tuple[int, str | None]:
    answer = send(browser, "/console/login/second-factor", {"step": step_, "code": code_})
    return answer.status_code, answer.headers.get("retry-after")


def test_after_ten_wrong_codes_the_delay_grows(installation: Installation, ben: str) -> None:
    give_factor(installation, ben)
    half_way = step(installation.vera)
    assert [enter(installation.vera, half_way, "000000")[0] for _ in range(10)] == [401] * 10
    assert enter(installation.vera, half_way, code(installation)) == (429, "3600")
    installation.clock.forward(hours=1)
    assert enter(installation.vera, step(installation.vera), "000000")[0] == 401
    assert enter(installation.vera, step(installation.vera), code(installation)) == (429, "7200")
    installation.clock.forward(hours=2)
    assert enter(installation.vera, step(installation.vera), code(installation))[0] == 303


def test_a_sign_in_of_the_user_gives_nobody_ten_more_codes(
    installation: Installation, ben: str
) -> None:
    give_factor(installation, ben)
    half_way = step(installation.vera)
    assert [enter(installation.vera, half_way, "000000")[0] for _ in range(9)] == [401] * 9
    assert enter(installation.vera, half_way, code(installation))[0] == 303
    half_way = step(installation.vera)
    assert [enter(installation.vera, half_way, "000000")[0] for _ in range(2)] == [401, 429]


def test_wrong_codes_of_a_stranger_do_not_stop_a_known_device(
    installation: Installation, ben: str
) -> None:
    known = device(installation)
    give_factor(installation, ben)
    half_way = step(installation.vera)
    for _ in range(11):
        status, _ = enter(installation.vera, half_way, "000000")
    assert status == 429
    assert enter(known, step(known), code(installation))[0] == 303


def test_a_form_that_needs_fresh_proof_is_sent_after_signing_in_again(
    installation: Installation, ben: str
) -> None:
    with installation.writing(SHELL) as ctx:
        row = ctx.session.exec(select(UserRow).where(UserRow.public_id == ben)).one()
        row.role = Role.ADMIN.value
        other = add_user(ctx, "eve@example.com", Role.VIEWER).id
    secret = cookie_of(send(installation.vera, LOGIN, RIGHT))
    admin = Person(installation.app, {"Cookie": f"__Host-fyr={secret}"})
    installation.clock.forward(minutes=31)
    user = f"/console/users/{other}"
    forms: dict[str, dict[str, str]] = {
        "/console/tokens": {"name": "deploys", "role": "viewer"},
        "/console/users": {"email": "new@example.com", "role": "viewer"},
        f"{user}/role": {"role": "editor"},
        f"{user}/link": {},
        f"{user}/second-factor/reset": {},
        f"{user}/identity/forget": {},
        f"{user}/enable": {},
        "/console/account/second-factor/start": {},
        "/console/account/second-factor/off": {"present": PASSWORD},
        "/console/account/passkeys": {"answer": "{}"},
        "/console/account/passkeys/zzzzzzzzzzzz/remove": {},
    }
    for path, fields in forms.items():
        refused = send(admin, path, fields)
        assert (refused.status_code, "within the last 30 minutes" in refused.text) == (401, True)
        assert PASSWORD not in refused.text
    carried = f'["{user}/role", [["role", "editor"]]]'
    again = send(admin, LOGIN, {**RIGHT, "carried": carried})
    assert f'action="{user}/role"' in again.text
    admin.headers["Cookie"] = f"__Host-fyr={cookie_of(again)}"
    assert send(admin, f"{user}/role", {"role": "editor"}).status_code == 303
    # What only takes access away needs no fresh proof.
    installation.clock.forward(minutes=31)
    assert send(admin, f"{user}/disable").status_code == 303
