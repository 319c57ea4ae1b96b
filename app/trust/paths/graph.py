"""Graph of signatures among the certificates of a chain and a store, independent of time."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.domain.certificates.findings import Reason
from app.trust.clients.stores import Store
from app.trust.paths.outcome import PathOutcome
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import Signature, SignatureChecker, key_ids_agree

__all__ = ["Graph", "clear_graphs", "explore", "shared_graph", "trace"]

# Larger chains are not cached, so that a hostile server cannot fill the memory.
_USUAL_BYTES = 32_768


@dataclass(frozen=True, slots=True)
class Graph:
    """The signed links from the leaf upwards: the issuers of each certificate.

    `forged` are certificates whose only likely issuers did not sign them, `unverifiable` those for
    which that cannot be known. `reached` maps each
    certificate to the one below it on the path from the leaf.
    """

    links: Mapping[Certificate, tuple[Certificate, ...]] = field(default_factory=dict)
    anchors: frozenset[Certificate] = frozenset()
    forged: frozenset[Certificate] = frozenset()
    unverifiable: frozenset[Certificate] = frozenset()
    reached: Mapping[Certificate, Certificate | None] = field(default_factory=dict)

    def dead_end(self) -> PathOutcome:
        """Return the outcome for a chain from which no anchor can be reached."""
        top = list(self.reached)[-1]
        path = trace(top, self.reached)
        # Nobody asks whether a certificate really signed itself when it is not trusted.
        if top.self_issued and (top in self.links[top] or top in self.unverifiable):
            return PathOutcome(Reason.SELF_SIGNED, path, top)
        if top in self.unverifiable:
            return PathOutcome(Reason.SIGNATURE_UNVERIFIABLE, path, top)
        if top in self.forged:
            return PathOutcome(Reason.BAD_SIGNATURE, path, top)
        return PathOutcome(Reason.ISSUER_UNKNOWN, path, top)


def trace(
    top: Certificate, reached: Mapping[Certificate, Certificate | None]
) -> tuple[Certificate, ...]:
    """Return the certificates on the way from the leaf to `top`."""
    path = [top]
    while (child := reached[path[-1]]) is not None:
        path.append(child)
    return tuple(reversed(path))


def shared_graph(chain: Chain, store: Store) -> tuple[Graph, SignatureChecker]:
    """Return the graph above the chain's leaf, and the signature checker with its remaining budget.

    The graph depends on the chain and the store alone, so profiles with one store share it.
    """
    large = sum(len(certificate.der) for certificate in chain.certificates) > _USUAL_BYTES
    return _explore(chain, store) if large else _cached(chain, store)


def clear_graphs() -> None:
    """Clear the cache of graphs."""
    _cached.cache_clear()


@lru_cache(maxsize=32)
def _cached(chain: Chain, store: Store) -> tuple[Graph, SignatureChecker]:
    return _explore(chain, store)


def _explore(chain: Chain, store: Store) -> tuple[Graph, SignatureChecker]:
    signatures = SignatureChecker()
    return explore(chain, store, signatures), signatures


def explore(chain: Chain, store: Store, signatures: SignatureChecker) -> Graph:
    """Build the graph above the chain's leaf, as far as the budget of `signatures` allows."""
    leaf = chain.certificates[0]
    links: dict[Certificate, tuple[Certificate, ...]] = {}
    reached: dict[Certificate, Certificate | None] = {leaf: None}
    anchors: set[Certificate] = set()
    forged: set[Certificate] = set()
    unverifiable: set[Certificate] = set()
    queue = deque([leaf])
    while queue:
        node = queue.popleft()
        if node in store:
            anchors.add(node)
            links[node] = ()
            continue
        results = {
            issuer: signatures.verify(node, issuer)
            for issuer in _likely_issuers(node, chain, store)
        }
        links[node] = tuple(one for one, result in results.items() if result is Signature.VALID)
        if not links[node]:
            agreeing = [result for one, result in results.items() if key_ids_agree(node, one)]
            if Signature.UNVERIFIABLE in agreeing:
                unverifiable.add(node)
            elif agreeing:
                forged.add(node)
        for issuer in links[node]:
            if issuer not in reached:
                reached[issuer] = node
                queue.append(issuer)
    return Graph(links, frozenset(anchors), frozenset(forged), frozenset(unverifiable), reached)


def _likely_issuers(node: Certificate, chain: Chain, store: Store) -> Iterator[Certificate]:
    """Yield certificates with the issuer's name: anchors first, then agreeing key identifiers
    first.

    The order keeps a dense mesh of cross-signs from using up the budget before a valid path is
    found.
    """
    yield from store.named(node.issuer)
    candidates = dict.fromkeys((*chain.certificates, *chain.known))
    served = [candidate for candidate in candidates if _may_sign(candidate, node)]
    yield from sorted(served, key=lambda candidate: not key_ids_agree(node, candidate))


def _may_sign(candidate: Certificate, node: Certificate) -> bool:
    # RFC 5280 section 6.1.4 (n). The CA flag is checked in paths/rules.py.
    if candidate.malformed or candidate.subject != node.issuer:
        return False
    return candidate == node or not candidate.extensions.denies_signing
