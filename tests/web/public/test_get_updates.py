"""Get updates: the ways to follow the page, at the top of each page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from app.domain.statuses import ServiceStatus
from app.usecases.subscribers.availability import record_mail_setup
from tests.cast import BASE_URL, Installation, open_installation
from tests.factories import make_incident, make_maintenance, make_service, update

HOST = BASE_URL.partition("://")[2]


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as made:
        with made.writing() as ctx:
            make_service(ctx, "payments")
        yield made


@pytest.fixture
def incident(installation: Installation) -> str:
    with installation.writing() as ctx:
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        return make_incident(ctx, first).incident.id


def links(installation: Installation, path: str) -> list[str]:
    """The addresses in the disclosure, which works without a script."""
    page = html.fromstring(installation.vera.get(path).content)
    found = [each for each in page.iter("details") if each.get("id") == "updates"]
    assert len(found) <= 1
    return [str(link.get("href")) for each in found for link in each.iter("a")]


@pytest.mark.parametrize("tag", ["en", "sv", "ar"])
@pytest.mark.parametrize("page", ["/", "/history", "/report", "/incidents/{incident}"])
def test_every_page_leads_to_feeds_calendar_and_api(
    installation: Installation, incident: str, tag: str, page: str
) -> None:
    assert links(installation, f"/{tag}{page.format(incident=incident)}") == [
        f"webcal://{HOST}/{tag}/calendar.ics",
        *(f"/{tag}/feed.{kind}" for kind in ("atom", "rss", "json")),
        f"{BASE_URL}/api/v2/summary.json",
    ]


def test_the_page_of_a_service_leads_to_the_feeds_of_the_service(
    installation: Installation,
) -> None:
    assert links(installation, "/sv/services/payments")[:4] == [
        f"webcal://{HOST}/sv/services/payments/calendar.ics",
        *(f"/sv/services/payments/feed.{kind}" for kind in ("atom", "rss", "json")),
    ]


@pytest.mark.parametrize("page", ["/", "/services/payments"])
def test_every_way_leads_to_what_it_says(installation: Installation, page: str) -> None:
    kinds = {
        "atom": "application/atom+xml",
        "rss": "application/rss+xml",
        "ics": "text/calendar",
    }
    for link in links(installation, f"/en{page}"):
        url = link.replace("webcal://", "https://")
        answer = installation.vera.get(url)
        assert answer.status_code == 200, link
        kind = kinds.get(link.rpartition(".")[2])
        assert answer.headers["content-type"].startswith(kind or "application/"), link


def test_the_form_is_offered_only_while_visitors_can_subscribe(
    installation: Installation, incident: str
) -> None:
    pages = {
        "/": "/subscribe",
        "/history": "/subscribe",
        "/services/payments": "/subscribe?service=payments",
        f"/incidents/{incident}": f"/subscribe?incident={incident}",
    }
    with installation.writing() as ctx:
        planned = make_maintenance(ctx, "payments").id
        recurring = make_maintenance(ctx, "payments", recurrence="FREQ=WEEKLY").id
    for each in (planned, recurring):
        pages[f"/maintenances/{each}"] = f"/subscribe?maintenance={each}"
    for page in pages:
        assert not [each for each in links(installation, f"/sv{page}") if "subscribe" in each]
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=True)
    for page, form in pages.items():
        assert links(installation, f"/sv{page}")[0] == f"{BASE_URL}/sv{form}"
        assert installation.vera.get(f"/sv{form}").status_code == 200, form
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=False)
    assert not [each for each in links(installation, "/sv/") if "subscribe" in each]


def test_the_404_page_offers_nothing_to_follow(installation: Installation) -> None:
    assert links(installation, "/en/nothing-here") == []
