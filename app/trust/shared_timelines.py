"""Timelines shared by chains that differ only in leaves which clients treat alike.

Most chains of an organisation differ in their leaf alone. What a path builder does depends on few
properties of a leaf, so paths are built once for each set of these properties, and for each leaf
only its own faults and dates are applied. `python -m benchmarks judge`, stored chains judged for 10
profiles with empty caches: 2,050/s with a timeline for each chain, 5,900/s with shared ones.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.domain.certificates.findings import Reason
from app.trust.clients.root_programmes import NEVER
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths import PathOutcome
from app.trust.paths.graph import clear_graphs
from app.trust.paths.rules import is_constrained, leaf_fault
from app.trust.timeline import Timeline, compute_timeline, renewed_timeline
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import MAX_SIGNATURES, Signature, SignatureChecker

__all__ = ["LeafTimeline", "clear_timelines", "timeline"]

_KEPT = 4096
# One for each set of intermediates, profile and fault.
_SHARED = 2048
# Larger chains are not cached, so that a hostile server cannot fill the memory.
_USUAL_BYTES = 32_768
# Chains with more certificates above the leaf get a timeline of their own.
_MOST_ABOVE = 8


@dataclass(slots=True)
class LeafTimeline:
    """The outcomes of one chain, derived from the timeline of another leaf that clients treat
    alike. The leaf is valid from `starts` until before `past`.
    """

    shared: Timeline
    leaf: Certificate
    starts: int
    past: int

    @property
    def exhausted(self) -> bool:
        """Whether the search for paths was cut short by its budget."""
        return self.shared.exhausted

    def at(self, second: int) -> PathOutcome:
        """Return the outcome at this second since the epoch."""
        return self._own(self.shared.at(second), second)

    def break_after(self, second: int) -> tuple[int, PathOutcome] | None:
        """Return the first later second at which the outcome is not OK, with that outcome; None if
        never. The outcome at `second` must be OK.
        """
        found = self.shared.break_after(second)
        if self.past < NEVER and (found is None or self.past <= found[0]):
            return self.past, self.at(self.past)
        return found and (found[0], self._own(found[1], found[0]))

    def _own(self, outcome: PathOutcome, second: int) -> PathOutcome:
        """Return the outcome of the other leaf as that of this one."""
        path = (self.leaf, *outcome.path[1:])
        in_date = self.starts <= second < self.past
        if not in_date and self.shared.paths.leaf_dates_count(outcome):
            reason = Reason.NOT_YET_VALID if second < self.starts else Reason.EXPIRED
            return PathOutcome(reason, path, self.leaf)
        blamed = outcome.blamed_certificate
        if blamed is not None and blamed == outcome.path[0]:
            blamed = self.leaf
        return PathOutcome(outcome.reason, path, blamed)


@dataclass(slots=True)
class _Timelines:
    """The timeline of one chain for one kind of client, and the one of its latest renewal."""

    usual: Timeline | LeafTimeline
    # Only the current day's renewal is requested again, so one is kept, with its day.
    renewed: tuple[int, Timeline | LeafTimeline] | None = None


@dataclass(frozen=True, slots=True)
class _Sharing:
    """What the timelines of several chains have in common, and the first chain that was met.

    `kind` stands for the properties of the leaf that decide its paths, and `signed_by_anchors` for
    the results of its signature with anchors of the issuer's name. `fault` is the rule that the
    leaf breaks. The root programme accepts the leaf as one that was issued at `first_issue`.
    """

    chain: Chain = field(compare=False)
    kind: object
    signed_by_anchors: tuple[Signature, ...]
    store: Store
    builder: str
    tolerances: Tolerances
    fault: Reason | None
    first_issue: int


def timeline(
    chain: Chain,
    store: Store,
    builder: str,
    tolerances: Tolerances,
    *,
    renewed_on: int | None = None,
) -> Timeline | LeafTimeline:
    """Return the timeline of a chain with a readable leaf, from a cache for chains of usual size.

    With `renewed_on` (a second since the epoch) the leaf is taken as issued then, and renewed in
    time from then on.
    """
    if _is_large(chain):
        own = compute_timeline(chain, store, builder, tolerances)
        if renewed_on is None:
            return own
        return renewed_timeline(own, chain.certificates[0], renewed_on)
    found = _cached(chain, store, builder, tolerances)
    if renewed_on is None:
        return found.usual
    known = found.renewed
    if known is None or known[0] != renewed_on:
        computed = _renewed(found.usual, chain, store, builder, tolerances, renewed_on)
        known = found.renewed = renewed_on, computed
    return known[1]


def clear_timelines() -> None:
    """Clear the caches of timelines and graphs."""
    for cache in (_cached, _shared, _kind_of, _kind_with):
        cache.cache_clear()
    clear_graphs()


def _is_large(chain: Chain) -> bool:
    return sum([len(certificate.der) for certificate in chain.certificates]) > _USUAL_BYTES


@lru_cache(maxsize=_KEPT)
def _cached(chain: Chain, store: Store, builder: str, tolerances: Tolerances) -> _Timelines:
    leaf = chain.certificates[0]
    fault = leaf_fault(leaf, tolerances)
    shared = _shared_with(chain, store, builder, tolerances, fault, leaf.starts)
    if shared is None:
        return _Timelines(compute_timeline(chain, store, builder, tolerances))
    if fault is not None:
        # A leaf that breaks a rule does so at any time.
        return _Timelines(LeafTimeline(shared, leaf, -NEVER, NEVER))
    past = shared.paths.first_second_past(leaf)
    return _Timelines(LeafTimeline(shared, leaf, leaf.starts, past))


def _renewed(
    usual: Timeline | LeafTimeline,
    chain: Chain,
    store: Store,
    builder: str,
    tolerances: Tolerances,
    issued: int,
) -> Timeline | LeafTimeline:
    leaf = chain.certificates[0]
    if isinstance(usual, Timeline):
        return renewed_timeline(usual, leaf, issued)
    lenient = _for_any_validity(tolerances)
    fault = leaf_fault(leaf, lenient)
    shared = _shared_with(chain, store, builder, lenient, fault, issued)
    if shared is None:
        usual = compute_timeline(chain, store, builder, tolerances)
        return renewed_timeline(usual, leaf, issued)
    return LeafTimeline(shared, leaf, -NEVER if fault else issued, NEVER)


def _shared_with(
    chain: Chain,
    store: Store,
    builder: str,
    tolerances: Tolerances,
    fault: Reason | None,
    issued: int,
) -> Timeline | None:
    """Return the timeline for leaves of this kind; None when this leaf needs its own."""
    leaf, kind = chain.certificates[0], _kind_of(chain)
    if kind is None or leaf in store:
        return None
    programme = tolerances.programme
    return _shared(
        _Sharing(
            chain=chain,
            kind=kind,
            signed_by_anchors=_results(leaf, store.named(leaf.issuer)),
            store=store,
            builder=builder,
            tolerances=tolerances,
            fault=fault,
            first_issue=programme.first_issue_like(issued) if programme else -NEVER,
        )
    )


@lru_cache(maxsize=_SHARED)
def _shared(sharing: _Sharing) -> Timeline | None:
    """Return the timeline of the first chain with a leaf that is valid from `first_issue` on for
    ever; None when chains cannot share one.
    """
    chain, tolerances = sharing.chain, sharing.tolerances
    if sharing.fault is not Reason.VALID_TOO_LONG:  # else the dates are the fault
        chain = _with_lasting_leaf(chain, sharing.first_issue)
        tolerances = _for_any_validity(tolerances)
    found = compute_timeline(chain, sharing.store, sharing.builder, tolerances)
    participants = found.paths.participants()
    # Whether name constraints permit a path depends on the names in the leaf.
    if found.exhausted or any(map(is_constrained, participants)):
        return None
    # A builder may verify each signature of a path in each interval, also of a renewed leaf with
    # other dates. The budget must suffice for all of them, or results depend on their order.
    intervals = len(found.edges) + 3
    return found if 2 * intervals * len(participants) <= MAX_SIGNATURES else None


def _with_lasting_leaf(chain: Chain, first_issue: int) -> Chain:
    leaf = replace(chain.certificates[0], starts=first_issue, ends=NEVER)
    return replace(chain, certificates=(leaf, *chain.certificates[1:]))


@lru_cache(maxsize=64)
def _for_any_validity(tolerances: Tolerances) -> Tolerances:
    return replace(tolerances, maximum_validity=False)


@lru_cache(maxsize=64)  # one chain is judged for many profiles in a row
def _kind_of(chain: Chain) -> object | None:
    """Return what stands for the properties that decide which paths lead up from the leaf; None
    when the leaf can be a part of paths besides being their first certificate.
    """
    leaf, *served = chain.certificates
    above = (*served, *chain.known)
    if len(above) > _MOST_ABOVE or leaf.subject == leaf.issuer:
        return None
    if any(one == leaf or one.issuer == leaf.subject for one in above):
        return None
    extensions = leaf.extensions
    return _kind_with(
        leaf.issuer,
        (extensions.authority_key_id, extensions.authority_serial, extensions.authority_issuer),
        chain.certificates[1:],
        chain.known,
        _results(leaf, tuple([one for one in above if one.subject == leaf.issuer])),
    )


@lru_cache(maxsize=1024)
def _kind_with(*_properties: object) -> object:
    # Equal properties have one object, which is a short key for the cache of timelines.
    return object()


def _results(leaf: Certificate, issuers: tuple[Certificate, ...]) -> tuple[Signature, ...]:
    """Return the results of verifying the leaf's signature with the key of each issuer."""
    if not issuers:
        return ()
    signatures = SignatureChecker()
    return tuple([signatures.verify(leaf, issuer) for issuer in issuers])
