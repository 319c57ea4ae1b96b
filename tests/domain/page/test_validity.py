"""Until when a page stays correct by the clock alone."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.page.pages import PageFacts
from app.domain.page.validity import valid_until
from app.domain.texts.localized_text import LocalizedText

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def page(now: datetime = NOON, *, unchanged: timedelta = 9 * HOUR, zone: str = "UTC") -> PageFacts:
    return PageFacts(
        id="page00000001",
        name=LocalizedText.of("Harbour", "en"),
        base_url="https://status.example.org",
        time_zone=zone,
        default_language="en",
        languages=("en",),
        revision=1,
        updated_at=now - unchanged,
        now=now,
    )


def test_a_quiet_page_is_valid_for_five_minutes() -> None:
    assert valid_until(page()) == NOON + 5 * MINUTE


@pytest.mark.parametrize(("unchanged", "minutes"), [(59 * MINUTE, 1), (60 * MINUTE, 5)])
def test_a_page_that_changed_within_the_last_hour_is_valid_for_a_minute(
    unchanged: timedelta, minutes: int
) -> None:
    assert valid_until(page(unchanged=unchanged)) == NOON + minutes * MINUTE


def test_a_page_with_an_open_incident_is_valid_for_a_minute() -> None:
    assert valid_until(page(), lasting=True) == NOON + MINUTE


def test_a_page_is_not_valid_beyond_the_next_edge_of_a_window() -> None:
    edges = [NOON - MINUTE, NOON, NOON + 2 * MINUTE, NOON + 3 * MINUTE]
    assert valid_until(page(), edges=edges) == NOON + 2 * MINUTE


@pytest.mark.parametrize(
    ("zone", "before_midnight"),
    [
        ("UTC", datetime(2026, 3, 2, 23, 58, tzinfo=UTC)),
        ("Europe/Stockholm", datetime(2026, 3, 2, 22, 58, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 3, 2, 18, 13, tzinfo=UTC)),  # UTC+5:45
        # Clocks go from 24:00 to 1:00, so the day begins then.
        ("America/Santiago", datetime(2026, 9, 6, 3, 58, tzinfo=UTC)),
    ],
)
def test_a_page_is_not_valid_beyond_midnight_in_its_time_zone(
    zone: str, before_midnight: datetime
) -> None:
    until = valid_until(page(before_midnight, zone=zone))
    assert until == before_midnight + 2 * MINUTE
