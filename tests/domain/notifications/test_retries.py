from datetime import timedelta

import pytest

from app.domain.notifications.retries import (
    EMAIL_RETRIES,
    PUSH_RETRIES,
    ROOM_RETRIES,
    WEBHOOK_RETRIES,
    RetrySchedule,
    delivery_expires_at,
    lane_pause,
    retry_pause,
)
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def test_mail_is_tried_again_after_minutes_and_then_every_three_hours() -> None:
    pauses = [retry_pause(EMAIL_RETRIES, attempt, jitter=0) for attempt in range(1, 8)]
    minutes = [each.total_seconds() / 60 for each in pauses if each is not None]
    assert minutes == [1, 5, 15, 60, 180, 180, 180]


@pytest.mark.parametrize("schedule", [WEBHOOK_RETRIES, PUSH_RETRIES])
def test_some_channels_give_up_after_their_last_pause(schedule: RetrySchedule) -> None:
    attempts = len(schedule.pauses)
    assert retry_pause(schedule, attempts, jitter=0) == schedule.pauses[-1]
    assert retry_pause(schedule, attempts + 1, jitter=0, retry_after=5) is None
    assert sum(schedule.pauses, timedelta()) <= (schedule.gives_up_after or timedelta())


def test_jitter_changes_a_pause_by_up_to_a_fifth() -> None:
    pauses = [retry_pause(EMAIL_RETRIES, 1, jitter=each) for each in (-1, 1)]
    assert pauses == [timedelta(seconds=48), timedelta(seconds=72)]


@pytest.mark.parametrize(("asked", "pause"), [(90, 90), (1e9, 6 * 3600), (-5, 1)])
def test_the_receiving_system_says_how_long_to_wait_up_to_six_hours(
    asked: float, pause: float
) -> None:
    waited = retry_pause(ROOM_RETRIES, 1, jitter=1, retry_after=asked)
    assert waited == timedelta(seconds=pause)


def test_a_lane_is_paused_for_longer_each_time_up_to_five_minutes() -> None:
    pauses = [lane_pause(failures, jitter=0).total_seconds() for failures in range(1, 11)]
    assert pauses == [1, 2, 5, 15, 30, 60, 120, 300, 300, 300]
    assert lane_pause(1, jitter=0, retry_after=600) == timedelta(seconds=600)
    assert lane_pause(8, jitter=0, retry_after=1) == timedelta(seconds=300)


def test_a_delivery_expires_with_its_notice_or_after_the_time_of_its_channel() -> None:
    def expiry(schedule: RetrySchedule, *, is_bounded: bool = False) -> timedelta:
        return delivery_expires_at(schedule, NOON, NOON + HOUR * 24, is_bounded=is_bounded) - NOON

    assert expiry(EMAIL_RETRIES) == HOUR * 24
    assert expiry(WEBHOOK_RETRIES) == HOUR * 76
    assert expiry(WEBHOOK_RETRIES, is_bounded=True) == HOUR * 24
    assert expiry(PUSH_RETRIES, is_bounded=True) == HOUR


def test_a_receiver_that_always_asks_to_try_at_once_is_asked_ever_less_often() -> None:
    pauses = [
        retry_pause(ROOM_RETRIES, attempt, jitter=0, retry_after=0) or timedelta.max
        for attempt in range(1, 20)
    ]
    assert pauses[:3] == [timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == ROOM_RETRIES.last_pause
