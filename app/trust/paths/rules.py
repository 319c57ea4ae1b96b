"""Rules for one certificate in a path that do not depend on time.

They are those of RFC 5280 sections 6.1.3 and 6.1.4 besides names, dates and signatures, and the
minimum strengths. A profile's tolerances say which of them its clients apply.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cryptography import x509

from app.domain.certificates.findings import Reason
from app.trust.clients.root_programmes import NEVER
from app.trust.clients.stores import Store
from app.trust.clients.tolerances import Tolerances
from app.trust.conformance import REQUIRED_POLICY, PathRole, broken_rules
from app.trust.paths.outcome import PathOutcome
from app.trust.x509.certificate import Certificate
from app.trust.x509.constrained_names import constraints_allow
from app.trust.x509.extensions import ServerPurpose
from app.trust.x509.name_constraints import UNCONSTRAINED
from app.trust.x509.normal_names import NameMatching
from app.trust.x509.policies import lacks_required_policy
from app.trust.x509.public_keys import OTHER, SLH_DSA

__all__ = [
    "DATE_REASONS",
    "WEAK_DIGESTS",
    "anchor_fault",
    "encoding_fault",
    "is_constrained",
    "issuer_fault",
    "key_fault",
    "lacks_usage",
    "leaf_fault",
    "longest_validity",
    "names_fault",
    "policy_fault",
    "removal",
    "removed_by_date",
    "requires_policy",
    "too_deep",
]

_DAY = 86_400
# Certificates issued from this second on are valid for at most so many days: CA/Browser Forum
# ballots 193, SC-22 (as browsers enforced it) and SC-081.
_VALIDITY_DAYS = (
    (1_519_862_400, 825),  # 2018-03-01
    (1_598_918_400, 398),  # 2020-09-01
    (1_773_532_800, 200),  # 2026-03-15
    (1_805_068_800, 100),  # 2027-03-15
    (1_868_227_200, 47),  # 2029-03-15
)
# The reasons of a path that breaks no rule, apart from dates of root programmes.
DATE_REASONS = frozenset({Reason.OK, Reason.EXPIRED, Reason.NOT_YET_VALID})
WEAK_DIGESTS = frozenset({"md2", "md4", "md5", "sha1"})


def leaf_fault(
    leaf: Certificate, tolerances: Tolerances, *, anchored: bool = False
) -> Reason | None:
    """Return why these clients refuse the certificate as a leaf; None if they accept it.

    A leaf that is `anchored` is trusted itself.
    """
    longest = longest_validity(leaf.starts)
    if longest and tolerances.maximum_validity and leaf.ends - leaf.starts + 1 > longest:
        return Reason.VALID_TOO_LONG
    netscape = tolerances.netscape_cert_type and not leaf.extensions.netscape_serves_tls
    if lacks_usage(leaf, tolerances) or netscape:
        return Reason.WRONG_PURPOSE
    return _common_fault(leaf, PathRole.LEAF, tolerances, alone=anchored) or _signature_fault(
        leaf, tolerances
    )


def issuer_fault(issuer: Certificate, tolerances: Tolerances) -> Reason | None:
    """Return why these clients refuse the certificate as an issuer; None if they accept it.

    Its name constraints depend on the certificates below it: see `names_fault`.
    """
    if tolerances.basic_constraints and not issuer.extensions.is_ca:
        return Reason.NOT_AN_AUTHORITY
    return _common_fault(issuer, PathRole.INTERMEDIATE, tolerances) or _signature_fault(
        issuer, tolerances
    )


def anchor_fault(anchor: Certificate, leaf: Certificate, tolerances: Tolerances) -> Reason | None:
    """Return why these clients refuse this root as the anchor for this leaf; None if they accept
    it.

    Of a root only its key, its name constraints and the dates of its root programme count, unless
    these clients enforce the constraints of anchors.
    """
    extensions = anchor.extensions
    names = extensions.unreadable if tolerances.anchor_limits else extensions.critical_unreadable
    if tolerances.name_constraints and "nameConstraints" in names:
        return Reason.MALFORMED
    if tolerances.anchor_authority and _is_no_authority(anchor):
        return Reason.NOT_AN_AUTHORITY
    programme = tolerances.programme
    if programme is not None and not programme.accepts_leaf(anchor, leaf.starts):
        return Reason.DISTRUSTED
    # The removal from the root programme depends on time: see `removal`.
    if tolerances.anchor_constraints:
        return _anchor_constraints_fault(anchor, tolerances)
    return _conformance_fault(anchor, PathRole.ROOT, tolerances) or key_fault(
        anchor, PathRole.ROOT, tolerances
    )


def _is_no_authority(anchor: Certificate) -> bool:
    """Return whether a certificate of version 3 is no authority, or may not sign certificates."""
    if anchor.parsed is None or anchor.parsed.version is not x509.Version.v3:
        return False
    return not anchor.extensions.is_ca or anchor.extensions.denies_signing


def names_fault(
    authority: Certificate, below: Iterable[Certificate], tolerances: Tolerances
) -> Reason | None:
    """Return NAME_NOT_PERMITTED if the authority's name constraints forbid a certificate below it.

    `below` are the certificates from the leaf upwards. Self-issued authorities are exempt (RFC 5280
    section 6.1.3 (b) and (c)).
    """
    if not tolerances.name_constraints or not is_constrained(authority):
        return None
    for position, certificate in enumerate(below):
        if position and certificate.self_issued:
            continue
        if not _allows(authority, certificate, tolerances.name_matching):
            return Reason.NAME_NOT_PERMITTED
    return None


def policy_fault(path: Sequence[Certificate], tolerances: Tolerances) -> Reason | None:
    """Return NOT_CONFORMING if an authority requires a policy and none is valid along the path,
    which goes from the leaf to the certificate below the anchor, or to an anchor that binds.
    """
    if REQUIRED_POLICY not in tolerances.enforced_rules:
        return None
    policies = [(one.extensions.policies, one.self_issued) for one in path]
    return Reason.NOT_CONFORMING if lacks_required_policy(policies) else None


def requires_policy(certificate: Certificate) -> bool:
    """Return whether the certificate requires that a policy is valid along its path."""
    return certificate.extensions.policies.required_after is not None


def is_constrained(authority: Certificate) -> bool:
    """Return whether the certificate has name constraints."""
    return authority.extensions.names is not UNCONSTRAINED


def removal(anchor: Certificate, store: Store, tolerances: Tolerances) -> int:
    """Return the second from which these clients no longer trust the root.

    A date before the publication of the store was evidently postponed, and does not count.
    """
    due = tolerances.programme.removal(anchor) if tolerances.programme else NEVER
    return due if due > store.published else NEVER


def removed_by_date(outcome: PathOutcome, leaf: Certificate, tolerances: Tolerances) -> bool:
    """Return whether the outcome is DISTRUSTED because the root was removed from its programme,
    and not because of the day on which the leaf was issued.
    """
    programme, root = tolerances.programme, outcome.blamed_certificate
    return (
        outcome.reason is Reason.DISTRUSTED
        and programme is not None
        and root is not None
        and programme.accepts_leaf(root, leaf.starts)
    )


def encoding_fault(certificate: Certificate, tolerances: Tolerances) -> Reason | None:
    """Return MALFORMED if these clients cannot read the names or an extension that they need; None
    if they can.
    """
    extensions = certificate.extensions
    # RFC 5280 section 4.2: a critical extension that cannot be processed is refused.
    critical = tolerances.critical_extensions and extensions.critical_unreadable
    flawed = extensions.unreadable or extensions.repeated
    needed = flawed and {*extensions.unreadable, *extensions.repeated}.intersection(
        tolerances.parsed_extensions
    )
    not_der = certificate.not_der or extensions.not_der or extensions.repeated
    loose = tolerances.strict_der and not_der
    return Reason.MALFORMED if critical or needed or loose else None


def key_fault(certificate: Certificate, role: PathRole, tolerances: Tolerances) -> Reason | None:
    """Return why these clients refuse the key of the certificate; None if they accept it."""
    key = certificate.key_facts
    if key.kind == OTHER:
        # The library cannot read the key, so nothing that it signs can be verified here.
        return Reason.SIGNATURE_UNVERIFIABLE
    types = tolerances.key_types if role is PathRole.LEAF else _authority_key_types(tolerances)
    if types and key.kind not in types:
        return Reason.UNSUPPORTED_KEY
    if key.kind == SLH_DSA:
        return Reason.SIGNATURE_UNVERIFIABLE
    curves = tolerances.curves if role is PathRole.LEAF else tolerances.authority_curves
    if key.kind == "ec" and curves and key.curve not in curves:
        return Reason.UNSUPPORTED_KEY
    weak = key.kind in {"rsa", "rsa-pss", "dsa"} and 0 < key.bits < tolerances.minimum_rsa_bits
    return Reason.WEAK_KEY if weak else None


def _authority_key_types(tolerances: Tolerances) -> tuple[str, ...]:
    more = tolerances.authority_key_types if tolerances.key_types else ()
    return (*tolerances.key_types, *more)


def lacks_usage(leaf: Certificate, tolerances: Tolerances) -> bool:
    """Return whether key usage forbids what these clients need of a server's key."""
    usages = leaf.extensions.usages
    return (
        usages is not None
        and bool(tolerances.key_usage)
        and usages.isdisjoint(tolerances.key_usage)
    )


