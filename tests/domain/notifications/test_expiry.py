from datetime import timedelta

import pytest

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.expiry import expires_at
from tests.fakes import NOON

HOUR = timedelta(hours=1)
WINDOW = (NOON + HOUR, NOON + 3 * HOUR)


@pytest.mark.parametrize(
    ("event", "hours"),
    [
        (NoticeEvent.INCIDENT_OPENED, 24),
        (NoticeEvent.INCIDENT_POSTMORTEM, 72),
        (NoticeEvent.SUBSCRIPTION_CONFIRM, 1),
    ],
)
def test_a_notice_expires_after_the_hours_of_its_event(event: NoticeEvent, hours: int) -> None:
    assert expires_at(event, NOON) == NOON + hours * HOUR


@pytest.mark.parametrize(
    ("event", "hours"),
    [
        (NoticeEvent.MAINTENANCE_REMINDER, 1),
        (NoticeEvent.MAINTENANCE_SCHEDULED, 3),
        (NoticeEvent.MAINTENANCE_STARTED, 3),
        (NoticeEvent.MAINTENANCE_COMPLETED, 24),
        (NoticeEvent.MAINTENANCE_CANCELLED, 24),
    ],
)
def test_a_notice_of_a_maintenance_expires_with_its_window(event: NoticeEvent, hours: int) -> None:
    assert expires_at(event, NOON, WINDOW) == NOON + hours * HOUR


def test_an_update_after_the_window_expires_after_a_day() -> None:
    late = NOON + 4 * HOUR
    assert expires_at(NoticeEvent.MAINTENANCE_UPDATED, late, WINDOW) == late + 24 * HOUR
