from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.incidents.incidents import (
    UpdateFacts,
    in_order,
    latest_statuses,
    needs_update,
    resolved_at,
    status_changes,
    status_of,
    worst_status,
)
from app.domain.statuses import IncidentStatus, ServiceStatus

START = datetime(2026, 3, 1, tzinfo=UTC)
RESOLVED, OPERATIONAL = IncidentStatus.RESOLVED, ServiceStatus.OPERATIONAL


@st.composite
def written(draw: st.DrawFn) -> list[UpdateFacts]:
    """Updates numbered in the order they were written, dated in any order, some at one minute."""
    minutes = draw(st.lists(st.integers(0, 20), max_size=8))
    words = st.dictionaries(st.integers(1, 4), st.sampled_from(ServiceStatus), max_size=3)
    return [
        UpdateFacts(
            number,
            START + timedelta(minutes=minute),
            draw(st.sampled_from(IncidentStatus)),
            draw(words),
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
def test_resolving_mends_what_it_does_not_name(updates: list[UpdateFacts]) -> None:
    if not updates:
        return
    end = UpdateFacts(
        99, latest(updates).posted_at, RESOLVED, {1: ServiceStatus.DEGRADED_PERFORMANCE}
    )
    words = latest_statuses([*updates, end])
    assert words[1] is ServiceStatus.DEGRADED_PERFORMANCE
    assert all(status is OPERATIONAL for service, status in words.items() if service != 1)


@given(written())
def test_every_service_that_was_ever_named_has_a_latest_word(updates: list[UpdateFacts]) -> None:
    named = {service for update in updates for service in update.services}
    assert set(latest_statuses(updates)) == named


@given(written())
def test_words_come_oldest_first_and_say_what_the_updates_say(updates: list[UpdateFacts]) -> None:
    words = status_changes(updates)
    assert [word.at for word in words] == sorted(word.at for word in words)
    told = {(word.by, word.service): word.status for word in words}
    for update in updates:
        for service, status in update.services.items():
            assert told[update.number, service] is status


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
