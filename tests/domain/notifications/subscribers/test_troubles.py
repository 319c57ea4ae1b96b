from datetime import timedelta
from typing import Any

from app.domain.notifications.subscribers.troubles import is_failing, with_trouble
from tests.fakes import NOON

DAY = timedelta(days=1)


def after(*days: int) -> list[dict[str, Any]]:
    """The troubles after failures on these days."""
    troubles: list[dict[str, Any]] = []
    for day in days:
        troubles = with_trouble(troubles, NOON + day * DAY, "smtp_550")
    return troubles


def test_troubles_on_three_days_are_a_failure() -> None:
    assert not is_failing(after(0, 1, 1, 1), NOON + DAY)
    assert is_failing(after(0, 1, 20), NOON + 20 * DAY)


def test_troubles_are_forgotten_after_thirty_days() -> None:
    assert not is_failing(after(0, 1, 30), NOON + 30 * DAY)
    assert [each["on"] for each in after(0, 40)] == ["2026-04-11"]
