"""Attacks on passkeys: answers that an authenticator gave to somebody else, or somewhere else."""

import json
import re
from html import unescape

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.permissions import Role
from tests.cast import Installation, Person
from tests.console import Staff, cookie_of, send, staff
from tests.web.console.sign_in.authenticator import Authenticator

ACCOUNT, LOGIN = "/console/account", "/console/login"


@pytest.fixture
def ben(installation: Installation) -> Staff:
    return staff(installation, Role.EDITOR)


def challenge(person: Person, page: str) -> str:
    """The challenge in the options on a page."""
    found = re.search(r'"challenge": ?"([A-Za-z0-9_-]+)"', unescape(person.get(page).text))
    assert found is not None
    return found[1]


def register(person: Staff, answer: str) -> httpx.Response:
    return person.send(f"{ACCOUNT}/passkeys", {"answer": answer, "name": "key"})


def registered(person: Staff) -> Authenticator:
    made = Authenticator()
    answer = register(person, made.create(challenge(person, ACCOUNT)))
    assert answer.status_code == 303, answer.text
    return made


def enter(person: Person, answer: str) -> int:
    """The status of a sign-in; only a redirect comes with a session."""
    got = send(person, f"{LOGIN}/passkey", {"answer": answer})
    assert (cookie_of(got) is not None) is (got.status_code == 303)
    return got.status_code


def test_a_challenge_signs_in_once_and_for_ten_minutes(
    installation: Installation, ben: Staff
) -> None:
    key, vera = registered(ben), installation.vera
    first, late = challenge(vera, LOGIN), challenge(vera, LOGIN)
    assert [enter(vera, key.get(first)) for _ in "ab"] == [303, 401]
    installation.clock.forward(minutes=11)
    assert enter(vera, key.get(late)) == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://status.example.com.evil.example"},
        {"origin": "http://status.example.com"},
        {"host": "example.com"},
        {"is_verified": False},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
)
def test_an_answer_of_another_place_or_person_signs_nobody_in(
    installation: Installation, ben: Staff, lie: dict[str, object]
) -> None:
    key = registered(ben)
    for name, value in lie.items():
        setattr(key, name, value)
    assert enter(installation.vera, key.get(challenge(installation.vera, LOGIN))) == 401
    fresh = Authenticator()
    for name, value in lie.items():
        setattr(fresh, name, value)
    expected = 303 if "key" in lie else 422
    assert register(ben, fresh.create(challenge(ben, ACCOUNT))).status_code == expected


def test_a_counter_that_goes_back_signs_nobody_in(installation: Installation, ben: Staff) -> None:
    key, vera = registered(ben), installation.vera
    sent = []
    for count in (7, 7, 6, 8):
        key.count = count
        sent.append(enter(vera, key.get(challenge(vera, LOGIN))))
    assert sent == [303, 401, 401, 303]


def test_a_challenge_is_for_its_purpose_and_its_user(
    installation: Installation, ben: Staff
) -> None:
    ada, key = staff(installation, Role.ADMIN), registered(ben)
    mine = challenge(ben, ACCOUNT)
    assert enter(installation.vera, key.get(mine)) == 401
    new = Authenticator()
    assert register(ben, new.create(challenge(installation.vera, LOGIN))).status_code == 422
    assert register(ada, new.create(mine)).status_code == 422
    assert register(ben, new.create(mine)).status_code == 303
    assert register(ben, Authenticator().create(mine)).status_code in {409, 422}


def test_the_passkey_of_another_user_cannot_be_registered(
    installation: Installation, ben: Staff
) -> None:
    key, ada = registered(ben), staff(installation, Role.ADMIN)
    stolen = Authenticator()
    stolen.credential = key.credential
    assert register(ada, stolen.create(challenge(ada, ACCOUNT))).status_code in {409, 422}
    vera = installation.vera
    assert enter(vera, stolen.get(challenge(vera, LOGIN))) == 401
    assert enter(vera, key.get(challenge(vera, LOGIN))) == 303


def test_no_odd_answer_of_an_authenticator_is_an_error_of_the_server(
    installation: Installation, ben: Staff
) -> None:
    key, vera = registered(ben), installation.vera
    odd: tuple[object, ...] = ("", "\u00e9", "gAAA", "\0", "A" * 50_000, None, 1, [], {})
    given = key.get(challenge(vera, LOGIN))
    made = Authenticator().create(challenge(ben, ACCOUNT))
    for value in odd:
        for name in ("id", "rawId", "type", *_of_response("authenticatorData", "userHandle")):
            refused = send(vera, f"{LOGIN}/passkey", {"answer": _changed(given, name, value)})
            assert refused.status_code in {303, 401}, (name, value)
        for name in ("id", "rawId", "type", *_of_response("attestationObject", "transports")):
            added = register(ben, _changed(made, name, value))
            assert added.status_code in {303, 409, 422}, (name, value)


def _of_response(*names: str) -> tuple[str, ...]:
    return tuple(f"response.{name}" for name in (*names, "clientDataJSON"))


def _changed(answer: str, name: str, value: object) -> str:
    content = json.loads(answer)
    into = content["response"] if name.startswith("response.") else content
    into[name.removeprefix("response.")] = value
    return json.dumps(content)
