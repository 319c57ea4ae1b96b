"""Contents of public pages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.incidents.impact import banner_of
from app.domain.page.listing import ListedService, PageListing
from app.domain.page.pages import HistoryPage, MaintenancePage, OverviewPage, PageFacts
from app.domain.records import GroupRecord, MaintenanceRecord
from app.domain.statuses import MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from tests.rendering import records

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAME = LocalizedText.of("Harbour", "en")


def window(day: int) -> MaintenanceRecord:
    starts_at = NOON + timedelta(days=day)
    return MaintenanceRecord(
        id=f"window{day}",
        title=NAME,
        body=NAME,
        status=MaintenanceStatus.SCHEDULED,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        services=(),
        announced_at=NOON,
        updated_at=NOON,
    )


def test_the_windows_of_a_maintenance_page_are_its_own_and_those_it_links_to() -> None:
    page = PageFacts(
        id="page00000001",
        name=NAME,
        base_url="https://status.example.org",
        time_zone="UTC",
        default_language="en",
        languages=("en",),
        revision=1,
        updated_at=NOON,
        now=NOON,
    )
    contents = MaintenancePage(page, window(0), later=(window(7),), earlier=(window(-7),))
    assert contents.maintenances == (window(0), window(7), window(-7))


@pytest.mark.parametrize(
    ("base_url", "is_public"),
    [
        ("https://status.example.org", True),
        ("http://192.0.2.7:8000", True),
        ("http://localhost:8000", False),
        ("http://fyr.localhost", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://0.0.0.0", False),
    ],
)
def test_a_page_has_a_public_address_unless_it_is_that_of_this_machine(
    base_url: str,
    is_public: bool,  # noqa: FBT001
) -> None:
    assert records.facts(base_url=base_url).has_public_address is is_public


def test_the_headline_of_the_overview_is_that_of_the_services_of_all_groups() -> None:
    mail = records.service("mail", status=ServiceStatus.MAJOR_OUTAGE)
    groups = tuple(
        GroupRecord(None, each.status, (each,)) for each in (records.service("web"), mail)
    )
    page = OverviewPage(records.facts(), (), groups, (), ())
    assert page.headline.status is ServiceStatus.MAJOR_OUTAGE
    assert [group.size for group in groups] == [1, 1]


def test_the_headline_of_the_listing_of_one_service_leaves_out_the_others() -> None:
    services = tuple(
        ListedService("id", slug, NAME, None, status, 1, None, NOON, NOON, NOON)
        for slug, status in (
            ("web", ServiceStatus.OPERATIONAL),
            ("mail", ServiceStatus.MAJOR_OUTAGE),
        )
    )
    listing = PageListing(records.facts(), banner_of([]), (), services, (), (), (), (), {})
    assert listing.headline.status is ServiceStatus.MAJOR_OUTAGE
    web = replace(listing, service="web")
    assert web.headline.status is not ServiceStatus.MAJOR_OUTAGE


def test_a_year_of_the_history_leads_to_this_month_of_it_or_the_nearest_one() -> None:
    span = (date(2024, 5, 1), date(2026, 3, 1))
    in_2025 = HistoryPage(records.facts(), date(2025, 4, 1), (), None, None, span)
    assert in_2025.years == (date(2026, 3, 1), date(2025, 4, 1), date(2024, 5, 1))


def test_the_months_of_a_year_before_and_after_the_history_are_marked() -> None:
    span = (date(2026, 2, 1), date(2026, 3, 1))
    page = HistoryPage(records.facts(), date(2026, 3, 1), (), None, None, span)
    months = page.months_of_year
    assert len(months) == 12
    assert [each for each, is_there in months if is_there] == [*span]
