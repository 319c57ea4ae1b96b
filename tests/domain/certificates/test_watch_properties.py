"""What holds for every series of probes, however odd."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.certificates.watch import (
    Cause,
    Observation,
    Watch,
    WatchRules,
    advance,
    next_probe_in,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXPIRED = Cause("certificate:ab12:expired")
OTHER = Cause("certificate:cd34:expired")
SILENT = Cause("target:t1:unreachable", network=True)

# What may happen at any time, in any order.
CAUSES = st.sampled_from([EXPIRED, OTHER, SILENT])
INSTANTS = st.integers(-(10**8), 10**8).map(lambda seconds: NOON + timedelta(seconds=seconds))
PROBES = st.builds(
    Observation,
    at=INSTANTS,
    reached=st.booleans(),
    causes=st.lists(CAUSES, unique=True, max_size=3).map(tuple),
    judged=st.booleans(),
    hidden=st.sets(CAUSES.map(lambda cause: cause.key)).map(frozenset),
)
ANY_RULES = st.builds(
    WatchRules,
    fail_after=st.integers(1, 8),
    recover_after=st.integers(1, 100),
    interval=st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)


@given(ANY_RULES, st.lists(PROBES, max_size=40))
def test_no_series_of_probes_is_too_odd(rules: WatchRules, probes: list[Observation]) -> None:
    watch = Watch()
    for seen in probes:
        watch, changes = advance(watch, seen, rules)
        reported = [change.key for change in changes]
        assert len(reported) == len(set(reported))
        pause = next_probe_in(watch, seen, rules)
        assert timedelta(0) < pause <= rules.interval


@given(ANY_RULES, st.lists(PROBES, max_size=40))
def test_only_what_counted_can_be_over(rules: WatchRules, probes: list[Observation]) -> None:
    watch, standing = Watch(), set[str]()
    for seen in probes:
        watch, changes = advance(watch, seen, rules)
        for change in changes:
            assert change.raised or change.key in standing
            (standing.add if change.raised else standing.discard)(change.key)
        assert standing == {key for key, state in watch.causes.items() if state.raised}


@given(ANY_RULES, st.lists(INSTANTS, max_size=40))
def test_a_healthy_series_raises_nothing(rules: WatchRules, instants: list[datetime]) -> None:
    watch = Watch()
    for at in instants:
        watch, changes = advance(watch, Observation(at, reached=True), rules)
        assert (watch, changes) == (Watch(), ())


@given(ANY_RULES, st.lists(PROBES, max_size=60))
def test_the_memory_stays_small(rules: WatchRules, probes: list[Observation]) -> None:
    watch = Watch()
    for seen in probes:
        watch, _ = advance(watch, seen, rules)
    sizes = [len(state.ages) for state in watch.causes.values()]
    assert max(sizes, default=0) <= 10
