"""Timeline of a chain for one kind of client: its path outcome at any second, computed lazily.

Outcomes change only where a validity begins or ends and on dates of root programmes. So each
interval between two such edges is evaluated at most once, and the first bad one is the horizon.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.domain.certificates.findings import Reason
from app.trust.clients.root_programmes import NEVER
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths import BUILDERS, PathOutcome, Paths
from app.trust.paths.graph import clear_graphs
from app.trust.x509.chain import Chain

__all__ = ["Timeline", "clear_timelines", "timeline"]

_KEPT = 4096
# Larger chains are not cached, so that a hostile server cannot fill the memory.
_USUAL_BYTES = 32_768


@dataclass(slots=True)
class Timeline:
    """The outcomes of one chain by interval.

    `name_reason` gives an outcome its final reason. `renewals` are the timelines of the chain with
    its leaf renewed on the given day.
    """

    paths: Paths
    name_reason: Callable[[PathOutcome], PathOutcome]
    edges: tuple[int, ...]
    outcomes: list[PathOutcome | None]
    renewals: "dict[int, Timeline]" = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        """Whether the search for paths was cut short by its budget."""
        return self.paths.exhausted

    def at(self, second: int) -> PathOutcome:
        """Return the outcome at this second since the epoch."""
        return self._stretch(bisect_right(self.edges, second))

    def break_after(self, second: int) -> tuple[int, PathOutcome] | None:
        """Return the first later second at which the outcome is not OK, with that outcome; None if
        never.
        """
        good = self.at(second)
        for stretch in range(bisect_right(self.edges, second) + 1, len(self.edges) + 1):
            if good.reason is Reason.OK and self.paths.holds(good, self.edges[stretch - 1]):
                continue
            good = self._stretch(stretch)
            if good.reason is not Reason.OK:
                return self.edges[stretch - 1], good
        return None

    def _stretch(self, number: int) -> PathOutcome:
        known = self.outcomes[number]
        if known is None:
            begins = self.edges[number - 1] if number else self._before_all()
            known = self.outcomes[number] = self.name_reason(self.paths.at(begins))
        return known

    def _before_all(self) -> int:
        return self.edges[0] - 1 if self.edges else 0


def timeline(
    chain: Chain,
    store: Store,
    builder: str,
    tolerances: Tolerances,
    *,
    renewed_on: int | None = None,
) -> Timeline:
    """Return the timeline of a chain with a readable leaf, from a cache for chains of usual size.

    With `renewed_on` (a second since the epoch) the leaf is taken as issued then, and renewed in
    time from then on.
    """
    large = sum(len(certificate.der) for certificate in chain.certificates) > _USUAL_BYTES
    compute = _compute if large else _cached
    usual = compute(chain, store, builder, tolerances)
    if renewed_on is None:
        return usual
    known = usual.renewals.get(renewed_on)
    if known is None:
        # Only the current day's renewal is requested again, so one entry is enough.
        usual.renewals.clear()
        leaf = replace(chain.certificates[0], starts=renewed_on, ends=NEVER)
        known = usual.renewals[renewed_on] = _timeline(usual.paths.renewed(leaf), usual.name_reason)
    return known


def clear_timelines() -> None:
    """Clear the caches of timelines and graphs."""
    _cached.cache_clear()
    clear_graphs()


@lru_cache(maxsize=_KEPT)
def _cached(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> Timeline:
    return _compute(chain, store, builder, tolerances)


def _compute(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> Timeline:
    paths = BUILDERS[builder](chain, store, tolerances)
    return _timeline(paths, lambda outcome: _named(outcome, chain, store))


def _timeline(paths: Paths, name_reason: Callable[[PathOutcome], PathOutcome]) -> Timeline:
    edges = tuple(sorted(edge for edge in paths.edges() if edge < NEVER))
    return Timeline(paths, name_reason, edges, [None] * (len(edges) + 1))


def _named(outcome: PathOutcome, chain: Chain, store: Store) -> PathOutcome:
    """Return the outcome, with a gap in the chain reported as MISSING_INTERMEDIATE."""
    if outcome.reason is Reason.ISSUER_UNKNOWN and _has_gap(outcome, chain, store):
        return replace(outcome, reason=Reason.MISSING_INTERMEDIATE)
    return outcome


def _has_gap(outcome: PathOutcome, chain: Chain, store: Store) -> bool:
    if len(outcome.path) == 1:
        return True
    rest = (certificate for certificate in chain.certificates if certificate not in outcome.path)
    return any(
        certificate.extensions.is_ca and bool(store.named(certificate.issuer))
        for certificate in rest
    )
