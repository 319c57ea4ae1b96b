"""Report of the page: months by availability, downtime and incidents."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.page.pages import PageFacts
from app.domain.page.report import (
    IncidentStart,
    ReportMonth,
    ReportPage,
    ServiceReport,
    counted_until,
    months_of,
    total_of,
)
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.uptime import MIN_KNOWN_DAYS, Day

DAY_SECONDS = 86_400
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
MAIL = LocalizedText.of("Mail", "en")


def days(first: date, count: int, *, outage: int = 0) -> list[Day]:
    """Known days in a row; the first one has an outage of so many seconds."""
    return [
        Day(
            first + timedelta(days=number),
            ServiceStatus.OPERATIONAL,
            outage if number == 0 else 0,
            DAY_SECONDS,
        )
        for number in range(count)
    ]


def month(first: date, downtime: int, incidents: int) -> ReportMonth:
    return ReportMonth(first, first, 10 * DAY_SECONDS, downtime, incidents)


def test_months_are_newest_first_with_their_downtime_and_incidents() -> None:
    unknown = Day(date(2026, 1, 31), None, 0, 0)
    found = months_of(
        [unknown, *days(date(2026, 2, 10), 19, outage=90), *days(MARCH, 12)],
        [IncidentStart(on) for on in (date(2026, 2, 11), date(2026, 2, 28), MARCH)],
    )
    assert [each.first for each in found] == [MARCH, FEBRUARY]
    assert [each.incidents for each in found] == [1, 2]
    assert [each.downtime_seconds for each in found] == [0, 90]
    assert [each.is_partial for each in found] == [False, True]


def test_an_availability_needs_30_known_days_and_known_time() -> None:
    (short,) = months_of(days(MARCH, MIN_KNOWN_DAYS - 1), [])
    assert short.availability is None
    (long,) = months_of(days(MARCH, MIN_KNOWN_DAYS, outage=DAY_SECONDS // 2), [])
    assert long.availability == 1 - 0.5 / MIN_KNOWN_DAYS
    assert ReportMonth(MARCH, MARCH, 0, 0, 0).availability is None


def test_in_all_services_together_each_incident_counts_once() -> None:
    reports = [
        ServiceReport("mail", MAIL, (month(MARCH, 60, 1), month(FEBRUARY, 0, 0))),
        ServiceReport("web", MAIL, (month(MARCH, 30, 1),)),
    ]
    total = total_of(reports, [IncidentStart(date(2026, 3, 9))])
    assert (total.slug, total.name) == (None, None)
    assert [(each.first, each.downtime_seconds, each.incidents) for each in total.months] == [
        (MARCH, 90, 1),
        (FEBRUARY, 0, 0),
    ]


def test_the_delay_of_a_month_is_the_median_of_what_automation_saw_first() -> None:
    delays = [600, None, 30, 90]
    (found,) = months_of(days(MARCH, 12), [IncidentStart(MARCH, delay) for delay in delays])
    assert (found.incidents, found.delays) == (4, (30, 90, 600))
    assert (found.median_delay, found.longest_delay) == (90, 600)


def test_a_month_that_automation_did_not_see_has_no_delay() -> None:
    (found,) = months_of(days(MARCH, 12), [IncidentStart(MARCH)])
    assert (found.median_delay, found.longest_delay) == (None, None)


def counted(now: datetime, *, zone: str = "UTC", is_down: bool = False) -> datetime:
    changed = datetime(2026, 3, 1, 9, 10, 11, tzinfo=UTC)
    page = PageFacts("p", LocalizedText.of("Page", "en"), "", zone, "en", ("en",), 1, changed, now)
    return counted_until(page, changed, is_down=is_down)


@pytest.mark.parametrize(
    ("zone", "is_down", "until"),
    [
        ("UTC", False, datetime(2026, 3, 9, tzinfo=UTC)),
        ("UTC", True, datetime(2026, 3, 9, 14, tzinfo=UTC)),
        ("Asia/Kolkata", False, datetime(2026, 3, 8, 18, 30, tzinfo=UTC)),
    ],
)
def test_time_is_counted_to_midnight_and_to_the_hour_of_an_outage(
    zone: str,
    is_down: bool,  # noqa: FBT001
    until: datetime,
) -> None:
    now = datetime(2026, 3, 9, 14, 15, 16, tzinfo=UTC)
    assert counted(now, zone=zone, is_down=is_down) == until


def test_time_is_counted_to_the_last_change_of_the_day_and_never_beyond_now() -> None:
    same_day = datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert counted(same_day) == datetime(2026, 3, 1, 9, 10, 11, tzinfo=UTC)
    earlier = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert counted(earlier) == earlier


def test_a_report_knows_whether_automation_saw_any_incident_first() -> None:
    page = PageFacts("p", MAIL, "", "UTC", "en", ("en",), 1, NOON, NOON)
    seen = months_of(days(MARCH, 12), [IncidentStart(MARCH, 30)])
    unseen = months_of(days(MARCH, 12), [IncidentStart(MARCH)])
    for months, is_seen in ((seen, True), (unseen, False)):
        report = ServiceReport("mail", MAIL, months)
        assert ReportPage(page, (report,), None, NOON).has_first_signs is is_seen
        assert ReportPage(page, (), report, NOON).has_first_signs is is_seen
