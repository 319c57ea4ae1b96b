"""How OpenSSL builds its one path: by names, served certificates before or after the store.

Dates and signatures are looked at when the path stands, from the top down, and change nothing
about which path it is. notAfter itself counts as past (X509_cmp_time never answers "equal").
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.certificates.findings import Reason
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.paths.outcome import PathOutcome
from app.trust.paths.rules import anchor_fault, issuer_fault, leaf_fault, removal, too_deep
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain
from app.trust.x509.issuance import SignatureChecker, may_issue, self_signed

__all__ = ["OpenSslOptions", "ServedPaths"]

# X509_STORE_CTX's default; a longer path is cut and then not trusted.
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class OpenSslOptions:
    """What differs between OpenSSL's generations.

    `trusted_first`: the store is asked before the served certificates at each step.
    `backs_up`: when the end is not trusted, shorter stretches of the served part are tried.
    `served_in_date`, `stored_in_date`: among issuers of equal name, take the one in date.
    `matches_top`: a served self-signed top counts when the store holds the very same (1.1.0 on);
    before, it was dropped and its namesake in the store taken.
    """

    trusted_first: bool = False
    backs_up: bool = False
    served_in_date: bool = False
    stored_in_date: bool = False
    matches_top: bool = False


@dataclass(slots=True)
class ServedPaths:
    """The paths of a chain as OpenSSL with these habits sees them. With `anchor_expiry` False the
    dates of a path's top are not looked at.
    """

    chain: Chain
    store: Store
    habits: OpenSslOptions
    tolerances: Tolerances = field(default_factory=Tolerances)
    signatures: SignatureChecker = field(default_factory=SignatureChecker)
    _served: dict[str, Sequence[int]] = field(default_factory=dict)
    _stored: dict[str, Sequence[Certificate]] = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        return self.signatures.exhausted

    def edges(self) -> Collection[int]:
        served = self.chain.certificates
        stored = self._rising(served)
        taking_part = {*(c for c in served if not c.malformed), *stored}
        removals = {removal(anchor, self.store, self.tolerances) for anchor in stored}
        return removals | {edge for c in taking_part for edge in (c.starts, c.ends)}

    def at(self, second: int) -> PathOutcome:
        walk = _Walk(self, second)
        reason = walk.follow()
        if reason is not Reason.OK:
            return PathOutcome(reason, tuple(walk.path), walk.path[-1])
        broken = self._broken_rule(walk)
        return broken or self._verify(walk.path, second)

    def holds(self, outcome: PathOutcome, second: int) -> bool:  # noqa: ARG002
        # Another second may lead another way, and there is no coming back.
        return False

    def renewed(self, leaf: Certificate) -> "ServedPaths":
        chain = replace(self.chain, certificates=(leaf, *self.chain.certificates[1:]))
        tolerances = replace(self.tolerances, maximum_validity=False)
        known = self.signatures, self._served, self._stored
        return ServedPaths(chain, self.store, self.habits, tolerances, *known)

    def served_issuers(self, certificate: Certificate) -> Sequence[int]:
        """Positions of the served certificates that may have issued this one, the leaf aside."""
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
        """The store's certificates that may have issued this one, in store order."""
        known = self._stored.get(certificate.fingerprint)
        if known is None:
            named = self.store.named(certificate.issuer)
            known = [anchor for anchor in named if may_issue(certificate, anchor)]
            self._stored[certificate.fingerprint] = known
        return known

    def _rising(self, served: Iterable[Certificate]) -> set[Certificate]:
        """The store's certificates that can stand above these."""
        found: set[Certificate] = set()
        waiting = list(served)
        while waiting:
            for anchor in self.stored_issuers(waiting.pop()):
                if anchor not in found:
                    found.add(anchor)
                    waiting.append(anchor)
        return found

    def _broken_rule(self, walk: "_Walk") -> PathOutcome | None:
        """The first rule broken, from the leaf up: OpenSSL looks at these before dates."""
        below, leaf = 0, walk.path[0]
        for position, certificate in enumerate(walk.path):
            if position and too_deep(certificate, below, self.tolerances):
                return PathOutcome(Reason.PATH_TOO_LONG, tuple(walk.path), certificate)
            fault = self._fault(certificate, leaf, stored=position >= walk.untrusted)
            if fault is not None:
                return PathOutcome(fault, tuple(walk.path), certificate)
            below += bool(position) and not certificate.self_issued
        return None

    def _fault(self, certificate: Certificate, leaf: Certificate, *, stored: bool) -> Reason | None:
        if certificate == leaf:
            return leaf_fault(leaf, self.tolerances)
        if stored:
            return anchor_fault(certificate, leaf, self.tolerances)
        return issuer_fault(certificate, leaf, self.tolerances)

    def _verify(self, path: Sequence[Certificate], second: int) -> PathOutcome:
        issuer = path[-1]
        for certificate in reversed(path):
            # A root's own signature proves nothing and is not checked.
            if certificate is not path[-1] and not self.signatures.good(certificate, issuer):
                return PathOutcome(Reason.BAD_SIGNATURE, tuple(path), certificate)
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


class _Walk:
    """One walk up at one second. `path` grows and shrinks; the first `untrusted` of it are served
    certificates, the rest are the store's.
    """

    def __init__(self, paths: ServedPaths, second: int) -> None:
        self.paths = paths
        self.habits = paths.habits
        self.second = second
        self.path = [paths.chain.certificates[0]]
        self.untrusted = 1
        self.used: set[int] = set()
        self.mimic: Certificate | None = None

    def follow(self) -> Reason:
        """Walk as far as it goes; OK means that the end is trusted."""
        self._climb_served()
        self._meet_top()
        self._climb_store()
        while not self._trusted() and self._back_up():
            self._climb_store()
        if self._trusted():
            return Reason.OK
        return self._refuse()

    def _climb_served(self) -> None:
        while len(self.path) < _DEPTH and not self_signed(self.path[-1]):
            if self.habits.trusted_first and self.paths.stored_issuers(self.path[-1]):
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
            if not self.habits.served_in_date or _in_date(candidate, self.second):
                return found
        return found

    def _meet_top(self) -> None:
        top = self.path[-1]
        if not self_signed(top):
            return
        known = self._stored_issuer(top)
        if (len(self.path) == 1 or self.habits.matches_top) and known == top:
            self.untrusted -= 1
        elif len(self.path) > 1 and not self.habits.matches_top:
            self.mimic = self.path.pop()
            self.untrusted -= 1

    def _climb_store(self) -> None:
        while len(self.path) < _DEPTH and not self_signed(self.path[-1]):
            known = self._stored_issuer(self.path[-1])
            if known is None:
                return
            self.path.append(known)

    def _stored_issuer(self, certificate: Certificate) -> Certificate | None:
        found = None
        for candidate in self.paths.stored_issuers(certificate):
            found = candidate
            if not self.habits.stored_in_date or _in_date(candidate, self.second):
                return found
        return found

    def _trusted(self) -> bool:
        return self.untrusted < len(self.path) and self_signed(self.path[-1])

    def _back_up(self) -> bool:
        if not self.habits.backs_up or self.habits.trusted_first:
            return False
        for kept in range(self.untrusted - 1, 0, -1):
            if self.paths.stored_issuers(self.path[kept - 1]):
                del self.path[kept:]
                self.untrusted = kept
                return True
        return False

    def _refuse(self) -> Reason:
        if self.mimic is not None and may_issue(self.path[-1], self.mimic):
            self.path.append(self.mimic)
        return Reason.SELF_SIGNED if self_signed(self.path[-1]) else Reason.ISSUER_UNKNOWN
