"""What a series of probes says. Hours pass in milliseconds: time is an argument."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.certificates.watch import (
    Cause,
    CauseChange,
    Observation,
    Watch,
    WatchedCause,
    WatchRules,
    advance,
    next_probe_in,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = WatchRules()
EXPIRED = Cause("certificate:ab12:expired")
OTHER = Cause("certificate:cd34:expired")
SILENT = Cause("target:t1:unreachable", network=True)
MINUTE = timedelta(minutes=1)


def fine(at: datetime) -> Observation:
    return Observation(at, reached=True)


def saw(at: datetime, *causes: Cause) -> Observation:
    return Observation(at, reached=True, causes=causes)


def missed(at: datetime) -> Observation:
    """A look that came to nothing for reasons of our own."""
    return Observation(at, reached=False)


def failed(at: datetime) -> Observation:
    return Observation(at, reached=False, causes=(SILENT,))


class Run:
    """A target's memory, fed with probes; `changes` are what each of them brought about."""

    def __init__(self, rules: WatchRules = RULES) -> None:
        self.rules = rules
        self.watch = Watch()
        self.now = NOON
        self.changes: list[tuple[CauseChange, ...]] = []

    def see(self, *probes: Callable[[datetime], Observation], every: timedelta = MINUTE) -> None:
        for probe in probes:
            self.watch, changes = advance(self.watch, probe(self.now), self.rules)
            self.changes.append(changes)
            self.now += every

    @property
    def raised(self) -> set[str]:
        return {key for key, state in self.watch.causes.items() if state.raised}

    def over(self, cause: Cause) -> bool:
        return CauseChange(cause.key, raised=False) in [
            one for each in self.changes for one in each
        ]


def bad(at: datetime) -> Observation:
    return saw(at, EXPIRED)


def test_one_sighting_of_a_fact_is_not_enough() -> None:
    run = Run()
    run.see(bad)
    assert run.raised == set()
    assert run.changes == [()]


def test_a_fact_counts_after_fail_after_sightings() -> None:
    run = Run()
    run.see(bad, bad)
    assert run.raised == {EXPIRED.key}
    assert run.changes[-1] == (CauseChange(EXPIRED.key, raised=True),)


def test_a_fact_needs_not_be_seen_in_a_row() -> None:
    run = Run()
    run.see(bad, *[fine] * 6, bad)
    assert run.raised == {EXPIRED.key}


def test_a_sighting_more_than_eight_probes_ago_does_not_count() -> None:
    run = Run()
    run.see(bad, *[fine] * 7, bad)
    assert run.raised == set()


def test_a_sighting_is_forgotten_after_eight_probes() -> None:
    run = Run()
    run.see(bad, *[fine] * 8)
    assert run.watch == Watch()


def test_fail_after_1_counts_at_once() -> None:
    run = Run(WatchRules(fail_after=1))
    run.see(bad)
    assert run.raised == {EXPIRED.key}


@pytest.mark.parametrize("fail_after", range(1, 9))
def test_every_permitted_fail_after_is_reached_by_what_lasts(fail_after: int) -> None:
    run = Run(WatchRules(fail_after=fail_after))
    run.see(*[bad] * fail_after)
    assert run.raised == {EXPIRED.key}
    run = Run(WatchRules(fail_after=fail_after))
    run.see(*[failed] * (fail_after + 2))
    assert run.raised == {SILENT.key}


def test_what_is_seen_again_is_reported_each_time_it_is_seen() -> None:
    run = Run()
    run.see(bad, bad, fine, bad)
    assert run.changes[2:] == [(), (CauseChange(EXPIRED.key, raised=True),)]


def test_a_network_fault_needs_one_sighting_more() -> None:
    run = Run()
    run.see(failed, failed, every=2 * MINUTE)
    assert run.raised == set()
    run.see(failed)
    assert run.raised == {SILENT.key}


def test_a_network_fault_must_last_100_seconds() -> None:
    run = Run()
    run.see(*[failed] * 7, every=timedelta(seconds=16))
    assert run.raised == set()
    run.see(failed)
    assert run.raised == {SILENT.key}


@pytest.mark.parametrize("seconds", [1, 2, 15, 60, 3600])
def test_an_outage_is_found_whatever_the_interval(seconds: int) -> None:
    rules = WatchRules(interval=timedelta(seconds=seconds))
    found_after = outage_found_after(rules)
    assert timedelta(seconds=100) <= found_after <= timedelta(seconds=105)


def outage_found_after(rules: WatchRules) -> timedelta:
    watch, now = Watch(), NOON
    while now < NOON + timedelta(days=1):
        seen = failed(now)
        watch, changes = advance(watch, seen, rules)
        if changes:
            return now - NOON
        now += next_probe_in(watch, seen, rules)
    raise AssertionError("a whole day of failing was not reported")


def test_three_failures_among_longer_runs_of_success_are_not_a_fault() -> None:
    run = Run()
    run.see(*[failed, fine, fine] * 10)
    assert run.raised == set()


