"""What recovers and fails again: one incident that goes on, or another."""

from datetime import timedelta

from app.domain.alerts.alerts import REOPEN_WITHIN
from app.domain.statuses import IncidentStatus, ServiceStatus
from tests.usecases.alerts.probing import (
    ProbeDriver,
    affected,
    codes,
    expired_for_older_clients,
    fine,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED
PARTIAL = ServiceStatus.PARTIAL_OUTAGE


def test_failing_again_within_half_an_hour_continues_the_incident(
    sqlite_probing: ProbeDriver,
) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(fine)
    sqlite_probing.let_pass(minutes=10, step=60)
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=3)
    assert sqlite_probing.status_history() == [IDENTIFIED, MONITORING, RESOLVED, IDENTIFIED]
    assert codes(sqlite_probing.incident())[-1] == ["update.recurred", "why.expired", "who.some"]
    assert affected(sqlite_probing) == {"payments": PARTIAL}


def test_a_return_is_reported_as_soon_as_it_is_sure(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(fine)
    sqlite_probing.let_pass(minutes=10, step=60)
    sqlite_probing.serve(expired_for_older_clients)
    begun = sqlite_probing.clock.now
    sqlite_probing.let_pass(minutes=2, step=5)
    assert sqlite_probing.incident().incident.updates[0].posted_at - begun <= timedelta(seconds=90)


def test_failing_again_later_is_another_incident(sqlite_probing: ProbeDriver) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=5)
    sqlite_probing.serve(fine)
    sqlite_probing.let_pass(minutes=10 + REOPEN_WITHIN.seconds / 60, step=60)
    sqlite_probing.serve(expired_for_older_clients)
    sqlite_probing.let_pass(minutes=2)
    assert [each.incident.status for each in sqlite_probing.incidents()] == [RESOLVED, IDENTIFIED]


def test_what_comes_and_goes_is_left_open_until_30_quiet_minutes(
    sqlite_probing: ProbeDriver,
) -> None:
    sqlite_probing.add_target("pay.example", "payments")
    for _ in range(4):
        sqlite_probing.serve(expired_for_older_clients)
        sqlite_probing.let_pass(minutes=4)
        sqlite_probing.serve(fine)
        sqlite_probing.let_pass(minutes=8, step=60)
    assert codes(sqlite_probing.incident()).count(["update.flapping"]) == 1
    assert sqlite_probing.status_history()[-1] is MONITORING
    assert affected(sqlite_probing) == {"payments": PARTIAL}
    sqlite_probing.let_pass(minutes=29, step=60)
    assert sqlite_probing.status_history()[-1] is RESOLVED
    assert codes(sqlite_probing.incident()).count(["update.flapping"]) == 1
