from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.permissions import Role
from app.settings import SettingsError, load_settings
from app.usecases.context import SHELL
from app.usecases.users import administration
from app.usecases.users.administration import list_user_details
from app.usecases.users.single_sign_on import mapped_role
from tests.cast import ADA, Installation, Person, open_installation
from tests.console import COOKIE, cookie_of, send, staff
from tests.web.console.sign_in.provider import (
    CLIENT,
    ERRAND,
    START,
    OpenIdProvider,
    came,
    left,
    signed_in,
    staff_of,
)


def test_whom_the_provider_vouches_for_is_a_user_with_the_mapped_role(
    joined: Installation, provider: OpenIdProvider
) -> None:
    answer = signed_in(joined, provider, "/console/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    assert staff_of(joined) == {"eve@example.com": Role.EDITOR}
    eve = Person(joined.app, {"Cookie": f"{COOKIE}={cookie_of(answer)}"})
    assert "eve@example.com" in eve.get("/console/account").text
    provider.claims["groups"] = ["oncall", "sre"]
    assert signed_in(joined, provider).status_code == 303
    assert staff_of(joined) == {"eve@example.com": Role.ADMIN}
    reported = [each["action"] for each in joined.ada.get("/api/v1/audit?limit=4").json()["items"]]
    assert reported == ["session.begin", "user.role", "session.begin", "user.single_sign_on"]


def test_the_sign_in_page_leads_there_by_a_link(joined: Installation) -> None:
    page = joined.vera.get("/console/login?next=/console/account").text
    assert f'href="{START}?next=/console/account"' in page
    typed = send(joined.vera, "/console/account/language", {"language": "sv"}).text
    assert f'href="{START}" target="_blank"' in typed
    assert 'action="/console/account/language"' in typed


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another", CLIENT]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_an_id_token_that_is_not_for_us_now_opens_nothing(
    joined: Installation, provider: OpenIdProvider, lie: dict[str, Any]
) -> None:
    provider.claims = lie
    answer = signed_in(joined, provider)
    assert (answer.status_code, cookie_of(answer)) == (403, None)
    assert "could not be verified" in answer.text
    assert staff_of(joined) == {}


@pytest.mark.parametrize(
    ("claims", "discovery"),
    [
        ({"email_verified": []}, {}),
        ({"email_verified": {"a": 1}}, {}),
        ({"email": ["eve@example.com"]}, {}),
        ({"email": "eve\0@example.com"}, {}),
        ({"sub": "e\0ve"}, {}),
        ({"sub": "\ud800"}, {}),
        ({"sub": ["eve"]}, {}),
        ({"aud": {"a": 1}}, {}),
        ({"exp": "soon"}, {}),
        ({"iat": []}, {}),
        ({}, {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}),
        ({}, {"token_endpoint_auth_methods_supported": 1, "token_endpoint": "http://[/"}),
        ({}, {"token_endpoint": "http://a:b/"}),
        ({}, {"authorization_endpoint": 1}),
        ({}, {"jwks_uri": ["a"]}),
        ({}, {"userinfo_endpoint": None}),
    ],
)
def test_what_no_provider_states_opens_nothing_and_is_no_error_of_the_server(
    joined: Installation,
    provider: OpenIdProvider,
    claims: dict[str, Any],
    discovery: dict[str, Any],
) -> None:
    provider.claims, provider.discovery = claims, discovery
    answer = joined.vera.get(START)
    if answer.status_code == 303:
        query = provider.sign_in(answer.headers["location"])
        answer = came(joined, query, cookie_of(answer, ERRAND) or "")
    assert (answer.status_code in {403, 502}, cookie_of(answer)) == (True, None)
    assert staff_of(joined) == {}


def test_a_signature_by_anybody_else_opens_nothing(
    joined: Installation, provider: OpenIdProvider
) -> None:
    provider.signs_with = provider.other_key
    assert signed_in(joined, provider).status_code == 403
    provider.algorithm = "none"
    assert signed_in(joined, provider).status_code == 403
    assert staff_of(joined) == {}


def test_what_comes_back_to_another_browser_is_refused(
    joined: Installation, provider: OpenIdProvider
) -> None:
    address, _ = left(joined)
    query = provider.sign_in(address)
    _, others = left(joined)
    assert came(joined, query, others).status_code == 403
    assert came(joined, query, "made-up").status_code == 403
    assert joined.vera.get(f"{START}/callback?{query}").status_code == 403


def test_what_another_issuer_sends_back_is_refused(
    joined: Installation, provider: OpenIdProvider
) -> None:
    address, errand = left(joined)
    query = provider.sign_in(address).replace("iss=", "iss=https://evil.example/")
    assert came(joined, query, errand).status_code == 403


def test_what_comes_back_is_accepted_once(joined: Installation, provider: OpenIdProvider) -> None:
    address, errand = left(joined)
    query = provider.sign_in(address)
    assert [came(joined, query, errand).status_code for _ in "ab"] == [303, 403]
    assert staff_of(joined) == {"eve@example.com": Role.EDITOR}