def test_a_network_fault_may_let_a_look_through_now_and_then() -> None:
    run = Run()
    run.see(failed, fine, failed, failed)
    assert run.raised == {SILENT.key}


def test_a_sighting_that_does_not_count_yet_is_looked_at_again_in_15_seconds() -> None:
    run = Run()
    run.see(bad)
    assert next_probe_in(run.watch, bad(run.now), RULES) == timedelta(seconds=15)


def test_a_short_interval_is_not_lengthened_by_the_recheck() -> None:
    rules = WatchRules(interval=timedelta(seconds=5))
    run = Run(rules)
    run.see(bad)
    assert next_probe_in(run.watch, bad(run.now), rules) == timedelta(seconds=5)


@pytest.mark.parametrize("probes", [[fine], [bad, fine], [bad, bad], [bad, missed]])
def test_otherwise_the_next_probe_comes_at_the_interval(
    probes: list[Callable[[datetime], Observation]],
) -> None:
    run = Run()
    run.see(*probes)
    assert next_probe_in(run.watch, probes[-1](run.now), RULES) == MINUTE


def test_it_is_over_after_recover_after_clean_probes_and_three_times_the_gap() -> None:
    run = Run()
    run.see(bad, bad, fine, fine)
    assert not run.over(EXPIRED)
    run.see(fine)
    assert run.over(EXPIRED)
    assert run.watch == Watch()


def test_clean_probes_in_quick_succession_are_not_peace() -> None:
    run = Run()
    run.see(bad, bad)
    run.see(*[fine] * 8, every=timedelta(seconds=15))
    assert not run.over(EXPIRED)


def test_recover_after_is_asked_for_even_after_a_long_time() -> None:
    run = Run(replace(RULES, recover_after=5))
    run.see(bad, bad)
    run.see(*[fine] * 4, every=timedelta(hours=1))
    assert not run.over(EXPIRED)
    run.see(fine)
    assert run.over(EXPIRED)


def test_rare_sightings_ask_for_a_long_peace() -> None:
    run = Run()
    run.see(bad, *[fine] * 5, bad, *[fine] * 17)
    assert not run.over(EXPIRED)
    run.see(fine)
    assert run.over(EXPIRED)


def test_the_peace_asked_for_is_at_most_24_intervals() -> None:
    run = Run()
    run.see(bad)
    run.now += timedelta(days=2)  # nobody was probing
    run.see(bad, *[fine] * 23)
    assert not run.over(EXPIRED)
    run.see(fine)
    assert run.over(EXPIRED)


def test_a_sighting_begins_the_quiet_period_again() -> None:
    run = Run()
    run.see(bad, bad, fine, fine, bad, fine, fine)
    assert not run.over(EXPIRED)


def test_a_failed_look_says_nothing_about_certificates() -> None:
    run = Run()
    run.see(bad, bad, *[failed] * 50)
    assert EXPIRED.key in run.raised
    run = Run()
    run.see(bad, *[missed] * 50, bad)
    assert run.raised == {EXPIRED.key}


def test_a_look_that_was_not_judged_in_full_says_nothing_of_what_it_does_not_name() -> None:
    run = Run()
    run.see(bad, bad, *[lambda at: Observation(at, reached=True, judged=False)] * 50)
    assert run.raised == {EXPIRED.key}


def test_it_still_ends_a_network_fault() -> None:
    run = Run()
    run.see(*[failed] * 4, *[lambda at: Observation(at, reached=True, judged=False)] * 4)
    assert run.over(SILENT)


def test_a_cause_that_is_hidden_behind_another_is_not_over() -> None:
    run = Run()
    behind = frozenset({EXPIRED.key})
    run.see(
        bad, bad, *[lambda at: Observation(at, reached=True, causes=(OTHER,), hidden=behind)] * 50
    )
    assert run.raised == {EXPIRED.key, OTHER.key}


def test_a_cause_that_is_hidden_does_not_count_by_that() -> None:
    run = Run()
    behind = frozenset({EXPIRED.key})
    run.see(*[lambda at: Observation(at, reached=True, causes=(OTHER,), hidden=behind)] * 5)
    assert run.raised == {OTHER.key}


def test_two_causes_come_and_go_independently() -> None:
    run = Run()
    run.see(bad, lambda at: saw(at, EXPIRED, OTHER), lambda at: saw(at, OTHER))
    assert run.raised == {EXPIRED.key, OTHER.key}
    run.see(*[lambda at: saw(at, OTHER)] * 3)
    assert run.over(EXPIRED)
    assert run.raised == {OTHER.key}


def test_a_state_is_what_it_says() -> None:
    run = Run()
    run.see(bad, fine, bad)
    assert run.watch.causes[EXPIRED.key] == WatchedCause(
        network=False,
        since=NOON,
        last_at=NOON + 2 * MINUTE,
        ages=(2, 0),
        raised=True,
        clean=0,
        longest_gap=2 * MINUTE,
    )
