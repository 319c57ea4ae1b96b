from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.incidents.incidents import (
    ServiceName,
    UpdateFacts,
    derive_incident,
    in_order,
    latest_statuses,
    needs_update,
    resolved_at,
    status_changes,
    status_of,
    with_updates,
    worst_status,
)
from app.domain.records import AffectedService, IncidentRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText

START = datetime(2026, 3, 1, tzinfo=UTC)
RESOLVED, OPERATIONAL = IncidentStatus.RESOLVED, ServiceStatus.OPERATIONAL


@st.composite
def written(draw: st.DrawFn) -> list[UpdateFacts]:
    """Updates numbered in the order they were written, dated in any order, some at one minute."""
    minutes = draw(st.lists(st.integers(0, 20), max_size=8))
    statuses = st.dictionaries(st.integers(1, 4), st.sampled_from(ServiceStatus), max_size=3)
    return [
        UpdateFacts(
            number,
            START + timedelta(minutes=minute),
            draw(st.sampled_from(IncidentStatus)),
            draw(statuses),
        )
        for number, minute in enumerate(minutes, start=1)
    ]


def latest(updates: Sequence[UpdateFacts]) -> UpdateFacts:
    """An oracle: no other is later, or as late with a higher number."""
    (found,) = (
        each
        for each in updates
        if not any(
            (other.posted_at, other.number) > (each.posted_at, each.number) for other in updates
        )
    )
    return found


@given(written())
def test_the_latest_update_decides_the_status_however_late_it_was_written(
    updates: list[UpdateFacts],
) -> None:
    expected = latest(updates).status if updates else IncidentStatus.INVESTIGATING
    assert status_of(updates) is expected


@given(written(), st.randoms())
def test_what_is_derived_does_not_depend_on_the_order_of_reading(
    updates: list[UpdateFacts], chance: Random
) -> None:
    shuffled = list(updates)
    chance.shuffle(shuffled)
    for derive in (status_of, resolved_at, status_changes, latest_statuses, worst_status, in_order):
        assert derive(shuffled) == derive(updates)


@given(written())
def test_it_is_resolved_since_the_first_of_the_resolving_updates_at_the_end(
    updates: list[UpdateFacts],
) -> None:
    since = resolved_at(updates)
    assert (since is not None) is (bool(updates) and status_of(updates) is RESOLVED)
    if since is not None:
        ordered = in_order(updates)
        after = [each for each in ordered if each.posted_at > since]
        assert all(each.status is RESOLVED for each in after)
        assert any(each.posted_at == since and each.status is RESOLVED for each in ordered)


@given(written())
def test_resolving_repairs_what_it_does_not_name(updates: list[UpdateFacts]) -> None:
    if not updates:
        return
    end = UpdateFacts(
        99, latest(updates).posted_at, RESOLVED, {1: ServiceStatus.DEGRADED_PERFORMANCE}
    )
    latest_of = latest_statuses([*updates, end])
    assert latest_of[1] is ServiceStatus.DEGRADED_PERFORMANCE
    assert all(status is OPERATIONAL for service, status in latest_of.items() if service != 1)


@given(written())
def test_every_service_that_was_ever_named_has_a_latest_status(updates: list[UpdateFacts]) -> None:
    named = {service for update in updates for service in update.services}
    assert set(latest_statuses(updates)) == named


@given(written())
def test_changes_come_oldest_first_with_the_statuses_of_the_updates(
    updates: list[UpdateFacts],
) -> None:
    changes = status_changes(updates)
    assert [each.at for each in changes] == sorted(each.at for each in changes)
    given_statuses = {(each.by, each.service): each.status for each in changes}
    for update in updates:
        for service, status in update.services.items():
            assert given_statuses[update.number, service] is status


@given(written())
def test_no_update_says_anything_worse_than_the_worst_word(updates: list[UpdateFacts]) -> None:
    worst = worst_status(updates)
    every = [status for update in updates for status in update.services.values()]
    assert all(status.severity <= worst.severity for status in every)
    assert worst in (every or [OPERATIONAL])


def test_reopening_makes_it_open_again() -> None:
    steps = [RESOLVED, IncidentStatus.IDENTIFIED]
    updates = [
        UpdateFacts(number, START + timedelta(minutes=number), status, {})
        for number, status in enumerate(steps)
    ]
    assert resolved_at(updates[:1]) == START
    assert resolved_at(updates) is None


@pytest.mark.parametrize(("minutes", "needed"), [(29, False), (30, True), (31, True)])
def test_staff_are_reminded_after_the_time_without_an_update(minutes: int, *, needed: bool) -> None:
    now = START + timedelta(minutes=minutes)
    assert needs_update(START, now, timedelta(minutes=30)) is needed


def test_no_time_means_no_reminder() -> None:
    assert not needs_update(START, START + timedelta(days=1), timedelta(0))


def test_a_promised_update_is_due_at_its_time_whatever_the_reminder_is() -> None:
    promised = START + timedelta(hours=2)
    remind_after = timedelta(minutes=30)
    assert not needs_update(
        START, promised - timedelta(seconds=1), remind_after, promised_at=promised
    )
    assert needs_update(START, promised, timedelta(0), promised_at=promised)


