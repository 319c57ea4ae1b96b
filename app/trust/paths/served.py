"""Path builder of OpenSSL: one path by names, from served certificates before or after the store.

Dates and signatures are checked from the top down on the finished path, and do not change which
path it is. notAfter itself counts as past, since X509_cmp_time never returns "equal".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.certificates.findings import Reason
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths.outcome import PathOutcome
from app.trust.paths.rules import (
    anchor_fault,
    issuer_fault,
    leaf_fault,
    names_fault,
    removal,
    removed_by_date,
    too_deep,
)
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import Signature, SignatureChecker, may_issue, self_signed

__all__ = ["OpenSslOptions", "ServedPaths"]

# X509_STORE_CTX's default; a longer path is cut and then not trusted.
_DEPTH = 100
_SIGNATURE_FAULTS = {
    Signature.INVALID: Reason.BAD_SIGNATURE,
    Signature.UNVERIFIABLE: Reason.SIGNATURE_UNVERIFIABLE,
}


@dataclass(frozen=True, slots=True)
class OpenSslOptions:
    """Differences between the generations of OpenSSL.

    `trusted_first`: each step asks the store before the served certificates. `alternative_chains`:
    when the end is not trusted, shorter parts of the served path are tried. `served_in_date`,
    `stored_in_date`: among issuers of equal name, the one in date is taken. `matches_top`: a served
    self-signed certificate at the top counts when the store has that very certificate (1.1.0 on);
    before, it was dropped and the store's certificate of that name was taken.
    """

    trusted_first: bool = False
    alternative_chains: bool = False
    served_in_date: bool = False
    stored_in_date: bool = False
    matches_top: bool = False


@dataclass(slots=True)
class ServedPaths:
    """The path of a chain as OpenSSL with these options builds it.

    With `anchor_expiry` False the dates of the last certificate are not checked.
    """

    chain: Chain
    store: Store
    options: OpenSslOptions
    tolerances: Tolerances = field(default_factory=Tolerances)
    signatures: SignatureChecker = field(default_factory=SignatureChecker)
    _served: dict[str, Sequence[int]] = field(default_factory=dict)
    _stored: dict[str, Sequence[Certificate]] = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        return self.signatures.exhausted

    def edges(self) -> Collection[int]:
        stored = self._reachable_anchors(self.chain.certificates)
        removals = {removal(anchor, self.store, self.tolerances) for anchor in stored}
        participants = (*self._readable(), *stored)
        return removals | {edge for c in participants for edge in (c.starts, c.ends)}

    def participants(self) -> Collection[Certificate]:
        return {*self._readable(), *self._reachable_anchors(self.chain.certificates)}

    def at(self, second: int) -> PathOutcome:
        path_builder = _PathBuilder(self, second)
        reason = path_builder.build()
        if reason is not Reason.OK:
            return PathOutcome(reason, tuple(path_builder.path), path_builder.path[-1])
        broken = self._broken_rule(path_builder)
        return broken or self._verify(path_builder.path, second)

    def holds(self, outcome: PathOutcome, second: int) -> bool:  # noqa: ARG002
        # The path itself depends on the second, and OpenSSL does not try another one.
        return False

    def leaf_dates_count(self, outcome: PathOutcome) -> bool:
        # Dates are checked from the top down, and the root programme after them.
        return outcome.reason is Reason.OK or removed_by_date(
            outcome, self.chain.certificates[0], self.tolerances
        )

    def first_second_past(self, leaf: Certificate) -> int:
        return leaf.ends

    def renewed(self, leaf: Certificate) -> "ServedPaths":
        chain = replace(self.chain, certificates=(leaf, *self.chain.certificates[1:]))
        tolerances = replace(self.tolerances, maximum_validity=False)
        # A budget of its own: a chain that is kept in memory is renewed anew each day.
        known = SignatureChecker(), self._served, self._stored
        return ServedPaths(chain, self.store, self.options, tolerances, *known)

    def served_issuers(self, certificate: Certificate) -> Sequence[int]:
        """Return the positions of served certificates that may have issued this one, without the
        leaf.
        """
        known = self._served.get(certificate.fingerprint)
        if known is None:
            known = [
                position
                for position, candidate in enumerate(self.chain.certificates)
                if position and not candidate.malformed and may_issue(certificate, candidate)
            ]
            self._served[certificate.fingerprint] = known
        return known

    def stored_issuers(self, certificate: Certificate) -> Sequence[Certificate]:
        """Return the store's certificates that may have issued this one, in the store's order."""
        known = self._stored.get(certificate.fingerprint)
        if known is None:
            named = self.store.named(certificate.issuer)
            known = [anchor for anchor in named if may_issue(certificate, anchor)]
            self._stored[certificate.fingerprint] = known
        return known

    def _readable(self) -> Iterable[Certificate]:
        return (certificate for certificate in self.chain.certificates if not certificate.malformed)

    def _reachable_anchors(self, served: Iterable[Certificate]) -> set[Certificate]:
        """Return the store's certificates that can be above these."""
        found: set[Certificate] = set()
        queue = list(served)
        while queue:
            for anchor in self.stored_issuers(queue.pop()):
                if anchor not in found:
                    found.add(anchor)
                    queue.append(anchor)
        return found

    def _broken_rule(self, path_builder: "_PathBuilder") -> PathOutcome | None:
        """Return the first broken rule from the leaf upwards, which OpenSSL checks before dates."""
        below, leaf = 0, path_builder.path[0]
        for position, certificate in enumerate(path_builder.path):
            stored = position >= path_builder.untrusted
            limits = self.tolerances.anchor_limits or not stored
            if position and limits and too_deep(certificate, below, self.tolerances):
                return PathOutcome(Reason.PATH_TOO_LONG, tuple(path_builder.path), certificate)
            fault = self._fault(certificate, leaf, stored=stored)
            if fault is None and limits:
                fault = names_fault(certificate, path_builder.path[:position], self.tolerances)
            if fault is not None:
                return PathOutcome(fault, tuple(path_builder.path), certificate)
            below += bool(position) and not certificate.self_issued
        return None

    def _fault(self, certificate: Certificate, leaf: Certificate, *, stored: bool) -> Reason | None:
        if certificate == leaf:
            return leaf_fault(leaf, self.tolerances, anchored=stored)
        if stored:
            return anchor_fault(certificate, leaf, self.tolerances)
        return issuer_fault(certificate, self.tolerances)

    def _verify(self, path: Sequence[Certificate], second: int) -> PathOutcome:
        issuer = path[-1]
        for certificate in reversed(path):
            # OpenSSL does not verify the signature of a root on itself.
            if certificate is not path[-1]:
                signature = self.signatures.verify(certificate, issuer)
                if signature is not Signature.VALID:
                    return PathOutcome(_SIGNATURE_FAULTS[signature], tuple(path), certificate)
            issuer = certificate
            if certificate is path[-1] and not self.tolerances.anchor_expiry:
                continue
            if second < certificate.starts:
                return PathOutcome(Reason.NOT_YET_VALID, tuple(path), certificate)
            if second >= certificate.ends:
                return PathOutcome(Reason.EXPIRED, tuple(path), certificate)
        if second >= removal(path[-1], self.store, self.tolerances):
            return PathOutcome(Reason.DISTRUSTED, tuple(path), path[-1])
        return PathOutcome(Reason.OK, tuple(path))


