"""Automation never fights people: what staff touch is theirs."""

from collections.abc import Iterator

import pytest

from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents import lifecycle
from app.usecases.incidents.records import StaffIncident
from app.usecases.targets import targets
from tests.factories import update
from tests.usecases.alerts.probing import (
    ProbeDriver,
    codes,
    expired_for_all,
    expired_for_older_clients,
    fine,
    open_probe_driver,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def probing(sqlite_url: str) -> Iterator[ProbeDriver]:
    """Probes of `pay.example`, which payments depend on: it has failed for 2 minutes."""
    with open_probe_driver(sqlite_url) as opened:
        opened.failing = opened.add_target("pay.example", "payments")
        opened.serve(expired_for_older_clients)
        opened.let_pass(minutes=2)
        yield opened


def staff_post(probing: ProbeDriver, status: IncidentStatus = IDENTIFIED) -> None:
    probing.as_ada(
        lambda ctx: lifecycle.post_update(ctx, probing.incident().incident.id, update(status))
    )


def evidence(incident: StaffIncident) -> list[str]:
    """What automation attached, oldest first."""
    return [each.kind for each in reversed(incident.evidence)]


def test_an_update_of_staff_takes_the_incident_over(probing: ProbeDriver) -> None:
    staff_post(probing)
    assert probing.incident().owner is Owner.STAFF
    probing.serve(fine)
    probing.let_pass(minutes=20, step=300)
    assert probing.status_history() == [IDENTIFIED, IDENTIFIED]


def test_automation_then_proposes_once_to_resolve_it(probing: ProbeDriver) -> None:
    staff_post(probing)
    probing.serve(fine)
    probing.let_pass(minutes=20, step=300)
    assert evidence(probing.incident()) == ["proposes_resolving"]


def test_it_attaches_what_fails_next_and_proposes_again(probing: ProbeDriver) -> None:
    staff_post(probing)
    for server in (fine, expired_for_older_clients, fine):
        probing.serve(server)
        probing.let_pass(minutes=8, step=60)
    assert evidence(probing.incident()) == ["proposes_resolving", "firing", "proposes_resolving"]
    assert probing.status_history() == [IDENTIFIED, IDENTIFIED]


def test_another_target_of_the_cause_is_attached_and_not_reported(probing: ProbeDriver) -> None:
    staff_post(probing)
    probing.add_target("www.example", "web")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    assert evidence(probing.incident()) == ["firing"]
    assert [each.slug for each in probing.incident().incident.services] == ["payments"]


def test_nothing_is_attached_again_and_again(probing: ProbeDriver) -> None:
    probing.add_target("idle.example")
    staff_post(probing)
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=5)
    assert evidence(probing.incident()) == []


def test_what_staff_deleted_stays_away_while_it_lasts(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: lifecycle.delete_incident(ctx, probing.incident().incident.id))
    probing.let_pass(minutes=10, step=120)
    assert probing.incidents() == []


def test_it_comes_back_when_it_fails_again(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: lifecycle.delete_incident(ctx, probing.incident().incident.id))
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    assert probing.status_history() == [IDENTIFIED]


def test_what_staff_resolved_while_it_fails_is_not_opened_again(probing: ProbeDriver) -> None:
    staff_post(probing, RESOLVED)
    probing.let_pass(minutes=10, step=120)
    assert probing.status_history() == [IDENTIFIED, RESOLVED]


def test_nothing_is_proposed_for_what_staff_resolved(probing: ProbeDriver) -> None:
    staff_post(probing, RESOLVED)
    probing.serve(fine)
    probing.let_pass(minutes=10, step=120)
    assert evidence(probing.incident()) == []


def test_what_is_handed_back_automation_goes_on_with(probing: ProbeDriver) -> None:
    staff_post(probing)
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    probing.as_ada(lambda ctx: lifecycle.hand_back(ctx, probing.incident().incident.id))
    probing.let_pass(minutes=3)
    assert probing.status_history() == [IDENTIFIED, IDENTIFIED, MONITORING, RESOLVED]


def test_what_is_handed_back_resolved_while_it_fails_is_opened_again(probing: ProbeDriver) -> None:
    staff_post(probing, RESOLVED)
    probing.as_ada(lambda ctx: lifecycle.hand_back(ctx, probing.incident().incident.id))
    probing.let_pass(minutes=2)
    assert codes(probing.incident())[-1][0] == "update.recurred"
    assert probing.incident().incident.services[0].status is ServiceStatus.PARTIAL_OUTAGE


def test_what_a_deleted_target_made_open_is_staffs_to_close(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: targets.delete_target(ctx, probing.failing))
    probing.let_pass(minutes=10, step=120)
    assert probing.incident().owner is Owner.STAFF
    assert probing.status_history() == [IDENTIFIED]
    assert evidence(probing.incident()) == []


def test_a_paused_target_is_not_taken_for_recovered(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: targets.pause_target(ctx, probing.failing))
    probing.let_pass(minutes=10, step=120)
    assert probing.incident().owner is Owner.STAFF
    assert probing.status_history() == [IDENTIFIED]


def test_the_other_targets_of_a_cause_carry_on_when_one_is_deleted(probing: ProbeDriver) -> None:
    probing.add_target("www.example", "web")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    probing.as_ada(lambda ctx: targets.delete_target(ctx, probing.failing))
    assert probing.incident().owner is Owner.AUTOMATION
    probing.serve(fine)
    probing.let_pass(minutes=8, step=60)
    assert probing.status_history()[-1] is RESOLVED


def test_a_deleted_target_does_not_silence_its_cause_for_ever(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: targets.delete_target(ctx, probing.failing))
    staff_post(probing, RESOLVED)
    probing.clock.forward(hours=1)
    probing.add_target("www.example", "web")
    probing.serve(expired_for_older_clients)
    probing.let_pass(minutes=3)
    assert [each.owner for each in probing.incidents()] == [Owner.STAFF, Owner.AUTOMATION]


def test_what_is_resumed_is_probed_again_at_once(probing: ProbeDriver) -> None:
    probing.as_ada(lambda ctx: targets.pause_target(ctx, probing.failing))
    probing.let_pass(minutes=40, step=300)
    staff_post(probing, RESOLVED)
    probing.serve(expired_for_all)
    probing.as_ada(lambda ctx: targets.resume_target(ctx, probing.failing))
    probing.let_pass(minutes=2)
    assert [each.incident.status for each in probing.incidents()] == [RESOLVED, IDENTIFIED]