def too_deep(issuer: Certificate, below: int, tolerances: Tolerances) -> bool:
    """Return whether too many authorities are below the issuer for its path length constraint."""
    allowed = issuer.extensions.path_length
    return tolerances.basic_constraints and allowed is not None and below > allowed


def longest_validity(issued: int) -> int | None:
    """Return the longest validity in seconds allowed for a public certificate issued at this
    second.
    """
    days = [allowed for since, allowed in _VALIDITY_DAYS if issued >= since]
    return days[-1] * _DAY if days else None


def _anchor_constraints_fault(anchor: Certificate, tolerances: Tolerances) -> Reason | None:
    """Return why these clients refuse the root by its extensions (RFC 5937 section 3.2)."""
    if tolerances.basic_constraints and anchor.extensions.denies_ca:
        return Reason.NOT_AN_AUTHORITY
    if anchor.extensions.denies_signing:
        return Reason.NOT_AN_AUTHORITY
    return _common_fault(anchor, PathRole.ROOT, tolerances)


def _common_fault(
    certificate: Certificate, role: PathRole, tolerances: Tolerances, *, alone: bool = False
) -> Reason | None:
    fault = encoding_fault(certificate, tolerances)
    if fault is not None:
        return fault
    extensions = certificate.extensions
    if tolerances.critical_extensions and (
        not set(extensions.unknown_critical).issubset(tolerances.handled_extensions)
        or not extensions.critical.isdisjoint(tolerances.unhandled_extensions)
    ):
        return Reason.UNKNOWN_EXTENSION
    if _lacks_purpose(certificate, role, tolerances):
        return Reason.WRONG_PURPOSE
    return key_fault(certificate, role, tolerances) or _conformance_fault(
        certificate, role, tolerances, alone=alone
    )


