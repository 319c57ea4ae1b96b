"""Stored JSON of a target's state machine, also as the first release wrote it."""

import json
from datetime import UTC, datetime, timedelta

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
def test_a_state_is_read_as_it_was_written(watch: Watch) -> None:
    stored = json.dumps(watch_to_json(watch))
    assert watch_from_json(json.loads(stored)) == watch


def test_a_state_of_the_first_release_is_read() -> None:
    stored = {
        "certificate:ab12:expired": {
            "network": False,
            "since": "2026-11-23T10:00:00+00:00",
            "last_at": "2026-11-23T10:02:00.500000+00:00",
            "ages": [2, 1, 0],
            "raised": True,
            "clean": 0,
            "longest_gap": 60.5,
        }
    }
    noon = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert watch_from_json(stored) == Watch(
        {
            "certificate:ab12:expired": WatchedCause(
                network=False,
                since=noon,
                last_at=noon + timedelta(seconds=120.5),
                ages=(2, 1, 0),
                raised=True,
                clean=0,
                longest_gap=timedelta(seconds=60.5),
            )
        }
    )
