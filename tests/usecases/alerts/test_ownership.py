"""Automation never fights people: what staff touch is theirs."""

from collections.abc import Iterator

import pytest

from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents import lifecycle
from app.usecases.incidents.records import StaffIncident
from app.usecases.targets import targets
from tests.factories import update
from tests.usecases.alerts.automation import (
    Watchpost,
    codes,
    expired_for_all,
    expired_for_older_clients,
    fine,
    watchpost,
)

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Watchpost]:
    """A watchpost where `pay.example`, on which payments depend, has been failing for 2 minutes."""
    with watchpost(sqlite_url) as opened:
        opened.failing = opened.watch("pay.example", "payments")
        opened.serve(expired_for_older_clients)
        opened.let_pass(minutes=2)
        yield opened


def staff_post(post: Watchpost, status: IncidentStatus = IDENTIFIED) -> None:
    post.ask(lambda ctx: lifecycle.post_update(ctx, post.incident().incident.id, update(status)))


def evidence(incident: StaffIncident) -> list[str]:
    """What automation attached, oldest first."""
    return [each.kind for each in reversed(incident.evidence)]


def test_an_update_of_staff_takes_the_incident_over(post: Watchpost) -> None:
    staff_post(post)
    assert post.incident().owner is Owner.STAFF
    post.serve(fine)
    post.let_pass(minutes=20, step=60)
    assert post.story() == [IDENTIFIED, IDENTIFIED]


def test_automation_then_proposes_once_to_resolve_it(post: Watchpost) -> None:
    staff_post(post)
    post.serve(fine)
    post.let_pass(minutes=20, step=60)
    assert evidence(post.incident()) == ["proposes_resolving"]


def test_it_attaches_what_fails_next_and_proposes_anew(post: Watchpost) -> None:
    staff_post(post)
    for server in (fine, expired_for_older_clients, fine):
        post.serve(server)
        post.let_pass(minutes=8, step=60)
    assert evidence(post.incident()) == ["proposes_resolving", "firing", "proposes_resolving"]
    assert post.story() == [IDENTIFIED, IDENTIFIED]


def test_another_target_of_the_cause_is_attached_and_not_told(post: Watchpost) -> None:
    staff_post(post)
    post.watch("www.example", "web")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    assert evidence(post.incident()) == ["firing"]
    assert [each.slug for each in post.incident().incident.services] == ["payments"]


def test_nothing_is_attached_again_and_again(post: Watchpost) -> None:
    post.watch("idle.example")
    staff_post(post)
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=5)
    assert evidence(post.incident()) == []


def test_what_staff_deleted_stays_away_while_it_lasts(post: Watchpost) -> None:
    post.ask(lambda ctx: lifecycle.delete_incident(ctx, post.incident().incident.id))
    post.let_pass(minutes=10, step=60)
    assert post.incidents() == []


def test_it_comes_back_when_it_fails_anew(post: Watchpost) -> None:
    post.ask(lambda ctx: lifecycle.delete_incident(ctx, post.incident().incident.id))
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    assert post.story() == [IDENTIFIED]


def test_what_staff_resolved_while_it_fails_is_not_opened_again(post: Watchpost) -> None:
    staff_post(post, RESOLVED)
    post.let_pass(minutes=10, step=60)
    assert post.story() == [IDENTIFIED, RESOLVED]


def test_nothing_is_proposed_for_what_staff_resolved(post: Watchpost) -> None:
    staff_post(post, RESOLVED)
    post.serve(fine)
    post.let_pass(minutes=10, step=60)
    assert evidence(post.incident()) == []


def test_what_is_handed_back_automation_goes_on_with(post: Watchpost) -> None:
    staff_post(post)
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    post.ask(lambda ctx: lifecycle.hand_back(ctx, post.incident().incident.id))
    post.let_pass(minutes=3)
    assert post.story() == [IDENTIFIED, IDENTIFIED, MONITORING, RESOLVED]


def test_what_is_handed_back_resolved_while_it_fails_is_opened_again(post: Watchpost) -> None:
    staff_post(post, RESOLVED)
    post.ask(lambda ctx: lifecycle.hand_back(ctx, post.incident().incident.id))
    post.let_pass(minutes=2)
    assert codes(post.incident())[-1][0] == "update.recurred"
    assert post.incident().incident.services[0].status is ServiceStatus.PARTIAL_OUTAGE


def test_what_a_deleted_target_made_open_is_staffs_to_close(post: Watchpost) -> None:
    post.ask(lambda ctx: targets.delete_target(ctx, post.failing))
    post.let_pass(minutes=10, step=60)
    assert post.incident().owner is Owner.STAFF
    assert post.story() == [IDENTIFIED]
    assert evidence(post.incident()) == []


def test_a_paused_target_is_not_taken_for_mended(post: Watchpost) -> None:
    post.ask(lambda ctx: targets.pause_target(ctx, post.failing))
    post.let_pass(minutes=10, step=60)
    assert post.incident().owner is Owner.STAFF
    assert post.story() == [IDENTIFIED]


def test_the_other_targets_of_a_cause_carry_on_when_one_is_deleted(post: Watchpost) -> None:
    post.watch("www.example", "web")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    post.ask(lambda ctx: targets.delete_target(ctx, post.failing))
    assert post.incident().owner is Owner.AUTOMATION
    post.serve(fine)
    post.let_pass(minutes=8, step=60)
    assert post.story()[-1] is RESOLVED


def test_a_deleted_target_does_not_silence_its_cause_for_ever(post: Watchpost) -> None:
    post.ask(lambda ctx: targets.delete_target(ctx, post.failing))
    staff_post(post, RESOLVED)
    post.clock.forward(hours=1)
    post.watch("www.example", "web")
    post.serve(expired_for_older_clients)
    post.let_pass(minutes=3)
    assert [each.owner for each in post.incidents()] == [Owner.STAFF, Owner.AUTOMATION]


def test_what_is_resumed_is_probed_again_at_once(post: Watchpost) -> None:
    post.ask(lambda ctx: targets.pause_target(ctx, post.failing))
    post.let_pass(minutes=40, step=60)
    staff_post(post, RESOLVED)
    post.serve(expired_for_all)
    post.ask(lambda ctx: targets.resume_target(ctx, post.failing))
    post.let_pass(minutes=2)
    assert [each.incident.status for each in post.incidents()] == [RESOLVED, IDENTIFIED]
