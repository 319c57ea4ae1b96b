"""A stolen token of an admin gives nobody access: its owner has to have signed in lately."""

from collections.abc import Callable

import httpx
import pytest

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import sessions
from app.usecases.users.users import add_user
from tests.cast import Installation, Person

USERS, TOKENS = "/api/v1/users", "/api/v1/tokens"
Act = Callable[[Person, str], httpx.Response]
# Each action that lets somebody in, or lets somebody do more; for the user Eve.
GIVE_ACCESS: dict[str, Act] = {
    "make a token": lambda who, _: who.post(TOKENS, {"name": "x", "role": "viewer"}),
    "make a token of Eve": lambda who, _: who.post(
        TOKENS, {"name": "x", "role": "viewer", "owner": "eve@example.com"}
    ),
    "invite": lambda who, _: who.post(USERS, {"email": "new@example.com", "role": "admin"}),
    "reset link": lambda who, eve: who.post(f"{USERS}/{eve}/link"),
    "second factor": lambda who, eve: who.post(f"{USERS}/{eve}/reset-second-factor"),
    "identity": lambda who, eve: who.post(f"{USERS}/{eve}/forget-identity"),
    "role": lambda who, eve: who.patch(f"{USERS}/{eve}", {"role": "admin"}),
    "role beside a deactivation": lambda who, eve: who.patch(
        f"{USERS}/{eve}", {"role": "admin", "disabled": True}
    ),
    "enable": lambda who, eve: who.patch(f"{USERS}/{eve}", {"disabled": False}),
}
TAKE_ACCESS: dict[str, Act] = {
    "disable": lambda who, eve: who.patch(f"{USERS}/{eve}", {"disabled": True}),
    "end sessions": lambda who, eve: who.post(f"{USERS}/{eve}/end-sessions"),
    "read": lambda who, eve: who.get(f"{USERS}/{eve}"),
}


@pytest.fixture
def eve(installation: Installation) -> str:
    with installation.writing(SHELL) as ctx:
        return add_user(ctx, "eve@example.com", Role.EDITOR).id


def refusals(installation: Installation, eve: str) -> set[tuple[int, str, str]]:
    answers = [act(installation.ada, eve) for act in GIVE_ACCESS.values()]
    kinds = {each.headers["content-type"] for each in answers}
    assert kinds == {"application/problem+json"}
    return {(each.status_code, each.json()["code"], each.json()["detail"]) for each in answers}


def state(installation: Installation) -> object:
    """Everything that the actions could have changed."""
    paths = (USERS, TOKENS, "/api/v1/audit")
    return [installation.ada.get(path).json() for path in paths]


def test_a_token_gives_nobody_access_when_its_owner_has_not_signed_in_lately(
    installation: Installation, eve: str
) -> None:
    installation.sign_in_ada()
    installation.clock.forward(minutes=30, seconds=1)
    before = state(installation)
    ((status, code, detail),) = refusals(installation, eve)
    assert (status, code) == (403, "sign_in_again")
    assert "ada@example.com, who owns this token, signs in to the console first" in detail
    assert state(installation) == before


def test_a_token_without_an_owner_gives_nobody_access(installation: Installation, eve: str) -> None:
    ((status, code, detail),) = refusals(installation, eve)
    assert (status, code) == (403, "sign_in_again")
    assert "a token with an owner" in detail


def test_a_token_gives_access_within_half_an_hour_after_its_owner_signed_in(
    installation: Installation, eve: str
) -> None:
    installation.sign_in_ada()
    installation.clock.forward(minutes=30)
    answers = {name: act(installation.ada, eve).status_code for name, act in GIVE_ACCESS.items()}
    # The last but one has disabled Eve.
    assert set(answers.values()) <= {200, 201}, answers


def test_signing_out_and_the_sign_in_of_somebody_else_are_no_proof(
    installation: Installation, eve: str
) -> None:
    ada = installation.sign_in_ada()
    with installation.writing(SHELL) as ctx:
        sessions.revoke_all(ctx, ada)
        sessions.begin(ctx, eve, sessions.BrowserInfo("", ""), days=14)
    ((status, code, _),) = refusals(installation, eve)
    assert (status, code) == (403, "sign_in_again")


def test_a_token_takes_access_away_at_any_time(installation: Installation, eve: str) -> None:
    answers = {name: act(installation.ada, eve).status_code for name, act in TAKE_ACCESS.items()}
    assert set(answers.values()) == {200}, answers


def test_a_lesser_token_learns_of_no_sign_in(installation: Installation, eve: str) -> None:
    for who in (installation.ben, installation.cy):
        codes = {act(who, eve).json()["code"] for act in GIVE_ACCESS.values()}
        assert codes == {"forbidden"}


def test_a_stored_response_is_repeated_only_with_a_recent_sign_in(
    installation: Installation,
) -> None:
    def sent() -> httpx.Response:
        body, headers = {"name": "x", "role": "viewer"}, {"Idempotency-Key": "k"}
        return installation.ada.post(TOKENS, body, headers=headers)

    user = installation.sign_in_ada()
    first = sent()
    installation.clock.forward(minutes=30)
    assert sent().content == first.content
    installation.clock.forward(seconds=1)
    refused = sent()
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")
    assert first.json()["secret"] not in refused.text
    assert installation.sign_in_ada() == user
    assert sent().content == first.content
    with installation.writing(SHELL) as ctx:
        sessions.revoke_all(ctx, user)
    assert sent().json()["code"] == "sign_in_again"
