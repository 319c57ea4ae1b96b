"""What a series of probes of one target says: a pure state machine, one cause at a time.

Rules and numbers: certificates/README.md section 5. A fact (read from signed bytes) counts on its
sightings within the last eight probes, so that one bad node in four behind a balancer is found.
A network fault must last: it needs one sighting more, almost in a row, over at least 100 seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

__all__ = ["Cause", "CauseState", "Change", "Seen", "Watch", "WatchRules", "look_again_in", "step"]

_FACT_WINDOW = 8
_NETWORK_SPAN = timedelta(seconds=100)
_RECHECK = timedelta(seconds=15)
_GAPS_OF_PEACE = 3
# A gap that we slept through ourselves must not keep an incident open for as long again.
_LONGEST_PEACE_IN_PROBES = 24


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, by a key that is the same wherever the same thing is wrong.

    `is_network` tells a failed connection from a fact about certificates.
    """

    key: str
    is_network: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One probe: when, whether a chain was seen at all, and what was wrong."""

    at: datetime
    reached: bool
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchRules:
    """A target's own numbers: sightings before it counts, clean probes before it is over."""

    fail_after: int = 2
    recover_after: int = 2
    interval: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class CauseState:
    """The memory of one cause. `sightings` are the newest eight at most, oldest first.

    `probes` counts the probes since each sighting, in the same order. `longest_gap` is the longest
    time between two sightings.
    """

    is_network: bool
    sightings: tuple[datetime, ...] = ()
    probes: tuple[int, ...] = ()
    raised_at: datetime | None = None
    clean: int = 0
    longest_gap: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Watch:
    """The memory of one target."""

    causes: Mapping[str, CauseState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A cause that counts from now on (`raised`), goes on, or is over."""

    key: str
    raised: bool
    is_new: bool
    since: datetime


def step(watch: Watch, seen: Seen, rules: WatchRules) -> tuple[Watch, tuple[Change, ...]]:
    """The memory after one more probe, and every cause that counts or has just ceased to."""
    kinds = {key: state.is_network for key, state in watch.causes.items()}
    kinds.update({cause.key: cause.is_network for cause in seen.causes})
    sighted = {cause.key for cause in seen.causes}
    after: dict[str, CauseState] = {}
    changes: list[Change] = []
    for key, is_network in kinds.items():
        before = watch.causes.get(key) or CauseState(is_network)
        state = _sight(before, seen) if key in sighted else _miss(before, seen)
        kept, change = _judge(key, before, state, seen, rules)
        if change is not None:
            changes.append(change)
        if kept is not None:
            after[key] = kept
    return Watch(after), tuple(changes)


def look_again_in(watch: Watch, rules: WatchRules) -> timedelta:
    """How long to wait for the next probe: less while something seen does not count yet."""
    pending = any(
        state.raised_at is None and state.probes and state.probes[-1] == 0
        for state in watch.causes.values()
    )
    return min(rules.interval, _RECHECK) if pending else rules.interval


def _sight(state: CauseState, seen: Seen) -> CauseState:
    ages = tuple(age + 1 for age in state.probes)
    gap = state.longest_gap
    if state.sightings:
        gap = max(gap, seen.at - state.sightings[-1])
    return replace(
        state,
        sightings=(*state.sightings, seen.at)[-_FACT_WINDOW:],
        probes=(*ages, 0)[-_FACT_WINDOW:],
        clean=0,
        longest_gap=gap,
    )


def _miss(state: CauseState, seen: Seen) -> CauseState:
    # A look that reached nothing says nothing about certificates.
    if not seen.reached:
        return state
    ages = tuple(age + 1 for age in state.probes)
    return replace(state, probes=ages, clean=state.clean + 1)


def _judge(
    key: str, before: CauseState, state: CauseState, seen: Seen, rules: WatchRules
) -> tuple[CauseState | None, Change | None]:
    if state.raised_at is not None:
        if _is_over(state, seen, rules):
            return None, Change(key, raised=False, is_new=False, since=seen.at)
        if state.clean == 0 and state is not before:
            return state, Change(key, raised=True, is_new=False, since=state.raised_at)
        return state, None
    recent = [
        at
        for at, age in zip(state.sightings, state.probes, strict=True)
        if age < _window(state, rules)
    ]
    if not recent:
        return None, None
    if state.clean == 0 and _counts(state, recent, rules):
        raised = replace(state, raised_at=recent[0])
        return raised, Change(key, raised=True, is_new=True, since=recent[0])
    return state, None


def _window(state: CauseState, rules: WatchRules) -> int:
    return rules.fail_after + 2 if state.is_network else max(_FACT_WINDOW, rules.fail_after)


def _counts(state: CauseState, recent: Sequence[datetime], rules: WatchRules) -> bool:
    if not state.is_network:
        return len(recent) >= rules.fail_after
    return len(recent) > rules.fail_after and _span(recent) >= _NETWORK_SPAN


def _span(instants: Iterable[datetime]) -> timedelta:
    ordered = sorted(instants)
    return ordered[-1] - ordered[0]


def _is_over(state: CauseState, seen: Seen, rules: WatchRules) -> bool:
    peace = seen.at - state.sightings[-1]
    asked = min(_GAPS_OF_PEACE * state.longest_gap, _LONGEST_PEACE_IN_PROBES * rules.interval)
    return state.clean >= rules.recover_after and peace >= asked