def _lacks_purpose(certificate: Certificate, role: PathRole, tolerances: Tolerances) -> bool:
    """Return whether extended key usage allows no TLS server that these clients accept."""
    purposes = certificate.extensions.purposes
    if not tolerances.extended_key_usage or purposes is None:
        return False
    if role is not PathRole.LEAF and not tolerances.authority_purposes:
        return False
    return not (
        ServerPurpose.SERVER in purposes
        or (tolerances.any_purpose and ServerPurpose.ANY in purposes)
        or (tolerances.gated_purposes and ServerPurpose.GATED in purposes)
    )


def _conformance_fault(
    certificate: Certificate, role: PathRole, tolerances: Tolerances, *, alone: bool = False
) -> Reason | None:
    if not tolerances.enforced_rules:
        return None
    enforced = tolerances.conformance if alone else tolerances.enforced_rules
    broken = broken_rules(certificate, role)
    return Reason.NOT_CONFORMING if any(rule in enforced for rule in broken) else None


def _signature_fault(certificate: Certificate, tolerances: Tolerances) -> Reason | None:
    weak = not tolerances.sha1 and certificate.digest in WEAK_DIGESTS
    return Reason.WEAK_SIGNATURE if weak else None


@lru_cache(maxsize=1024)
def _allows(authority: Certificate, certificate: Certificate, matching: NameMatching) -> bool:
    return constraints_allow(
        authority.extensions.names,
        certificate.encoded_subject,
        certificate.extensions.alt_names,
        matching,
    )