def _in_date(certificate: Certificate, second: int) -> bool:
    return certificate.starts <= second < certificate.ends


class _PathBuilder:
    """Builds the path at one second.

    The first `untrusted` certificates of `path` are served ones, the rest are the store's.
    `dropped_top` is the served self-signed certificate that was replaced by the store's.
    """

    def __init__(self, paths: ServedPaths, second: int) -> None:
        self.paths = paths
        self.options = paths.options
        self.second = second
        self.partial = paths.tolerances.partial_chains
        self.path = [paths.chain.certificates[0]]
        self.untrusted = 1
        self.used: set[int] = set()
        self.dropped_top: Certificate | None = None

    def build(self) -> Reason:
        """Extend the path as far as possible; return OK when its end is trusted."""
        self._extend_from_served()
        self._match_top()
        self._extend_from_store()
        while not self._trusted() and self._shorten():
            self._extend_from_store()
        # The last resort of X509_V_FLAG_PARTIAL_CHAIN: the leaf itself is in the store.
        if self.partial and not self._trusted() and self.path[0] in self.paths.store:
            del self.path[1:]
            self.untrusted = 0
        if self._trusted():
            return Reason.OK
        return self._failure_reason()

    def _extend_from_served(self) -> None:
        while len(self.path) < _DEPTH and not self_signed(self.path[-1]):
            if self.options.trusted_first and self.paths.stored_issuers(self.path[-1]):
                return
            position = self._served_issuer()
            if position is None:
                return
            self.used.add(position)
            self.path.append(self.paths.chain.certificates[position])
            self.untrusted += 1

    def _served_issuer(self) -> int | None:
        found = None
        for position in self.paths.served_issuers(self.path[-1]):
            if position in self.used:
                continue
            found = position
            candidate = self.paths.chain.certificates[position]
            if not self.options.served_in_date or _in_date(candidate, self.second):
                return found
        return found

    def _match_top(self) -> None:
        top = self.path[-1]
        if not self_signed(top):
            return
        known = self._stored_issuer(top)
        if (len(self.path) == 1 or self.options.matches_top) and known == top:
            self.untrusted -= 1
        elif len(self.path) > 1 and not self.options.matches_top:
            self.dropped_top = self.path.pop()
            self.untrusted -= 1

    def _extend_from_store(self) -> None:
        while len(self.path) < _DEPTH and not self_signed(self.path[-1]):
            if self.partial and self.untrusted < len(self.path):
                return
            known = self._stored_issuer(self.path[-1])
            if known is None:
                return
            self.path.append(known)

    def _stored_issuer(self, certificate: Certificate) -> Certificate | None:
        found = None
        for candidate in self.paths.stored_issuers(certificate):
            found = candidate
            if not self.options.stored_in_date or _in_date(candidate, self.second):
                return found
        return found

    def _trusted(self) -> bool:
        ended = self.partial or self_signed(self.path[-1])
        return self.untrusted < len(self.path) and ended

    def _shorten(self) -> bool:
        if not self.options.alternative_chains or self.options.trusted_first:
            return False
        for length in range(self.untrusted - 1, 0, -1):
            if self.paths.stored_issuers(self.path[length - 1]):
                del self.path[length:]
                self.untrusted = length
                return True
        return False

    def _failure_reason(self) -> Reason:
        if self.dropped_top is not None and may_issue(self.path[-1], self.dropped_top):
            self.path.append(self.dropped_top)
        return Reason.SELF_SIGNED if self_signed(self.path[-1]) else Reason.ISSUER_UNKNOWN