TEXT = LocalizedText.of("We are looking into it.", "en")
HOUR = timedelta(hours=1)
MAJOR, DEGRADED = ServiceStatus.MAJOR_OUTAGE, ServiceStatus.DEGRADED_PERFORMANCE
# An incident of which nothing is derived yet.
BARE = IncidentRecord(
    id="incident0001",
    title=TEXT,
    status=IncidentStatus.INVESTIGATING,
    impact=Impact.NONE,
    started_at=START,
    resolved_at=None,
    created_at=START,
    updated_at=START,
    updates=(),
    services=(),
    postmortem=None,
    automatic=False,
)


def service(
    slug: str, status: ServiceStatus, former: ServiceStatus | None = None
) -> AffectedService:
    return AffectedService(slug, TEXT, status, former)


def message(
    hour: float, status: IncidentStatus, *services: AffectedService, automatic: bool = False
) -> UpdateRecord:
    return UpdateRecord(
        id=f"update at {hour}",
        status=status,
        body=TEXT,
        posted_at=START + hour * HOUR,
        edited_at=None,
        services=services,
        automatic=automatic,
    )


# Payments fail, then parking too; parking recovers; all is resolved.
STORY = with_updates(
    BARE,
    message(0, IncidentStatus.INVESTIGATING, service("payments", MAJOR)),
    message(1, IncidentStatus.IDENTIFIED, service("parking", DEGRADED)),
    message(2, IncidentStatus.MONITORING, service("parking", OPERATIONAL)),
    message(3, RESOLVED),
    override=None,
)


def test_the_updates_of_a_derived_incident_are_newest_first() -> None:
    assert [each.id for each in STORY.updates] == [f"update at {hour}" for hour in (3, 2, 1, 0)]


def test_each_update_has_the_former_status_of_the_services_that_it_names() -> None:
    assert [each.services for each in reversed(STORY.updates)] == [
        (service("payments", MAJOR),),
        (service("parking", DEGRADED),),
        (service("parking", OPERATIONAL, DEGRADED),),
        (service("payments", OPERATIONAL, MAJOR), service("parking", OPERATIONAL, OPERATIONAL)),
    ]


def test_a_derived_incident_has_every_service_with_its_latest_status() -> None:
    open_still = with_updates(
        BARE,
        message(0, IncidentStatus.INVESTIGATING, service("payments", MAJOR)),
        message(1, IncidentStatus.IDENTIFIED, service("parking", DEGRADED)),
        override=None,
    )
    assert open_still.services == (service("payments", MAJOR), service("parking", DEGRADED))


def test_a_derived_incident_is_resolved_when_its_latest_update_says_so() -> None:
    assert (STORY.status, STORY.resolved_at) == (RESOLVED, START + 3 * HOUR)


@pytest.mark.parametrize(
    ("override", "impact"), [(None, Impact.CRITICAL), (Impact.MINOR, Impact.MINOR)]
)
def test_the_impact_is_that_of_the_worst_status_unless_staff_chose_another(
    override: Impact | None, impact: Impact
) -> None:
    worst = message(0, IncidentStatus.INVESTIGATING, service("payments", MAJOR))
    better = message(1, IncidentStatus.MONITORING, service("payments", OPERATIONAL))
    assert with_updates(BARE, worst, better, override=override).impact is impact


@pytest.mark.parametrize("automatic", [True, False])
def test_an_incident_is_automatic_when_one_of_its_updates_is(*, automatic: bool) -> None:
    first = message(0, IncidentStatus.INVESTIGATING)
    second = message(1, IncidentStatus.MONITORING, automatic=automatic)
    assert with_updates(BARE, first, second, override=None).automatic is automatic


def test_an_update_before_the_start_moves_the_start() -> None:
    earlier = message(-2, IncidentStatus.INVESTIGATING)
    assert with_updates(STORY, earlier, override=None).started_at == START - 2 * HOUR


def test_an_update_after_the_start_does_not_move_it() -> None:
    assert with_updates(BARE, message(2, RESOLVED), override=None).started_at == START


def test_an_incident_without_updates_starts_when_it_did() -> None:
    assert with_updates(BARE, override=None) == BARE


def test_adding_updates_one_by_one_or_together_makes_no_difference() -> None:
    one_by_one = BARE
    for update in reversed(STORY.updates):
        one_by_one = with_updates(one_by_one, update, override=None)
    assert one_by_one == STORY


def test_a_service_has_the_name_that_is_given_and_not_that_of_its_updates() -> None:
    renamed = LocalizedText.of("Card payments", "en")
    old = message(0, IncidentStatus.INVESTIGATING, service("payments", MAJOR))
    derived = derive_incident(
        BARE,
        {1: old},
        [UpdateFacts(1, START, old.status, {7: MAJOR})],
        {7: ServiceName("card-payments", renamed)},
        override=None,
    )
    assert derived.services == (AffectedService("card-payments", renamed, MAJOR),)
    assert derived.updates[0].services == derived.services
