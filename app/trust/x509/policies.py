"""Certificate policies and their constraints (RFC 5280 sections 4.2.1.4, 4.2.1.5 and 4.2.1.11).

They only matter to a path in which an authority requires that a policy is valid along it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import CertificatePoliciesOID, ExtensionOID

from app.trust.x509.der import SEQUENCE, children, decode_oid, read_one

__all__ = ["NO_POLICIES", "Policies", "lacks_required_policy", "read_policies"]

_ANY = CertificatePoliciesOID.ANY_POLICY.dotted_string


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one certificate and its constraints on those below.

    `named` are its policies, None without the extension. `mappings` are pairs of a policy of its
    issuer and one of its subject. `required_after`, `mapped_for` and `any_for` are numbers of
    certificates below it: after so many a policy is required, and for so many mappings and
    anyPolicy count (None: not limited).
    """

    named: frozenset[str] | None = None
    mappings: tuple[tuple[str, str], ...] = ()
    required_after: int | None = None
    mapped_for: int | None = None
    any_for: int | None = None


NO_POLICIES = Policies()


def read_policies(values: Mapping[x509.ObjectIdentifier, x509.ExtensionType]) -> Policies:
    """Read the extensions of a certificate that are about policies."""
    named = values.get(ExtensionOID.CERTIFICATE_POLICIES)
    constraints = values.get(ExtensionOID.POLICY_CONSTRAINTS)
    inhibited = values.get(ExtensionOID.INHIBIT_ANY_POLICY)
    limits = constraints if isinstance(constraints, x509.PolicyConstraints) else None
    found = Policies(
        frozenset(one.policy_identifier.dotted_string for one in named)
        if isinstance(named, x509.CertificatePolicies)
        else None,
        _mappings(values.get(ExtensionOID.POLICY_MAPPINGS)),
        limits.require_explicit_policy if limits else None,
        limits.inhibit_policy_mapping if limits else None,
        inhibited.skip_certs if isinstance(inhibited, x509.InhibitAnyPolicy) else None,
    )
    return NO_POLICIES if found == NO_POLICIES else found


def lacks_required_policy(path: Sequence[tuple[Policies, bool]]) -> bool:
    """Return whether a policy is required and none is valid along the path (section 6.1).

    `path` are policies from the leaf to the certificate below the anchor, and whether each
    certificate is self-issued.
    """
    always = len(path) + 1
    required_after = mapped_for = any_for = always
    valid = frozenset({_ANY})
    for place, (policies, self_issued) in enumerate(reversed(path), start=1):
        is_leaf = place == len(path)
        counts_any = any_for > 0 or (self_issued and not is_leaf)
        valid = _valid_in(policies.named, valid, counts_any=counts_any)
        if required_after == 0 and not valid:
            return True
        if is_leaf:
            # Section 6.1.5 a and b: the leaf counts as one more.
            return not valid and (required_after <= 1 or policies.required_after == 0)
        valid = _mapped(valid, policies.mappings, counts=mapped_for > 0)
        if not self_issued:
            required_after, mapped_for, any_for = (
                max(0, each - 1) for each in (required_after, mapped_for, any_for)
            )
        required_after = _least(required_after, policies.required_after)
        mapped_for = _least(mapped_for, policies.mapped_for)
        any_for = _least(any_for, policies.any_for)
    return False


def _valid_in(
    named: frozenset[str] | None, valid: frozenset[str], *, counts_any: bool
) -> frozenset[str]:
    """Return the valid policies after one more certificate (section 6.1.3 d and e)."""
    if named is None:
        return frozenset()
    if _ANY in named and counts_any:
        return valid | (named - {_ANY} if _ANY in valid else frozenset())
    own = named - {_ANY}
    return own if _ANY in valid else own & valid


def _mapped(
    valid: frozenset[str], mappings: tuple[tuple[str, str], ...], *, counts: bool
) -> frozenset[str]:
    """Return the policies that are expected below an authority (section 6.1.4 b)."""
    mapped = {issuer for issuer, _ in mappings}
    kept = valid - mapped
    if not counts:
        return kept
    return kept | {own for issuer, own in mappings if issuer in valid or _ANY in valid}


def _least(count: int, limit: int | None) -> int:
    return count if limit is None else min(count, limit)


def _mappings(value: x509.ExtensionType | None) -> tuple[tuple[str, str], ...]:
    # The library does not parse this extension.
    if not isinstance(value, x509.UnrecognizedExtension):
        return ()
    try:
        pairs = [
            [decode_oid(one.content) for one in children(pair.content)]
            for pair in children(read_one(value.value, SEQUENCE).content)
        ]
        return tuple((issuer, own) for issuer, own in pairs)
    except ValueError:
        return ()
