"""Long lists of the console: searched, filtered and paged."""

from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.services.services import archive_service
from app.usecases.users.users import add_user
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_maintenance, make_service, make_target, update
from tests.many_rows import counted_queries, fill

INCIDENTS = "/console/incidents"


@pytest.fixture
def cy(installation: Installation) -> Staff:
    """A viewer of a page with ten years of incidents, one of them in a service that is archived."""
    with installation.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "search")
        long_ago = update(
            IncidentStatus.RESOLVED,
            {"search": ServiceStatus.MAJOR_OUTAGE},
            posted_at=ctx.now - timedelta(days=3650),
        )
        make_incident(ctx, long_ago, title="Caf\u00e9 index lost")
        make_incident(ctx, title="Slow & steady <b>")
        archive_service(ctx, "search")
    return staff(installation, Role.VIEWER)


def links(page: str) -> list[str]:
    """The texts of the links to things in a list."""
    found: Any = html.document_fromstring(page).xpath("//ul[@class='list']//strong")
    return [str(each.text_content()) for each in found]


def test_any_incident_of_ten_years_is_found_in_three_interactions(cy: Staff) -> None:
    # 1: the link *Incidents* of the first screen; 2: words into the search; 3: its button.
    page: Any = html.document_fromstring(cy.get("/console/").text)
    (address,) = set(page.xpath("//nav[@id='ways']//a[@href='/console/incidents']/@href"))
    shown: Any = html.document_fromstring(cy.get(address).text)
    (form,) = (each for each in shown.forms if each.get("role") == "search")
    form.fields["q"] = "INDEX cafe"
    answer = cy.get(form.action, params=dict(form.form_values()))
    assert links(answer.text) == ["Caf\u00e9 index lost"]
    assert 'value="INDEX cafe"' in answer.text


def test_incidents_are_filtered_by_archived_service_state_and_days(cy: Staff) -> None:
    for query in ("service=search", "state=resolved", "until=2020-01-01", "q=lost&state=all"):
        assert links(cy.get(f"{INCIDENTS}?{query}").text) == ["Caf\u00e9 index lost"], query
    for query in ("q=nothing", "service=payments", "state=draft", "since=2026-03-03", "q=%25"):
        assert links(cy.get(f"{INCIDENTS}?{query}").text) == [], query
    assert "No incident matches these filters." in cy.get(f"{INCIDENTS}?q=nothing").text
    assert links(cy.get(INCIDENTS).text) == ["Slow & steady <b>"]


def test_a_filter_that_cannot_be_is_named_and_ignored(cy: Staff) -> None:
    answer = cy.get(f"{INCIDENTS}?since=yesterday&state=%00&service=nothing&q=steady")
    assert answer.status_code == 422
    assert "Write a day, such as 2026-03-02." in answer.text
    assert links(answer.text) == ["Slow & steady <b>"]
    assert cy.get(f"{INCIDENTS}?cursor=wrong").status_code == 422


def test_maintenances_are_searched(installation: Installation, cy: Staff) -> None:
    with installation.writing() as ctx:
        make_maintenance(ctx, title="Old upgrade", starts_in=timedelta(days=-700))
        make_maintenance(ctx, title="Next upgrade")
    assert links(cy.get("/console/maintenances").text) == ["Next upgrade"]
    assert links(cy.get("/console/maintenances?q=old").text) == ["Old upgrade"]
    assert links(cy.get("/console/maintenances?state=scheduled").text) == ["Next upgrade"]


def test_targets_are_searched(installation: Installation, cy: Staff) -> None:
    with installation.writing() as ctx:
        make_target(ctx, "pay.example.com")
        make_target(ctx, "shop.example.com")
    assert links(cy.get("/console/certificates?q=SHOP").text) == ["shop.example.com"]
    assert links(cy.get("/console/certificates?state=failing").text) == []


def test_users_are_paged_and_searched(installation: Installation) -> None:
    with installation.writing() as ctx:
        for number in range(51):
            add_user(ctx, f"eve{number}@example.com", Role.VIEWER)
    ada = staff(installation, Role.ADMIN)
    page = ada.get("/console/users?q=EVE50%40").text
    assert "eve50@example.com" in page
    assert "eve5@example.com" not in page
    first = ada.get("/console/users").text
    assert "eve50@example.com" in first
    assert "eve0@example.com" not in first
    assert "No user matches this search." in ada.get("/console/users?q=nobody").text


def test_the_screen_of_ten_thousand_incidents_takes_few_queries(installation: Installation) -> None:
    with installation.writing() as ctx:
        fill(ctx)
    cy = staff(installation, Role.VIEWER)
    with counted_queries(installation.database._engine) as sent:
        page = cy.get(f"{INCIDENTS}?q=cafe").text
    assert len(links(page)) == 50
    assert len(sent) <= 20, sent
