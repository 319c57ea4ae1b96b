"""State machine of one target: which causes of failure are confirmed after a series of probes.

A fact (read from signed bytes) is confirmed by its sightings within the last eight probes, so that
one faulty node in four behind a load balancer is found. A network fault has to last: it needs one
sighting more, within few probes, over at least 100 seconds. docs/probes.md has all numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

__all__ = [
    "Cause",
    "CauseChange",
    "Observation",
    "Watch",
    "WatchRules",
    "WatchedCause",
    "advance",
    "next_probe_in",
]

_FACT_WINDOW = 8
_NETWORK_SPAN = timedelta(seconds=100)
_RECHECK = timedelta(seconds=15)
# A cause is over after three times the longest gap between two sightings, so that an intermittent
# fault does not open and close an incident each time.
_GAPS_UNTIL_OVER = 3
# A gap during which no probe ran must not keep an incident open for three times its length.
_MOST_INTERVALS_UNTIL_OVER = 24


@dataclass(frozen=True, slots=True)
class Cause:
    """Reason of a failure. `key` is equal for one fault, also when it is found on several
    targets. `network` distinguishes a failed connection from a fact about certificates.
    """

    key: str
    network: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """Outcome of one probe: its time, whether a TLS server was reached, and the causes found.

    `judged` is True when certificates were received and judged for all profiles of the target;
    only then does a fact that is absent from `causes` count as gone. `hidden` are keys of causes
    that hold too but are not announced.
    """

    at: datetime
    reached: bool
    causes: tuple[Cause, ...] = ()
    judged: bool = True
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WatchRules:
    """Thresholds of a target: sightings that confirm a cause, clean probes that end it."""

    fail_after: int = 2
    recover_after: int = 2
    interval: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class WatchedCause:
    """State of one cause: its first and newest sighting, and whether it is confirmed (`raised`).

    `ages` are the numbers of probes made since each remembered sighting, oldest first. `clean`
    counts the probes since the newest sighting that did not find the cause. `longest_gap` is the
    longest time between two sightings.
    """

    network: bool
    since: datetime
    last_at: datetime
    ages: tuple[int, ...] = ()
    raised: bool = False
    clean: int = 0
    longest_gap: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Watch:
    """State of one target: its causes by key."""

    causes: Mapping[str, WatchedCause] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A confirmed cause that the newest probe found (`raised`), or a cause that is over."""

    key: str
    raised: bool


def advance(
    watch: Watch, observation: Observation, rules: WatchRules
) -> tuple[Watch, tuple[CauseChange, ...]]:
    """Return the state after one more probe, and the changes that alerts follow from."""
    found = {cause.key: cause for cause in observation.causes}
    causes: dict[str, WatchedCause] = {}
    changes: list[CauseChange] = []
    for key in dict.fromkeys((*watch.causes, *found)):
        before = watch.causes.get(key)
        if key in found:
            state = _add_sighting(before or _new(found[key], observation), observation, rules)
            after: WatchedCause | None = replace(
                state, raised=state.raised or _is_confirmed(state, rules)
            )
        else:
            after = None if before is None else _add_miss(key, before, observation, rules)
        if after is not None:
            causes[key] = after
        if after is not None and after.raised and key in found:
            changes.append(CauseChange(key, raised=True))
        if after is None and before is not None and before.raised:
            changes.append(CauseChange(key, raised=False))
    return Watch(causes), tuple(changes)


def next_probe_in(watch: Watch, observation: Observation, rules: WatchRules) -> timedelta:
    """Return the time until the next probe: shorter while a found cause is not yet confirmed.

    `watch` is the state that `observation` led to.
    """
    unconfirmed = any(not watch.causes[cause.key].raised for cause in observation.causes)
    return min(rules.interval, _RECHECK) if unconfirmed else rules.interval


def _new(cause: Cause, observation: Observation) -> WatchedCause:
    return WatchedCause(cause.network, since=observation.at, last_at=observation.at)


def _add_sighting(state: WatchedCause, observation: Observation, rules: WatchRules) -> WatchedCause:
    ages = (*(age + 1 for age in state.ages), 0)
    return replace(
        state,
        last_at=observation.at,
        ages=ages[-_window(state, rules) :],
        clean=0,
        longest_gap=max(state.longest_gap, observation.at - state.last_at),
    )


def _add_miss(
    key: str, state: WatchedCause, observation: Observation, rules: WatchRules
) -> WatchedCause | None:
    """Return the state of a cause that this probe did not find; None once it is over or expired."""
    conclusive = (
        observation.reached
        and (state.network or observation.judged)
        and key not in observation.hidden
    )
    if not conclusive:
        return state
    older = replace(state, ages=tuple(age + 1 for age in state.ages), clean=state.clean + 1)
    if older.raised:
        return None if _is_over(older, observation, rules) else older
    return older if _recent_sightings(older, rules) else None


def _window(state: WatchedCause, rules: WatchRules) -> int:
    return rules.fail_after + 2 if state.network else max(_FACT_WINDOW, rules.fail_after)


def _recent_sightings(state: WatchedCause, rules: WatchRules) -> int:
    return sum(age < _window(state, rules) for age in state.ages)


def _is_confirmed(state: WatchedCause, rules: WatchRules) -> bool:
    if not state.network:
        return _recent_sightings(state, rules) >= rules.fail_after
    # Rechecks follow after 15 seconds, so the number of probes alone says little about the time.
    lasted = state.last_at - state.since
    return _recent_sightings(state, rules) > rules.fail_after and lasted >= _NETWORK_SPAN


def _is_over(state: WatchedCause, observation: Observation, rules: WatchRules) -> bool:
    needed = min(_GAPS_UNTIL_OVER * state.longest_gap, _MOST_INTERVALS_UNTIL_OVER * rules.interval)
    return state.clean >= rules.recover_after and observation.at - state.last_at >= needed
