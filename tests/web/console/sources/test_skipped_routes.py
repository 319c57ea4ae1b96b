"""A stored route whose pattern is refused today is skipped, and staff read that it is."""

import pytest

from app.db.queries.sources.sources import find_route
from app.domain.permissions import Role
from app.usecases.sources.routes import NewRoute, add_route
from tests.cast import Installation
from tests.console import staff

# As releases took them whose patterns ran on Python's engine.
BACKREFERENCE = ["team", "=~", r"(shop|bank)-\1"]
LOOKAHEAD = ["team", "!~", "(?!shop).*"]
WARNING = "one of its matchers is not valid any more"


@pytest.fixture
def skipped(installation: Installation) -> str:
    """The id of a route that is skipped, beside one that is not."""
    with installation.writing() as ctx:
        add_route(ctx, NewRoute(matchers=(("team", "=", "shop"),), action="note"))
        made = add_route(ctx, NewRoute(matchers=(("team", "=", "bank"),), action="note")).id
        row = find_route(ctx.session, made)
        assert row is not None
        row.matchers = [BACKREFERENCE, LOOKAHEAD]
    return made


def test_the_list_of_sources_counts_the_routes_that_are_skipped(
    installation: Installation, skipped: str
) -> None:
    assert skipped
    for role in Role:
        page = staff(installation, role).get("/console/sources").text
        assert "1 route is skipped because of its matchers." in page


def test_the_list_and_the_form_say_which_route_is_skipped_and_why(
    installation: Installation, skipped: str
) -> None:
    ada = staff(installation, Role.ADMIN)
    listed, form = (ada.get(f"/console/routes{each}").text for each in ("", f"/{skipped}"))
    for page in (listed, form):
        assert page.count(WARNING) == 1
        assert "is no regular expression of RE2" in page
    numbers = {f"{name}_seconds": "0" for name in ("group_wait", "resolve_after", "reopen_within")}
    fields = {"min_alerts": "1", "min_sources": "1", "matchers": "team = bank", "action": "note"}
    answer = ada.send(f"/console/routes/{skipped}", fields | numbers)
    assert answer.status_code == 303, answer.text
    assert WARNING not in ada.get("/console/routes").text
    assert "skipped" not in ada.get("/console/sources").text


def test_the_api_says_why_a_route_is_skipped(installation: Installation, skipped: str) -> None:
    items = installation.cy.get("/api/v1/routes").json()["items"]
    problems = {each["id"]: each["problem"] for each in items}
    assert "is no regular expression of RE2" in problems.pop(skipped)
    assert set(problems.values()) == {None}
