from tests.cast import Installation, Person

TOKENS = "/api/v1/tokens"


def test_a_token_is_made_told_once_and_revoked(sqlite_installation: Installation) -> None:
    installation = sqlite_installation
    fresh = installation.ada.post(TOKENS, {"name": "deploy", "role": "viewer"}).json()
    program = Person(installation.app, {"Authorization": f"Bearer {fresh['secret']}"})
    assert program.get("/api/v1/targets").status_code == 200
    assert fresh["secret"] not in installation.ada.get(TOKENS).text
    assert installation.ada.delete(f"{TOKENS}/{fresh['id']}").status_code == 204
    assert program.get("/api/v1/targets").status_code == 401
    listed = {each["id"]: each for each in installation.ada.get(TOKENS).json()["items"]}
    assert listed[fresh["id"]]["revoked_at"] == "2026-03-02T12:00:00Z"
    assert installation.ada.delete(f"{TOKENS}/zzzzzzzzzzzz").status_code == 404


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
