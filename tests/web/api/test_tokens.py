from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import sessions
from app.usecases.users.users import add_user
from tests.cast import Installation, Person

TOKENS = "/api/v1/tokens"


def test_a_token_is_made_shown_once_and_revoked(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    installation.sign_in_ada()
    fresh = installation.ada.post(TOKENS, {"name": "deploy", "role": "viewer"}).json()
    program = Person(installation.app, {"Authorization": f"Bearer {fresh['secret']}"})
    assert program.get("/api/v1/targets").status_code == 200
    assert fresh["secret"] not in installation.ada.get(TOKENS).text
    assert installation.ada.delete(f"{TOKENS}/{fresh['id']}").status_code == 204
    assert program.get("/api/v1/targets").status_code == 401
    listed = {each["id"]: each for each in installation.ada.get(TOKENS).json()["items"]}
    assert listed[fresh["id"]]["revoked_at"] == "2026-03-02T12:00:00Z"
    assert installation.ada.delete(f"{TOKENS}/zzzzzzzzzzzz").status_code == 404


def test_a_token_made_with_a_token_has_the_owner_of_that_token(
    sqlite_installation: Installation,
) -> None:
    installation = sqlite_installation
    with installation.writing(SHELL) as ctx:
        eve = add_user(ctx, "eve@example.com", Role.ADMIN)
    with installation.writing(SHELL) as ctx:
        sessions.begin(ctx, eve.id, sessions.BrowserInfo("", ""), days=14)
    installation.sign_in_ada()
    sent = {"name": "deploy", "role": "admin", "owner": "eve@example.com"}
    first = installation.ada.post(TOKENS, sent).json()
    assert first["owner"] == "eve@example.com"
    eves = Person(installation.app, {"Authorization": f"Bearer {first['secret']}"})
    second = eves.post(TOKENS, {"name": "another", "role": "viewer"}).json()
    assert second["owner"] == "eve@example.com"
    owners = {each["id"]: each["owner"] for each in installation.ada.get(TOKENS).json()["items"]}
    assert owners[second["id"]] == "eve@example.com"
    assert {None, "ada@example.com"} <= set(owners.values())
    refused = installation.ada.post(TOKENS, sent | {"owner": "nobody@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_owner")


def test_the_trail_is_asked_for_in_parts(sqlite_installation: Installation) -> None:
    ada = sqlite_installation.ada
    ada.post("/api/v1/services", {"slug": "a", "name": "A"})
    for query, count in (
        ("actor=ADMIN&action=service", 1),
        ("action=service.edit", 0),
        ("subject=service&since=2026-03-02T12:00:00Z", 1),
        ("subject=service&until=2026-03-02T12:00:00Z", 0),
    ):
        assert len(ada.get(f"/api/v1/audit?{query}").json()["items"]) == count, query
    assert ada.get("/api/v1/audit?since=2026-03-02T12:00:00").json()["code"] == "naive_time"
