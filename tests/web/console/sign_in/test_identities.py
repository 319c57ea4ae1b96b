"""Who somebody is to the single sign-on, and what is stored of the provider."""

import re

import httpx
import pytest

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import administration
from app.usecases.users.administration import list_user_details
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.users import add_user
from tests.cast import BEN, Installation, Person
from tests.console import COOKIE, PASSWORD, cookie_of, send, staff
from tests.factories import make_incident
from tests.web.console.sign_in.provider import (
    START,
    OpenIdProvider,
    came,
    left,
    signed_in,
    staff_of,
)

LOGIN = "/console/login"
DISCOVERY = "/.well-known/openid-configuration"


def in_as(installation: Installation, provider: OpenIdProvider, **claims: object) -> Person:
    """Somebody whom the provider tells these things of, signed in."""
    provider.claims = claims
    answer = signed_in(installation, provider)
    assert answer.status_code == 303, answer.text
    return Person(installation.app, {"Cookie": f"{COOKIE}={cookie_of(answer)}"})


def refused(installation: Installation, provider: OpenIdProvider, **claims: object) -> str:
    """The answer to somebody about whom the provider states these claims."""
    provider.claims = claims
    answer = signed_in(installation, provider)
    assert (answer.status_code, cookie_of(answer)) == (403, None)
    return answer.text


def test_who_has_a_new_address_stays_who_they_are(
    joined: Installation, provider: OpenIdProvider
) -> None:
    eve = in_as(joined, provider)
    new = in_as(joined, provider, email="Eve.Berg@example.com")
    assert staff_of(joined) == {"eve.berg@example.com": Role.EDITOR}
    assert "eve.berg@example.com" in eve.get("/console/account").text
    assert new.get("/console/").status_code == 200
    reported = joined.ada.get("/api/v1/audit?action=user.email").json()["items"]
    assert [each["before"] | each["after"] for each in reported] == [
        {"email": "eve.berg@example.com"}
    ]


def test_an_address_that_nobody_vouches_for_changes_nothing(
    joined: Installation, provider: OpenIdProvider
) -> None:
    in_as(joined, provider)
    for claims in ({"email_verified": False, "email": "x@example.com"}, {"email": None}):
        in_as(joined, provider, **claims)
    in_as(joined, provider, email="no address")
    assert list(staff_of(joined)) == ["eve@example.com"]


def test_who_is_given_somebodys_former_address_does_not_become_them(
    joined: Installation, provider: OpenIdProvider
) -> None:
    in_as(joined, provider)
    assert "belongs to another account" in refused(joined, provider, sub="mallory")
    assert list(staff_of(joined)) == ["eve@example.com"]
    in_as(joined, provider, email="eve.berg@example.com")
    in_as(joined, provider, sub="mallory")
    assert set(staff_of(joined)) == {"eve@example.com", "eve.berg@example.com"}


def test_an_address_that_another_user_has_is_not_taken_over(
    joined: Installation, provider: OpenIdProvider
) -> None:
    with joined.writing(SHELL) as ctx:
        add_user(ctx, BEN.name, Role.ADMIN, password=hashed(PASSWORD, email=BEN.name))
    in_as(joined, provider)
    eve = in_as(joined, provider, email=BEN.name)
    assert "eve@example.com" in eve.get("/console/account").text
    assert staff_of(joined)[BEN.name] is Role.ADMIN


def test_an_account_from_before_is_theirs_at_the_first_time(
    joined: Installation, provider: OpenIdProvider
) -> None:
    with joined.writing(SHELL) as ctx:
        before = add_user(
            ctx, "eve@example.com", Role.VIEWER, password=hashed(PASSWORD, email="eve@example.com")
        )
    assert "has not verified" in refused(joined, provider, email_verified=False)
    in_as(joined, provider)
    with joined.reading() as ctx:
        (eve,) = list_user_details(ctx)
    assert (eve.id, eve.role) == (before.id, Role.EDITOR)


def test_an_address_is_vouched_for_only_where_the_provider_says_so(
    joined: Installation, provider: OpenIdProvider
) -> None:
    provider.userinfo = {"email": "mine@example.com", "email_verified": True}
    assert "has not verified" in refused(
        joined, provider, email="ada@example.com", email_verified=None
    )
    in_as(joined, provider, email=None, email_verified=None)
    assert list(staff_of(joined)) == ["mine@example.com"]


