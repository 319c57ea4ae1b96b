"""What a series of probes of one target says: a pure state machine, one cause at a time.

Rules and numbers: certificates/README.md section 5. A fact (read from signed bytes) counts on its
sightings within the last eight probes, so that one bad node in four behind a balancer is found.
A network fault must last: it needs one sighting more, almost in a row, and 100 seconds.
"""

from collections.abc import Mapping
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
    """One probe: when, whether it got through to a TLS server, and what was wrong.

    `judged` says that certificates were seen and judged for all clients there are to judge for:
    only then are facts that it does not name gone. `hidden` are the keys of causes that hold as
    well but are not spoken of.
    """

    at: datetime
    reached: bool
    causes: tuple[Cause, ...] = ()
    judged: bool = True
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WatchRules:
    """A target's own numbers: sightings before it counts, clean probes before it is over."""

    fail_after: int = 2
    recover_after: int = 2
    interval: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class CauseState:
    """The memory of one cause: its first sighting, its newest, and whether it counts (`raised`).

    `ages` are the probes made since each remembered sighting, oldest first; `clean` those since
    the newest that did not see it; `longest_gap` is the longest time between two sightings.
    """

    is_network: bool
    since: datetime
    last_at: datetime
    ages: tuple[int, ...] = ()
    raised: bool = False
    clean: int = 0
    longest_gap: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Watch:
    """The memory of one target."""

    causes: Mapping[str, CauseState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A cause that counts (`raised`) and was seen just now, or one that is over."""

    key: str
    raised: bool


def step(watch: Watch, seen: Seen, rules: WatchRules) -> tuple[Watch, tuple[Change, ...]]:
    """The memory after one more probe, and every cause that counts or has just ceased to."""
    sighted = {cause.key: cause for cause in seen.causes}
    after: dict[str, CauseState] = {}
    changes: list[Change] = []
    for key in dict.fromkeys((*watch.causes, *sighted)):
        before = watch.causes.get(key)
        if key in sighted:
            state = _sight(before or _unseen(sighted[key], seen), seen, rules)
            kept: CauseState | None = replace(state, raised=state.raised or _counts(state, rules))
        else:
            kept = None if before is None else _miss(key, before, seen, rules)
        if kept is not None:
            after[key] = kept
        if kept is not None and kept.raised and key in sighted:
            changes.append(Change(key, raised=True))
        if kept is None and before is not None and before.raised:
            changes.append(Change(key, raised=False))
    return Watch(after), tuple(changes)


def look_again_in(watch: Watch, seen: Seen, rules: WatchRules) -> timedelta:
    """How long to wait after `seen`, which led to `watch`: less while a sighting does not count."""
    pending = any(not watch.causes[cause.key].raised for cause in seen.causes)
    return min(rules.interval, _RECHECK) if pending else rules.interval


def _unseen(cause: Cause, seen: Seen) -> CauseState:
    return CauseState(cause.is_network, since=seen.at, last_at=seen.at)


def _sight(state: CauseState, seen: Seen, rules: WatchRules) -> CauseState:
    ages = (*(age + 1 for age in state.ages), 0)
    return replace(
        state,
        last_at=seen.at,
        ages=ages[-_window(state, rules) :],
        clean=0,
        longest_gap=max(state.longest_gap, seen.at - state.last_at),
    )


def _miss(key: str, state: CauseState, seen: Seen, rules: WatchRules) -> CauseState | None:
    """The memory of a cause that this probe did not name; None once it is over or forgotten."""
    tells = seen.reached and (state.is_network or seen.judged) and key not in seen.hidden
    if not tells:
        return state
    older = replace(state, ages=tuple(age + 1 for age in state.ages), clean=state.clean + 1)
    if older.raised:
        return None if _is_over(older, seen, rules) else older
    return older if _recent(older, rules) else None


def _window(state: CauseState, rules: WatchRules) -> int:
    return rules.fail_after + 2 if state.is_network else max(_FACT_WINDOW, rules.fail_after)


def _recent(state: CauseState, rules: WatchRules) -> int:
    return sum(age < _window(state, rules) for age in state.ages)


def _counts(state: CauseState, rules: WatchRules) -> bool:
    if not state.is_network:
        return _recent(state, rules) >= rules.fail_after
    # Rechecks come so fast that the window alone would never span the time.
    lasted = state.last_at - state.since
    return _recent(state, rules) > rules.fail_after and lasted >= _NETWORK_SPAN


def _is_over(state: CauseState, seen: Seen, rules: WatchRules) -> bool:
    asked = min(_GAPS_OF_PEACE * state.longest_gap, _LONGEST_PEACE_IN_PROBES * rules.interval)
    return state.clean >= rules.recover_after and seen.at - state.last_at >= asked
