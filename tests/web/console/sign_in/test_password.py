import asyncio
import re

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher, extract_parameters, profiles
from sqlmodel import select

from app.db.tables import SignInAttemptRow
from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import administration
from app.usecases.users.passwords.passwords import DUMMY_HASH, hashed
from app.usecases.users.sign_in import count_attempt
from app.usecases.users.users import add_user
from tests.cast import ADA, BASE_URL, BEN, Installation, Person
from tests.console import COOKIE, PASSWORD, Staff, cookie_of, give_password, send, staff

LOGIN = "/console/login"
RIGHT = {"email": ADA.name, "password": PASSWORD}


@pytest.fixture
def ada(installation: Installation) -> Person:
    """Ada has an account with a password, and a browser that knows nothing of her."""
    with installation.writing(SHELL) as ctx:
        give_password(ctx, add_user(ctx, ADA.name, Role.ADMIN).id)
    return installation.vera


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def test_the_right_password_opens_the_console(installation: Installation, ada: Person) -> None:
    answer = send(ada, LOGIN, RIGHT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    secret = cookie_of(answer)
    assert secret is not None
    page = Person(installation.app, {"Cookie": f"{COOKIE}={secret}"}).get("/console/")
    assert (page.status_code, ADA.name in page.text) == (200, True)


def test_the_cookie_is_for_this_host_alone_and_for_no_script(ada: Person) -> None:
    cookies = send(ada, LOGIN, RIGHT).headers.get_list("set-cookie")
    assert [each.partition("=")[0] for each in cookies] == [COOKIE, "__Host-fyr-device"]
    for given in cookies:
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(given.split("; "))
        assert "Domain" not in given


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": ADA.name, "password": "not the password"},
        {"email": "nobody@example.com", "password": PASSWORD},
        {"email": "", "password": ""},
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(ada: Person, wrong: dict[str, str]) -> None:
    answer = send(ada, LOGIN, wrong)
    assert answer.status_code == 401
    assert "password is wrong" in answer.text
    assert cookie_of(answer) is None
    assert PASSWORD not in answer.text
    assert f'value="{wrong["email"]}"' in answer.text


def test_after_many_wrong_passwords_it_says_when_to_try_again(
    installation: Installation, ada: Person
) -> None:
    for _ in range(7):
        with installation.writing() as ctx:
            count_attempt(ctx, ADA.name, "127.0.0.1")
    assert send(ada, LOGIN, {**RIGHT, "password": "not the password"}).status_code == 401
    refused = send(ada, LOGIN, RIGHT)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert "Try again in 15 minutes." in refused.text
    installation.clock.forward(minutes=15)
    assert send(ada, LOGIN, RIGHT).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/console/account", "/console/account"),
        ("//evil.example/console/", "/console/"),
        ("https://evil.example/", "/console/"),
        ("/console/\\evil", "/console/"),
        ("", "/console/"),
    ],
)
def test_it_leads_to_where_one_wanted_to_go_and_nowhere_else(
    ada: Person, wanted: str, led_to: str
) -> None:
    assert send(ada, LOGIN, {**RIGHT, "next": wanted}).headers["location"] == led_to


def test_who_is_not_signed_in_is_asked_to_and_led_back(installation: Installation) -> None:
    answer = installation.vera.get("/console/account?tab=2")
    assert answer.headers["location"] == "/console/login?next=/console/account%3Ftab%3D2"
    assert hidden(installation.vera.get(answer.headers["location"]).text, "next") == (
        "/console/account?tab=2"
    )


def test_what_was_typed_when_the_session_was_over_can_still_be_sent(
    installation: Installation, ada: Person
) -> None:
    asked = send(ada, "/console/account/language", {"language": "sv", "password": "hunter2"})
    assert asked.status_code == 401
    assert "your text is saved" in asked.text
    assert "hunter2" not in asked.text
    carried = hidden(asked.text, "carried")
    wrong = send(ada, LOGIN, {**RIGHT, "password": "x", "carried": carried})
    again = send(ada, LOGIN, {**RIGHT, "carried": hidden(wrong.text, "carried")})
    assert 'action="/console/account/language"' in again.text
    assert 'name="language" value="sv"' in again.text
    assert cookie_of(again) is not None


