"""Rules of another zone: the days that they name move with the date, or the rule has no equal."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.importing.rule_zones import LocalTimes, move_days

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "days", "moved"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,SU", -1, "FREQ=WEEKLY;BYDAY=SU,SA"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", -1, "FREQ=MONTHLY;BYMONTHDAY=-1,-2"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", 1, "FREQ=MONTHLY;BYMONTHDAY=2,1"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,-28", -1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=28", 1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=31", -1, None),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1", -1, None),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=2", -1, "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYDAY=2MO", -1, None),
        ("FREQ=MONTHLY;BYDAY=2MO", 0, "FREQ=MONTHLY;BYDAY=2MO"),
        ("FREQ=DAILY;INTERVAL=3", 1, "FREQ=DAILY;INTERVAL=3"),
    ],
)
def test_days_move_where_every_month_has_them(rule: str, days: int, moved: str | None) -> None:
    parts = dict(part.split("=") for part in rule.split(";"))
    found = move_days(parts, days)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    assert (text if found else None) == moved


def test_the_next_window_keeps_its_moment_and_the_first_one_what_clocks_show() -> None:
    # In November New York is six hours behind Berlin; from 12 to 27 March 2024 it was five.
    local = LocalTimes(NEW_YORK, NOW, BERLIN)
    assert local.changes
    assert local.moved(NOW) == NOW
    first = datetime(2024, 3, 15, 22, tzinfo=UTC)  # 23:00 in Berlin
    assert local.moved(first) == datetime(2024, 3, 15, 21, tzinfo=UTC)  # 17:00 in New York
