"""Path builder of Go, Java, NSS, webpki, CryptoAPI, Apple and Android 7 and newer.

These clients accept any signed path to any anchor. Links and rules do not depend on time, so the
graph of signed links is built once. For each second the best path in it is searched: one that
breaks no rule or the fewest, then with the fewest certificates out of date, then the shortest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from app.domain.certificates.findings import Reason
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths.graph import Graph, shared_graph
from app.trust.paths.outcome import PathOutcome
from app.trust.paths.rules import (
    DATE_REASONS,
    anchor_fault,
    is_constrained,
    issuer_fault,
    leaf_fault,
    names_fault,
    policy_fault,
    removal,
    removed_by_date,
    requires_policy,
    too_deep,
)
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import SignatureChecker, authority_key_id_fits, issuer_name_fits

__all__ = ["AnyPaths"]

# With name constraints a certificate is visited once per set of authorities below it, until so many
# visits; a mesh of cross-signs has more such sets than can be searched.
_MOST_ROUTES = 1000
# The first rule that a path breaks, and the certificate to blame.
_Fault = tuple[Reason, Certificate]


@dataclass(frozen=True, slots=True)
class _Step:
    """A certificate on a path, with the cost so far and the authorities below the next certificate.

    The cost counts broken rules, certificates out of date, and the length. Self-issued authorities
    are not counted in `below`.
    """

    certificate: Certificate
    cost: tuple[int, int, int]
    below: int
    child: "_Step | None" = None
    fault: _Fault | None = None

    def certificates(self) -> tuple[Certificate, ...]:
        """Return the path, the leaf first."""
        path, step = [self.certificate], self.child
        while step is not None:
            path.append(step.certificate)
            step = step.child
        return tuple(reversed(path))

    def lowest_fault(self) -> _Fault | None:
        """Return the first rule broken from the leaf upwards, and by which certificate."""
        found: _Fault | None = None
        step: _Step | None = self
        while step is not None:
            found = step.fault or found
            step = step.child
        return found


@dataclass(slots=True)
class AnyPaths:
    """The paths of a chain to any anchor of a store, under the tolerances of a profile.

    With `anchor_expiry` False the dates of an anchor do not count (RFC 5280 section 6.1.1 d). The
    graph is built unless it is given.
    """

    chain: Chain
    store: Store
    tolerances: Tolerances = field(default_factory=Tolerances)
    signatures: SignatureChecker = field(default_factory=SignatureChecker)
    graph: Graph = field(default_factory=Graph)
    _faults: dict[Certificate, Reason | None] = field(init=False)
    _removals: dict[Certificate, int] = field(init=False)
    _constrained: bool = field(init=False)
    _only_path: tuple[Certificate, ...] = field(init=False, default=())
    _broken: _Fault | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if not self.graph.links:
            self.graph, self.signatures = shared_graph(self.chain, self.store)
        leaf = self.chain.certificates[0]
        self._faults = {node: self._fault(node, leaf) for node in self.graph.links}
        self._constrained = any(
            is_constrained(node) or requires_policy(node) for node in self.graph.links
        )
        anchors = self.graph.anchors
        self._removals = {one: removal(one, self.store, self.tolerances) for one in anchors}
        self._store_only_path()

    @property
    def exhausted(self) -> bool:
        return self.signatures.exhausted

    def edges(self) -> Collection[int]:
        # After `renewed` the leaf has other dates than the one in the graph.
        nodes = (self.chain.certificates[0], *self.graph.links)
        dated = [node for node in nodes if self._dated(node)]
        edges = {edge for node in dated for edge in (node.starts, node.ends + 1)}
        return edges | set(self._removals.values())

    def at(self, second: int) -> PathOutcome:
        if self._only_path:
            return self._outcome_along(self._only_path, second)
        top = self._best(second)
        if top is None:
            return self.graph.dead_end()
        path = top.certificates()
        if (broken := top.lowest_fault()) is not None:
            return PathOutcome(broken[0], path, broken[1])
        return self._dated_outcome(path, second)

    def _outcome_along(self, path: tuple[Certificate, ...], second: int) -> PathOutcome:
        if self._broken is not None:
            return PathOutcome(self._broken[0], path, self._broken[1])
        return self._dated_outcome(path, second)

    def _dated_outcome(self, path: tuple[Certificate, ...], second: int) -> PathOutcome:
        for certificate in path:
            reason = self._out_of_date(certificate, second)
            if reason is not None:
                return PathOutcome(reason, path, certificate)
        return PathOutcome(Reason.OK, path)

    def _store_only_path(self) -> None:
        """Store the path where there is only one, and the first rule that it breaks."""
        path = [self.chain.certificates[0]]
        while path[-1] not in self.graph.anchors:
            links = self.graph.links[path[-1]]
            if len(links) != 1 or links[0] in path:
                return
            path.append(links[0])
        self._only_path, below = tuple(path), 0
        for position, node in enumerate(path):
            self._broken = self._own_fault(node)
            if position and self._broken is None:
                self._broken = self._path_fault(node, path[position - 1], path[:position], below)
            if self._broken is not None:
                return
            below += bool(position) and not node.self_issued

    def holds(self, outcome: PathOutcome, second: int) -> bool:
        # A path that was OK stays so until one of its certificates is out of date.
        return all(self._out_of_date(one, second) is None for one in outcome.path)

    def participants(self) -> Collection[Certificate]:
        return self.graph.links.keys()

    def leaf_dates_count(self, outcome: PathOutcome) -> bool:
        # A broken rule comes before all dates, and the dates of the leaf before those above it.
        return outcome.reason in DATE_REASONS or removed_by_date(
            outcome, self.chain.certificates[0], self.tolerances
        )

    def first_second_past(self, leaf: Certificate) -> int:
        return leaf.ends + 1

    def renewed(self, leaf: Certificate) -> "AnyPaths":
        chain = replace(self.chain, certificates=(leaf, *self.chain.certificates[1:]))
        tolerances = replace(self.tolerances, maximum_validity=False)
        return AnyPaths(chain, self.store, tolerances, self.signatures, self.graph)

    def _fault(self, node: Certificate, leaf: Certificate) -> Reason | None:
        if node == leaf:
            return leaf_fault(leaf, self.tolerances, anchored=leaf in self.graph.anchors)
        if node in self.graph.anchors:
            return anchor_fault(node, leaf, self.tolerances)
        return issuer_fault(node, self.tolerances)

    def _own_fault(self, node: Certificate) -> _Fault | None:
        reason = self._faults[node]
        return None if reason is None else (reason, node)

    def _path_fault(
        self, node: Certificate, child: Certificate, path: Sequence[Certificate], below: int
    ) -> _Fault | None:
        """Return why the node may not be above this path, which goes from the leaf to the child,
        and who is to blame.
        """
        anchored = node in self.graph.anchors
        if (
            anchored
            and self.tolerances.authority_key_ids
            and not authority_key_id_fits(child, node)
        ):
            return Reason.ISSUER_UNKNOWN, child
        if not issuer_name_fits(child, node, self.tolerances.name_matching):
            return Reason.ISSUER_UNKNOWN, child
        limits = self.tolerances.anchor_limits or not anchored
        if limits and too_deep(node, below, self.tolerances):
            return Reason.PATH_TOO_LONG, node
        reason = names_fault(node, path, self.tolerances) if limits else None
        if reason is not None:
            return reason, node
        if path and anchored:
            enforced = (*path, node) if self.tolerances.anchor_constraints else path
            reason = policy_fault(enforced, self.tolerances)
        return None if reason is None else (reason, path[0])

    def _dated(self, certificate: Certificate) -> bool:
        return self.tolerances.anchor_expiry or certificate not in self.graph.anchors

    def _out_of_date(self, certificate: Certificate, second: int) -> Reason | None:
        if self._dated(certificate):
            if second < certificate.starts:
                return Reason.NOT_YET_VALID
            if second > certificate.ends:
                return Reason.EXPIRED
        gone = certificate in self._removals and second >= self._removals[certificate]
        return Reason.DISTRUSTED if gone else None

    def _best(self, second: int) -> _Step | None:
        """Return the last step of the cheapest path to an anchor; None when none is reached.

        A certificate is visited again only with fewer authorities below it than before: such a path
        may cost more and still be the one that a path length constraint allows. Where name
        constraints occur, it is visited again for other authorities below it too.
        """
        leaf = self.chain.certificates[0]
        least: dict[tuple[Certificate, frozenset[Certificate]], int] = {}
        queue = [(((0, 0, 0), 0), self._step(leaf, None, second))]
        pushed = 0
        while queue:
            _, step = heappop(queue)
            node = step.certificate
            state = node, self._route(step, len(least))
            if least.get(state, step.below + 1) <= step.below:
                continue
            if node in self.graph.anchors:
                return step
            least[state] = step.below
            for issuer in self.graph.links[node]:
                pushed += 1
                further = self._step(issuer, step, second)
                heappush(queue, ((further.cost, pushed), further))
        return None

    def _route(self, step: _Step, visited: int) -> frozenset[Certificate]:
        """Return the authorities below the step, where constraints further up may forbid them."""
        if not self._constrained or visited >= _MOST_ROUTES:
            return frozenset()
        return frozenset(step.certificates()[1:-1])

    def _step(self, node: Certificate, child: _Step | None, second: int) -> _Step:
        if child is None:
            return _Step(node, (0, 0, 0), 0, None, self._own_fault(node))
        fault = self._own_fault(node)
        if fault is None:
            path = child.certificates() if self._constrained else ()
            fault = self._path_fault(node, child.certificate, path, child.below)
        broken, outdated, length = child.cost
        late = self._out_of_date(node, second) is not None
        cost = (broken + (fault is not None), outdated + late, length + 1)
        below = child.below if node.self_issued else child.below + 1
        return _Step(node, cost, below, child, fault)
