"""Sitemap in parts."""

from datetime import UTC, date, datetime

from app.domain.page.pages import SiteContents
from app.domain.page.sitemap import PART_URLS, part_names, sitemap_urls

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def contents(incidents: int) -> SiteContents:
    return SiteContents(
        incidents=tuple(f"incident{number}" for number in range(incidents)),
        maintenances={"upgrade": (), "weekly": ("20260301T1000",)},
        services=("mail",),
        months=(date(2026, 3, 1),),
        changed_at={"incident0": NOON},
        languages=("en", "pt-br"),
    )


def test_every_page_is_listed_once_with_its_last_change() -> None:
    urls = list(sitemap_urls(contents(1)))
    assert [each.path for each in urls] == [
        *("/", "/history", "/report", "/services/mail", "/services/mail/report"),
        *("/history/2026-03", "/incidents/incident0"),
        *("/maintenances/upgrade", "/maintenances/weekly", "/maintenances/weekly/20260301T1000"),
    ]
    assert [each.path for each in urls if each.changed_at == NOON] == ["/incidents/incident0"]


def test_a_part_is_added_when_the_others_are_full() -> None:
    others = sum(1 for _ in sitemap_urls(contents(0)))
    full = contents(PART_URLS - others)
    assert part_names(full) == {"en-1": ("en", 0), "pt-br-1": ("pt-br", 0)}
    assert [*part_names(contents(PART_URLS - others + 1))] == ["en-1", "en-2", "pt-br-1", "pt-br-2"]
