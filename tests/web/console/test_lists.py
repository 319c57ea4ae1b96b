"""Long lists of the console: searched, filtered and paged."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from app.channels import CHANNELS
from app.domain.notifications.subscribers.choices import Choices
from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.monitors import ADAPTERS
from app.usecases.publication.saved_replies import add_reply
from app.usecases.services.aliases import add_alias
from app.usecases.services.services import add_service, archive_service
from app.usecases.sources.records import NewSource
from app.usecases.sources.sources import add_source
from app.usecases.subscribers.rooms import NewRoom, add_room
from app.usecases.users.users import add_user
from tests.cast import Installation
from tests.console import Staff, staff
from tests.factories import (
    english,
    make_incident,
    make_maintenance,
    make_service,
    make_target,
    update,
)
from tests.many_rows import counted_queries, fill

INCIDENTS = "/console/incidents"
EN = Choices("en")


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
    (address,) = set(page.xpath("//nav[@id='navigation']//a[@href='/console/incidents']/@href"))
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
    page = ada.send("/console/users/search", {"q": "EVE50@"}).text
    assert "eve50@example.com" in page
    assert "eve5@example.com" not in page
    first = ada.get("/console/users").text
    assert "eve50@example.com" in first
    assert "eve0@example.com" not in first
    found = ada.send("/console/users/search", {"q": "nobody"}).text
    assert "No user matches this search." in found


def test_the_other_users_that_a_search_finds_are_on_the_next_page(
    installation: Installation,
) -> None:
    with installation.writing() as ctx:
        for number in range(51):
            add_user(ctx, f"eve{number}@example.com", Role.VIEWER)
    ada = staff(installation, Role.ADMIN)
    page: Any = html.document_fromstring(ada.send("/console/users/search", {"q": "eve"}).text)
    (more,) = (form for form in page.forms if "cursor" in form.fields)
    assert more.method == "POST"
    second = ada.send(more.action, dict(more.form_values())).text
    assert "eve0@example.com" in second
    assert "eve50@example.com" not in second


def strong(page: str) -> list[str]:
    found: Any = html.document_fromstring(page).xpath("//ul[contains(@class, 'list')]//p/a/strong")
    return [str(each.text_content()) for each in found]


def test_services_are_found_by_name_in_any_language_by_slug_and_by_alias(
    installation: Installation,
) -> None:
    with installation.writing() as ctx:
        add_service(
            ctx,
            "cards",
            LocalizedText.from_mapping({"en": "Card payments", "sv": "Kortköp"}, default="en"),
        )
        add_service(ctx, "mail", english("Mail"))
        add_alias(ctx, "mail", "smtp-prod")
    ada = staff(installation, Role.ADMIN)
    for query, names in {
        "KORTKOP": ["Card payments"],
        "cards": ["Card payments"],
        "prod smtp": ["Mail"],
        "": ["Card payments", "Mail"],
    }.items():
        assert strong(ada.get("/console/services", params={"q": query}).text) == names, query
    assert "Nothing matches this search." in ada.get("/console/services?q=%00").text


def test_a_searched_list_of_services_is_not_put_in_order(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "cards")
        make_service(ctx, "mail")
        make_service(ctx, "gone")
        archive_service(ctx, "gone")
    ada = staff(installation, Role.ADMIN)
    assert 'name="down"' in ada.get("/console/services").text
    assert 'name="down"' not in ada.get("/console/services?q=a").text
    assert '<details class="archived" open>' in ada.get("/console/services?q=gone").text


def test_replies_templates_and_aliases_are_searched(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx, "mail")
        for number in range(10):
            add_alias(ctx, "mail", f"smtp-{number}")
            add_reply(ctx, f"Reply {number}", english(f"Text {number * 11}"))
    ada = staff(installation, Role.ADMIN)
    replies = ada.get("/console/replies?q=99").text
    assert strong(replies) == ["Reply 9"]
    names = ada.get("/console/services/mail/aliases?q=SMTP+7").text
    assert "smtp-7" in names
    assert "smtp-8" not in names
    for path in ("/console/replies", "/console/services/mail/aliases"):
        assert 'role="search"' in ada.get(path).text
        assert "Nothing matches this search." in ada.get(f"{path}?q=nothing").text
    assert "There are no templates yet." in ada.get("/console/templates?q=nothing").text


def test_sources_and_rooms_are_searched(installation: Installation) -> None:
    box = installation.app.state.fyr.secret_box
    with installation.writing() as ctx:
        for number in range(51):
            add_source(ctx, box, NewSource("generic", f"Café {number}"), ADAPTERS)
        add_source(ctx, box, NewSource("uptime-kuma", "Büro"), ADAPTERS)
        for number in range(10):
            values = {"url": f"https://hooks.example.net/{number}"}
            add_room(ctx, box, NewRoom("webhook", f"Büro {number}", values, EN), CHANNELS)
    ada = staff(installation, Role.ADMIN)
    for query, names in {"CAFE 17": ["Café 17"], "kuma": ["Büro"], "buro": ["Büro"]}.items():
        assert strong(ada.get("/console/sources", params={"q": query}).text) == names, query
    first: Any = html.document_fromstring(ada.get("/console/sources?q=generic").text)
    (more,) = first.xpath("//a[@rel='next']/@href")
    assert strong(ada.get(more).text) == ["Café 0"]
    assert strong(ada.get("/console/rooms?q=webhook+7").text) == ["Büro 7"]
    for path in ("sources", "rooms"):
        assert 'role="search"' in ada.get(f"/console/{path}").text
        assert "Nothing matches this search." in ada.get(f"/console/{path}?q=nothing").text


def test_a_short_list_has_no_search_field(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    for path in ("replies", "templates", "services", "tokens", "users", "sources", "rooms"):
        assert 'role="search"' not in ada.get(f"/console/{path}").text, path


def test_the_screen_of_ten_thousand_incidents_takes_few_queries(installation: Installation) -> None:
    with installation.writing() as ctx:
        fill(ctx)
    cy = staff(installation, Role.VIEWER)
    with counted_queries(installation.database._engine) as sent:
        page = cy.get(f"{INCIDENTS}?q=cafe").text
    assert len(links(page)) == 50
    assert len(sent) <= 20, sent


def test_a_cursor_that_no_column_can_hold_is_refused(cy: Staff) -> None:
    cursor = base64.urlsafe_b64encode(b"after:9223372036854775808:1").decode().rstrip("=")
    for path in ("incidents", "certificates"):
        assert cy.get(f"/console/{path}?cursor={cursor}").status_code == 422, path
