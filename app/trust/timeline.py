"""Timeline of a chain for one kind of client: its path outcome at any second, computed lazily.

Outcomes change only where a validity begins or ends and on dates of root programmes. So each
interval between two such edges is evaluated at most once, and the first bad one is the horizon.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.domain.certificates.findings import Reason
from app.trust.clients.root_programmes import NEVER
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths import BUILDERS, PathOutcome, Paths
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = ["Timeline", "compute_timeline", "renewed_timeline"]


@dataclass(slots=True)
class Timeline:
    """The outcomes of one chain by interval.

    `name_reason` gives an outcome its final reason. `breaks` are known results of `break_after`, by
    the number of the interval.
    """

    paths: Paths
    name_reason: Callable[[PathOutcome], PathOutcome]
    edges: tuple[int, ...]
    outcomes: list[PathOutcome | None]
    breaks: dict[int, tuple[int, PathOutcome] | None] = field(default_factory=dict)

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
        begun = bisect_right(self.edges, second)
        if begun not in self.breaks:
            self.breaks[begun] = self._break_after_stretch(begun)
        return self.breaks[begun]

    def _break_after_stretch(self, begun: int) -> tuple[int, PathOutcome] | None:
        good = self._stretch(begun)
        for stretch in range(begun + 1, len(self.edges) + 1):
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


def compute_timeline(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> Timeline:
    """Return the timeline of a chain with a readable leaf, without a cache."""
    paths = BUILDERS[builder](chain, store, tolerances)
    return _timeline(paths, lambda outcome: _named(outcome, chain, store))


def renewed_timeline(usual: Timeline, leaf: Certificate, issued: int) -> Timeline:
    """Return the timeline with the leaf taken as issued at this second and renewed in time from
    then on.
    """
    renewed = replace(leaf, starts=issued, ends=NEVER)
    return _timeline(usual.paths.renewed(renewed), usual.name_reason)


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
