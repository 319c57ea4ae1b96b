"""Contents of public pages."""

from datetime import UTC, datetime, timedelta

from app.domain.localized_text import LocalizedText
from app.domain.page.pages import MaintenancePage, PageFacts
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus

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
