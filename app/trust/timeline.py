"""What one kind of client makes of one chain at any second: worked out once, then looked up.

Nothing changes between two edges of validity or programme dates, so an outcome is worked out at
most once for each stretch between them, and the first bad stretch is the exact horizon.
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
# What is larger is worked out each time: a cache of megabytes would be a gift to its server.
_USUAL_BYTES = 32_768


@dataclass(slots=True)
class Timeline:
    """The outcomes of one chain. `name` gives an outcome its final reason; `renewals` are the
    timelines of the same chain with its leaf renewed on that day.
    """

    paths: Paths
    name: Callable[[PathOutcome], PathOutcome]
    edges: tuple[int, ...]
    outcomes: list[PathOutcome | None]
    renewals: "dict[int, Timeline]" = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        return self.paths.exhausted

    def at(self, second: int) -> PathOutcome:
        """The outcome at this second."""
        return self._stretch(bisect_right(self.edges, second))

    def break_after(self, second: int) -> tuple[int, PathOutcome] | None:
        """The first second after this one at which the outcome is not OK, and that outcome."""
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
            known = self.outcomes[number] = self.name(self.paths.at(begins))
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
    """The timeline of a chain with a readable leaf. With `renewed_on` (a second) the leaf is
    taken as issued anew then and renewed in time ever after. Answers for chains of usual size are
    remembered.
    """
    large = sum(len(certificate.der) for certificate in chain.certificates) > _USUAL_BYTES
    work_out = _worked_out if large else _remembered
    usual = work_out(chain, store, builder, tolerances)
    if renewed_on is None:
        return usual
    known = usual.renewals.get(renewed_on)
    if known is None:
        # One day's renewal is asked for many times, yesterday's never again.
        usual.renewals.clear()
        leaf = replace(chain.certificates[0], starts=renewed_on, ends=NEVER)
        known = usual.renewals[renewed_on] = _timeline(usual.paths.renewed(leaf), usual.name)
    return known


def clear_timelines() -> None:
    """Let everything be worked out anew."""
    _remembered.cache_clear()
    clear_graphs()


@lru_cache(maxsize=_KEPT)
def _remembered(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> Timeline:
    return _worked_out(chain, store, builder, tolerances)


def _worked_out(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> Timeline:
    paths = BUILDERS[builder](chain, store, tolerances)
    return _timeline(paths, lambda outcome: _named(outcome, chain, store))


def _timeline(paths: Paths, name: Callable[[PathOutcome], PathOutcome]) -> Timeline:
    edges = tuple(sorted(edge for edge in paths.edges() if edge < NEVER))
    return Timeline(paths, name, edges, [None] * (len(edges) + 1))


def _named(outcome: PathOutcome, chain: Chain, store: Store) -> PathOutcome:
    """The outcome with a gap in the chain called by its name."""
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