def test_what_claims_to_be_carried_leads_nowhere_else(ada: Person) -> None:
    for carried in (
        '["https://evil.example/", []]',
        "[1]",
        "x",
        '["/console/a", [["b"]]]',
        "[" * 9999,
    ):
        assert send(ada, LOGIN, {**RIGHT, "carried": carried}).status_code == 303


def test_signing_out_ends_the_session(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    answer = ben.send("/console/logout")
    assert answer.headers["location"] == LOGIN
    assert cookie_of(answer) == '""'
    assert ben.get("/console/").status_code == 303


def test_a_session_that_is_not_used_ends(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    for _ in range(3):
        installation.clock.forward(days=13)
        assert ben.get("/console/").status_code == 200
    installation.clock.forward(days=14)
    assert ben.get("/console/").status_code == 303


def test_a_session_ends_after_ninety_days_however_it_is_used(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    for _ in range(9):
        installation.clock.forward(days=9)
        assert ben.get("/console/").status_code == 200
    installation.clock.forward(days=10)
    assert ben.get("/console/").status_code == 303


def test_a_session_from_before_is_replaced_and_one_that_was_planted_is_never_taken(
    installation: Installation, ada: Person
) -> None:
    former, planted = staff(installation, Role.EDITOR), "planted-by-somebody"
    for brought in (former.secret, planted):
        browser = Person(installation.app, {"Cookie": f"{COOKIE}={brought}"})
        given = cookie_of(send(browser, LOGIN, RIGHT))
        assert given not in {None, brought}
        assert browser.get("/console/").status_code == 303
    assert former.get("/console/").status_code == 303


def test_who_is_deactivated_is_answered_like_nobody(
    installation: Installation, ada: Person
) -> None:
    with installation.writing(SHELL) as ctx:
        ben = add_user(ctx, BEN.name, Role.EDITOR, password=hashed(PASSWORD, email=BEN.name)).id
        administration.update_user(ctx, ben, disabled=True)
    answer = send(ada, LOGIN, {"email": BEN.name, "password": PASSWORD})
    assert (answer.status_code, "password is wrong" in answer.text) == (401, True)


def test_an_account_that_is_not_there_takes_as_much_work_as_one_that_is(
    production_hasher: PasswordHasher,
) -> None:
    stored = production_hasher.hash(PASSWORD)
    assert extract_parameters(DUMMY_HASH) == extract_parameters(stored)


def test_a_password_is_hashed_with_a_recommendation_of_rfc_9106(
    production_hasher: PasswordHasher,
) -> None:
    recommended = profiles.RFC_9106_LOW_MEMORY
    assert extract_parameters(production_hasher.hash(PASSWORD)) == recommended


@pytest.mark.parametrize(
    ("peer", "claimed", "counted"),
    [
        ("198.51.100.7", "203.0.113.1", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),
    ],
)
def test_only_a_proxy_of_ours_says_where_somebody_comes_from(
    installation: Installation, peer: str, claimed: str, counted: str
) -> None:
    config = uvicorn.Config(installation.app)
    config.load()

    async def asked() -> None:
        transport = httpx.ASGITransport(config.loaded_app, client=(peer, 50000))
        headers = {"Origin": BASE_URL, "X-Forwarded-For": claimed, "X-Forwarded-Proto": "https"}
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            wrong = {"email": "nobody@example.com", "password": "x"}
            assert (await client.post(LOGIN, data=wrong, headers=headers)).status_code == 401

    asyncio.run(asked())
    with installation.reading() as ctx:
        (attempt_,) = ctx.session.exec(select(SignInAttemptRow)).all()
        assert attempt_.address == counted


def test_a_made_up_session_opens_nothing(installation: Installation) -> None:
    stranger = Staff(installation, Role.ADMIN, "", "made-up")
    assert stranger.get("/console/").status_code == 303


@pytest.mark.parametrize("answer", ["", "[" * 9999, '{"id": "a", "id": "b"}', '{"response": 1}'])
def test_no_odd_answer_of_a_passkey_opens_anything(ada: Person, answer: str) -> None:
    refused = send(ada, f"{LOGIN}/passkey", {"answer": answer})
    assert (refused.status_code, cookie_of(refused)) == (401, None)
