"""How Go, Java, NSS, webpki, CryptoAPI, Apple and Android 7 and newer build: any signed path to
any anchor will do.

Links do not depend on time, so the graph of signed links is made once; for each second the path
with the fewest certificates out of date is sought in it. That is linear in the links, however
the certificates are meshed.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.certificates import Reason
from app.trust.certificate import Certificate
from app.trust.chain import Chain
from app.trust.links import Signatures, key_ids_agree
from app.trust.paths.outcome import Outcome
from app.trust.stores import Store

__all__ = ["AnyPaths"]


@dataclass(slots=True)
class AnyPaths:
    """The paths of a chain to any anchor of a store. With `anchor_expiry` False an anchor's own
    dates do not count (RFC 5280 section 6.1.1 d leaves them out).
    """

    chain: Chain
    store: Store
    anchor_expiry: bool = True
    signatures: Signatures = field(default_factory=Signatures)
    _graph: "_Graph" = field(init=False)

    def __post_init__(self) -> None:
        self._graph = _explore(self.chain, self.store, self.signatures)

    @property
    def exhausted(self) -> bool:
        return self.signatures.exhausted

    def edges(self) -> Collection[int]:
        dated = {node for node in self._graph.links if self._dated(node)}
        return {edge for node in dated for edge in (node.starts, node.ends + 1)}

    def at(self, second: int) -> Outcome:
        path = self._least_outdated(second)
        if path is None:
            return self._graph.dead_end()
        for certificate in path:
            if self._out_of_date(certificate, second):
                early = second < certificate.starts
                reason = Reason.NOT_YET_VALID if early else Reason.EXPIRED
                return Outcome(reason, path, certificate)
        return Outcome(Reason.OK, path)

    def _dated(self, certificate: Certificate) -> bool:
        return self.anchor_expiry or certificate not in self._graph.anchors

    def _out_of_date(self, certificate: Certificate, second: int) -> bool:
        inside = certificate.starts <= second <= certificate.ends
        return not inside and self._dated(certificate)

    def _least_outdated(self, second: int) -> tuple[Certificate, ...] | None:
        """The path to an anchor with the fewest certificates out of date, the shortest of these;
        None when no anchor is reached. A 0-1 breadth-first search.
        """
        leaf = self.chain.certificates[0]
        reached: dict[Certificate, Certificate | None] = {}
        waiting: deque[tuple[Certificate, Certificate | None]] = deque([(leaf, None)])
        later: deque[tuple[Certificate, Certificate | None]] = deque()
        while waiting or later:
            if not waiting:
                waiting, later = later, deque()
            node, child = waiting.popleft()
            if node in reached:
                continue
            reached[node] = child
            if node in self._graph.anchors:
                return _trace(node, reached)
            for issuer in self._graph.links[node]:
                queue = later if self._out_of_date(issuer, second) else waiting
                queue.append((issuer, node))
        return None


@dataclass(frozen=True, slots=True)
class _Graph:
    """Who signed whom, from the leaf up. `forged` are certificates whose only likely issuers did
    not sign them; `reached` is each certificate with the one it was reached from.
    """

    links: Mapping[Certificate, tuple[Certificate, ...]]
    anchors: frozenset[Certificate]
    forged: frozenset[Certificate]
    reached: Mapping[Certificate, Certificate | None]

    def dead_end(self) -> Outcome:
        """How far the served chain got when no anchor can be reached."""
        top = list(self.reached)[-1]
        path = _trace(top, self.reached)
        if top.self_issued and top in self.links[top]:
            return Outcome(Reason.SELF_SIGNED, path, top)
        if top in self.forged:
            return Outcome(Reason.BAD_SIGNATURE, path, top)
        return Outcome(Reason.ISSUER_UNKNOWN, path, top)


def _trace(
    top: Certificate, reached: Mapping[Certificate, Certificate | None]
) -> tuple[Certificate, ...]:
    path = [top]
    while (child := reached[path[-1]]) is not None:
        path.append(child)
    return tuple(reversed(path))


def _explore(chain: Chain, store: Store, signatures: Signatures) -> _Graph:
    leaf = chain.certificates[0]
    links: dict[Certificate, tuple[Certificate, ...]] = {}
    reached: dict[Certificate, Certificate | None] = {leaf: None}
    anchors: set[Certificate] = set()
    forged: set[Certificate] = set()
    waiting = deque([leaf])
    while waiting:
        node = waiting.popleft()
        if node in store:
            anchors.add(node)
            links[node] = ()
            continue
        likely = list(_likely_issuers(node, chain, store))
        links[node] = tuple(issuer for issuer in likely if signatures.good(node, issuer))
        if not links[node] and any(key_ids_agree(node, issuer) for issuer in likely):
            forged.add(node)
        for issuer in links[node]:
            if issuer not in reached:
                reached[issuer] = node
                waiting.append(issuer)
    return _Graph(links, frozenset(anchors), frozenset(forged), reached)


def _likely_issuers(node: Certificate, chain: Chain, store: Store) -> Iterator[Certificate]:
    """Certificates of the issuer's name, anchors first, agreeing key identifiers before others:
    a mesh must not use up the budget before the likely ones were tried.
    """
    yield from store.named(node.issuer)
    served = [c for c in dict.fromkeys(chain.certificates) if _may_sign(c, node)]
    yield from sorted(served, key=lambda candidate: not key_ids_agree(node, candidate))


def _may_sign(candidate: Certificate, node: Certificate) -> bool:
    # RFC 5280 section 6.1.4 (k), (n). A self-issued leaf is let through to be told for what it is.
    if candidate.malformed or candidate.subject != node.issuer:
        return False
    extensions = candidate.extensions
    return candidate == node or (extensions.is_ca and not extensions.denies_signing)