def test_nobody_approves_their_own_text_under_a_new_address(
    joined: Installation, provider: OpenIdProvider
) -> None:
    assert joined.ada.patch("/api/v1/page", {"four_eyes": True}).status_code == 200
    with joined.writing() as ctx:
        made = make_incident(ctx, title="Slow").incident.id
    eve = in_as(joined, provider)
    text = {"status": "monitoring", "body:en": "We watch."}
    held = send(eve, f"/console/incidents/{made}/update", text).headers["location"]
    assert re.fullmatch(r"/console/pending-texts/\w+", held)
    eve = in_as(joined, provider, email="eve.berg@example.com")
    assert send(eve, f"{held}/approve").status_code in {403, 409, 422}
    assert "We watch." not in joined.vera.get(f"/en/incidents/{made}").text


def test_a_role_that_is_taken_away_there_ends_open_sessions_here(
    joined: Installation, provider: OpenIdProvider
) -> None:
    staff(joined, Role.ADMIN)
    eve = in_as(joined, provider, groups=["sre"])
    assert eve.get("/console/users").status_code == 200
    in_as(joined, provider, groups=["oncall"])
    assert eve.get("/console/users").status_code == 303


@pytest.mark.parametrize("wanted", ["//evil.example/console/", "https://evil.example/console/"])
def test_it_leads_nowhere_else(joined: Installation, provider: OpenIdProvider, wanted: str) -> None:
    answer = signed_in(joined, provider, wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


@pytest.mark.usefixtures("provider")
def test_what_a_browser_takes_along_is_for_this_host_alone_and_for_no_script(
    joined: Installation,
) -> None:
    (given,) = joined.vera.get(START).headers.get_list("set-cookie")
    assert given.startswith("__Host-fyr-errand=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(given.split("; "))


def test_an_admin_lets_a_new_account_there_be_who_the_former_one_was(
    joined: Installation, provider: OpenIdProvider
) -> None:
    ada, eve = staff(joined, Role.ADMIN), in_as(joined, provider)
    (one,) = (
        each for each in joined.ada.get("/api/v1/users").json()["items"] if each["single_sign_on"]
    )
    path = f"/console/users/{one['id']}"
    assert "identity/forget" in ada.get(path).text
    assert ada.send(f"{path}/identity/forget").headers["location"] == path
    assert "identity/forget" not in ada.get(path).text
    assert eve.get("/console/").status_code == 303
    in_as(joined, provider, sub="eve-again")
    assert "belongs to another account" in refused(joined, provider)
    with joined.reading() as ctx:
        assert administration.get_user(ctx, one["id"]).single_sign_on


def test_what_the_provider_says_of_itself_is_asked_once_in_ten_minutes(
    joined: Installation, provider: OpenIdProvider
) -> None:
    for _ in range(3):
        signed_in(joined, provider)
    assert (provider.paths.count(DISCOVERY), provider.paths.count("/jwks")) == (1, 1)
    joined.clock.forward(minutes=10)
    left(joined)
    assert provider.paths.count(DISCOVERY) == 2


def test_a_key_that_is_new_is_asked_for_once(
    joined: Installation, provider: OpenIdProvider
) -> None:
    signed_in(joined, provider)
    provider.change_key()
    assert signed_in(joined, provider).status_code == 303
    assert provider.paths.count("/jwks") == 2
    provider.signs_with = provider.other_key
    refused(joined, provider)
    assert provider.paths.count("/jwks") == 3


def test_what_was_refused_is_asked_again_but_not_as_often_as_strangers_like(
    joined: Installation, provider: OpenIdProvider
) -> None:
    def made_up_code() -> int:
        address, errand = left(joined)
        state = httpx.URL(address).params["state"]
        return came(joined, f"code=made-up&state={state}", errand).status_code

    assert [made_up_code() for _ in range(3)] == [403] * 3
    assert provider.paths.count(DISCOVERY) == 1
    joined.clock.forward(minutes=1)
    assert made_up_code() == 403
    assert signed_in(joined, provider).status_code == 303
    assert provider.paths.count(DISCOVERY) == 2


@pytest.mark.parametrize("at", ["the beginning", "the end"])
def test_while_the_provider_is_away_the_page_says_so_and_a_password_opens(
    joined: Installation, provider: OpenIdProvider, at: str
) -> None:
    with joined.writing(SHELL) as ctx:
        add_user(ctx, BEN.name, Role.EDITOR, password=hashed(PASSWORD, email=BEN.name))
    if at == "the beginning":
        provider.is_broken = True
        answer = joined.vera.get(f"{START}?next=/console/account")
    else:
        address, errand = left(joined)
        query = provider.sign_in(address)
        provider.is_broken = True
        answer = came(joined, query, errand)
    assert answer.status_code == 502
    assert "does not answer. Try again, or use another way to sign in." in answer.text
    assert 'action="/console/login"' in answer.text
    password = {"email": BEN.name, "password": PASSWORD}
    assert send(joined.vera, LOGIN, password).status_code == 303
    provider.is_broken = False
    joined.clock.forward(minutes=1)
    assert signed_in(joined, provider).status_code == 303
