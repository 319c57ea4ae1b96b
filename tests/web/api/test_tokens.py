from tests.cast import House, Person

TOKENS = "/api/v1/tokens"


def test_a_token_is_made_told_once_and_revoked(quick_house: House) -> None:
    house = quick_house
    fresh = house.ada.post(TOKENS, {"name": "deploy", "role": "viewer"}).json()
    program = Person(house.app, {"Authorization": f"Bearer {fresh['secret']}"})
    assert program.get("/api/v1/targets").status_code == 200
    assert fresh["secret"] not in house.ada.get(TOKENS).text
    assert house.ada.delete(f"{TOKENS}/{fresh['id']}").status_code == 204
    assert program.get("/api/v1/targets").status_code == 401
    listed = {each["id"]: each for each in house.ada.get(TOKENS).json()["items"]}
    assert listed[fresh["id"]]["revoked_at"] == "2026-03-02T12:00:00Z"
    assert house.ada.delete(f"{TOKENS}/zzzzzzzzzzzz").status_code == 404


def test_the_trail_is_asked_for_in_parts(quick_house: House) -> None:
    ada = quick_house.ada
    ada.post("/api/v1/services", {"slug": "a", "name": "A"})
    for query, count in (
        ("actor=ADMIN&action=service", 1),
        ("action=service.edit", 0),
        ("subject=service&since=2026-03-02T12:00:00Z", 1),
        ("subject=service&until=2026-03-02T12:00:00Z", 0),
    ):
        assert len(ada.get(f"/api/v1/audit?{query}").json()["items"]) == count, query
    assert ada.get("/api/v1/audit?since=2026-03-02T12:00:00").json()["code"] == "naive_time"
