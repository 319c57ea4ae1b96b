"""The memory of a target survives its row."""

import json
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.certificates.watch import Watch, WatchedCause
from app.usecases.targets.probe_state import watch_from_json, watch_to_json

INSTANTS = st.datetimes(timezones=st.just(UTC))
STATES = st.builds(
    WatchedCause,
    network=st.booleans(),
    since=INSTANTS,
    last_at=INSTANTS,
    ages=st.lists(st.integers(0, 1000), max_size=10).map(tuple),
    raised=st.booleans(),
    clean=st.integers(0, 10_000),
    longest_gap=st.timedeltas(timedelta(), timedelta(days=3650)),
)


@given(st.dictionaries(st.text(min_size=1), STATES, max_size=4).map(Watch))
def test_a_memory_comes_back_as_it_was_kept(watch: Watch) -> None:
    stored = json.dumps(watch_to_json(watch))
    assert watch_from_json(json.loads(stored)) == watch
