from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users.api_tokens import add_token, list_tokens
from tests.cast import Installation, Person, open_installation

PATH = "/api/v1/services"


@pytest.fixture
def limited(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose tokens may send three requests in a minute."""
    with open_installation(sqlite_url, tmp_path, api_rate=3) as opened:
        yield opened


def test_answers_say_what_is_left_of_the_quota(limited: Installation) -> None:
    answers = [limited.cy.get(PATH) for _ in range(3)]
    assert [each.headers["ratelimit"] for each in answers] == [
        f'"default";r={rest};t=60' for rest in (2, 1, 0)
    ]
    assert {each.headers["ratelimit-policy"] for each in answers} == {'"default";q=3;w=60'}
    refused = limited.cy.get(PATH)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == '"default";r=0;t=60'
    limited.clock.forward(seconds=60)
    assert limited.cy.get(PATH).status_code == 200


def test_a_token_has_a_quota_of_its_own(limited: Installation) -> None:
    assert [limited.cy.get(PATH).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert limited.ben.get(PATH).status_code == 200


def test_refusals_and_writes_count_and_have_the_headers_too(limited: Installation) -> None:
    forbidden = limited.cy.post(PATH, {"slug": "a", "name": "A"})
    missing = limited.cy.get(f"{PATH}/nothing")
    made = limited.ada.post(PATH, {"slug": "a", "name": "A"})
    assert [each.status_code for each in (forbidden, missing, made)] == [403, 404, 201]
    rests = [each.headers["ratelimit"] for each in (forbidden, missing, made)]
    assert rests == [f'"default";r={rest};t=60' for rest in (2, 1, 2)]
    assert "ratelimit" not in limited.vera.get(PATH).headers


def test_a_token_expires_after_a_year_unless_another_time_is_given(limited: Installation) -> None:
    with limited.writing(SHELL) as ctx:
        made = [add_token(ctx, "a", Role.VIEWER), add_token(ctx, "b", Role.VIEWER, days=1)]
    year, day = (Person(limited.app, {"Authorization": f"Bearer {t.secret}"}) for t in made)
    limited.clock.forward(hours=23)
    assert [each.get(PATH).status_code for each in (year, day)] == [200, 200]
    limited.clock.forward(hours=1)
    assert [each.get(PATH).status_code for each in (year, day)] == [200, 401]
    limited.clock.forward(days=364)
    assert year.get(PATH).status_code == 401


def test_the_last_use_is_exact_to_a_quarter_of_an_hour(limited: Installation) -> None:
    def used() -> list[str]:
        with limited.reading(SHELL) as ctx:
            return [f"{t.last_used_at:%H:%M}" for t in list_tokens(ctx) if t.last_used_at]

    assert used() == []
    limited.cy.get(PATH)
    limited.clock.forward(minutes=14)
    limited.cy.get(PATH)
    assert used() == ["12:00"]
    limited.clock.forward(minutes=1)
    limited.cy.get(PATH)
    assert used() == ["12:15"]


@pytest.mark.parametrize("days", [0, -1, 3651, "1", 1.5, None])
def test_an_expiry_is_one_day_to_ten_years(limited: Installation, days: object) -> None:
    new = {"name": "a", "role": "viewer", "days": days}
    assert limited.ada.post("/api/v1/tokens", new).status_code == 422
