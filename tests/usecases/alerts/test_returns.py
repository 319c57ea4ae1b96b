"""What recovers and fails again: one incident that goes on, or another."""

from datetime import timedelta

from app.domain.alerts.alerts import REOPEN_WITHIN
from app.domain.statuses import IncidentStatus, ServiceStatus
from tests.usecases.alerts.automation import (
    Watchpost,
    affected,
    codes,
    expired_for_older_clients,
    fine,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED
PARTIAL = ServiceStatus.PARTIAL_OUTAGE


def test_failing_again_within_half_an_hour_continues_the_incident(quick_post: Watchpost) -> None:
    quick_post.watch("pay.example", "payments")
    quick_post.serve(expired_for_older_clients)
    quick_post.let_pass(minutes=5)
    quick_post.serve(fine)
    quick_post.let_pass(minutes=10, step=60)
    quick_post.serve(expired_for_older_clients)
    quick_post.let_pass(minutes=3)
    assert quick_post.story() == [IDENTIFIED, MONITORING, RESOLVED, IDENTIFIED]
    assert codes(quick_post.incident())[-1] == ["update.recurred", "why.expired", "who.some"]
    assert affected(quick_post) == {"payments": PARTIAL}


def test_a_return_is_told_as_soon_as_it_is_sure(quick_post: Watchpost) -> None:
    quick_post.watch("pay.example", "payments")
    quick_post.serve(expired_for_older_clients)
    quick_post.let_pass(minutes=5)
    quick_post.serve(fine)
    quick_post.let_pass(minutes=10, step=60)
    quick_post.serve(expired_for_older_clients)
    begun = quick_post.clock.now
    quick_post.let_pass(minutes=2, step=5)
    assert quick_post.incident().incident.updates[0].posted_at - begun <= timedelta(seconds=90)


def test_failing_again_later_is_another_incident(quick_post: Watchpost) -> None:
    quick_post.watch("pay.example", "payments")
    quick_post.serve(expired_for_older_clients)
    quick_post.let_pass(minutes=5)
    quick_post.serve(fine)
    quick_post.let_pass(minutes=10 + REOPEN_WITHIN.seconds / 60, step=60)
    quick_post.serve(expired_for_older_clients)
    quick_post.let_pass(minutes=2)
    assert [each.incident.status for each in quick_post.incidents()] == [RESOLVED, IDENTIFIED]


def test_what_comes_and_goes_is_held_open_until_30_quiet_minutes(quick_post: Watchpost) -> None:
    quick_post.watch("pay.example", "payments")
    for _ in range(4):
        quick_post.serve(expired_for_older_clients)
        quick_post.let_pass(minutes=4)
        quick_post.serve(fine)
        quick_post.let_pass(minutes=8, step=60)
    assert codes(quick_post.incident()).count(["update.flapping"]) == 1
    assert quick_post.story()[-1] is MONITORING
    assert affected(quick_post) == {"payments": PARTIAL}
    quick_post.let_pass(minutes=29, step=60)
    assert quick_post.story()[-1] is RESOLVED
    assert codes(quick_post.incident()).count(["update.flapping"]) == 1