def test_what_comes_back_after_ten_minutes_is_refused(
    joined: Installation, provider: OpenIdProvider
) -> None:
    address, errand = left(joined)
    query = provider.sign_in(address)
    joined.clock.forward(minutes=11)
    assert came(joined, query, errand).status_code == 403
    assert staff_of(joined) == {}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email_verified": False}, "has not verified"),
        ({"email_verified": None}, "has not verified"),
        ({"email": "eve"}, "has not verified"),
        ({"groups": ["tea"]}, "no role here"),
        ({"groups": None}, "no role here"),
    ],
)
def test_who_has_no_verified_address_or_no_role_gets_a_reason(
    joined: Installation, provider: OpenIdProvider, claims: dict[str, Any], expected: str
) -> None:
    provider.claims = claims
    answer = signed_in(joined, provider)
    assert (answer.status_code, expected in answer.text) == (403, True)
    assert staff_of(joined) == {}


def test_what_the_id_token_leaves_out_is_asked_for(
    joined: Installation, provider: OpenIdProvider
) -> None:
    provider.claims = {"groups": None}
    provider.userinfo = {"groups": ["sre"]}
    assert signed_in(joined, provider).status_code == 303
    assert staff_of(joined) == {"eve@example.com": Role.ADMIN}
    provider.userinfo = {"sub": "mallory", "groups": ["sre"]}
    assert signed_in(joined, provider).status_code == 403


def test_who_is_deactivated_here_stays_out_and_the_last_admin_stays_one(
    joined: Installation, provider: OpenIdProvider
) -> None:
    staff(joined, Role.ADMIN)
    provider.claims = {"email": ADA.name, "sub": "ada"}
    assert signed_in(joined, provider).status_code == 303
    assert staff_of(joined) == {ADA.name: Role.ADMIN}
    provider.claims = {}
    signed_in(joined, provider)
    with joined.writing(SHELL) as ctx:
        (eve,) = (each.id for each in list_user_details(ctx) if each.email != ADA.name)
        administration.update_user(ctx, eve, disabled=True)
    answer = signed_in(joined, provider)
    assert (answer.status_code, "cannot sign in" in answer.text) == (403, True)


def test_a_provider_that_is_away_or_is_another_is_reported(
    joined: Installation, provider: OpenIdProvider
) -> None:
    provider.discovery = {"issuer": "https://evil.example"}
    assert joined.vera.get(START).status_code == 403
    provider.discovery = {"authorization_endpoint": "javascript:alert(1)"}
    assert joined.vera.get(START).status_code == 403
    address, errand = left_with(joined, provider, token_endpoint=f"{provider.issuer}/nothing")
    assert came(joined, provider.sign_in(address), errand).status_code == 403
    refused = came(joined, "error=access_denied&state=" + state_of(address), errand)
    assert "refused the sign-in" in refused.text


def left_with(joined: Installation, provider: OpenIdProvider, **stated: str) -> tuple[str, str]:
    provider.discovery = stated
    return left(joined)


def state_of(address: str) -> str:
    return httpx.URL(address).params["state"]


def test_a_private_provider_needs_to_be_allowed(
    sqlite_url: str, tmp_path: Path, listening: OpenIdProvider
) -> None:
    settings = {"oidc_client_id": CLIENT, "oidc_roles": "*=viewer"}
    with open_installation(
        sqlite_url, tmp_path, oidc_issuer=listening.issuer, **settings
    ) as closed:
        answer = closed.vera.get(START)
        assert (answer.status_code, "does not answer" in answer.text) == (502, True)


def test_without_a_provider_there_is_nothing(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path) as plain:
        assert plain.vera.get(START).status_code == 404
        assert plain.vera.get(f"{START}/callback").status_code == 404
        assert START not in plain.vera.get("/console/login").text


def test_the_highest_role_counts_also_from_a_claim_inside_another() -> None:
    roles = (("a", Role.EDITOR), ("b", Role.ADMIN), ("*", Role.VIEWER))
    assert mapped_role({"x": {"y": ["b", "a", 7]}}, "x.y", roles) is Role.ADMIN
    assert mapped_role({"x.y": "a"}, "x.y", roles) is Role.EDITOR
    assert mapped_role({"x": 7}, "x.y", roles) is Role.VIEWER
    assert mapped_role({}, "groups", roles[:2]) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"oidc_issuer": "http://login.example.com"}, "FYR_OIDC_ISSUER"),
        ({"oidc_issuer": "https://[login"}, "FYR_OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "FYR_OIDC_CLIENT_ID"),
        ({"oidc_roles": ""}, "FYR_OIDC_ROLES"),
        ({"oidc_roles": "sre=owner"}, "FYR_OIDC_ROLES"),
    ],
)
def test_settings_that_nobody_could_sign_in_with_are_refused(
    wrong: dict[str, str], named: str
) -> None:
    right = {
        "oidc_issuer": "https://login.example.com/",
        "oidc_client_id": CLIENT,
        "oidc_roles": "sre=admin",
    }
    load_settings(_env_file=None, **right)
    with pytest.raises(SettingsError, match=named):
        load_settings(_env_file=None, **{**right, **wrong})
