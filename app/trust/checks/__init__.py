"""What can be found out about a chain: one file per check, one line each here."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.domain.certificates.findings import Finding, Level
from app.trust.check_context import Check, CheckContext
from app.trust.checks import (
    addresses,
    alternate_handshakes,
    chain_size,
    empty,
    expired_cross_sign,
    extra_certificates,
    host_name,
    issuer_validity,
    leaf_validity,
    malformed,
    missing_intermediate,
    ocsp_staple,
    order,
    revocation,
    rfc5280,
    root_distrust,
    root_validity,
    sct,
    signature,
    strength,
    tls_version,
    untrusted,
)

__all__ = ["CHECKS", "FINDING_TEXTS", "most_severe_first", "run_checks"]

CHECKS: tuple[Check, ...] = (
    addresses.CHECK,
    chain_size.CHECK,
    expired_cross_sign.CHECK,
    root_distrust.CHECK,
    empty.CHECK,
    extra_certificates.CHECK,
    host_name.CHECK,
    issuer_validity.CHECK,
    leaf_validity.CHECK,
    malformed.CHECK,
    missing_intermediate.CHECK,
    order.CHECK,
    revocation.CHECK,
    root_validity.CHECK,
    alternate_handshakes.CHECK,
    signature.CHECK,
    ocsp_staple.CHECK,
    strength.CHECK,
    rfc5280.CHECK,
    sct.CHECK,
    tls_version.CHECK,
    untrusted.CHECK,
)

# The English sentence of every code that a finding can have, for the catalogues.
FINDING_TEXTS: Mapping[str, str] = MappingProxyType(
    {code: text for check in CHECKS for code, text in check.texts.items()}
)

_LOUDEST_FIRST = (Level.ERROR, Level.WARNING, Level.INFO)


def run_checks(context: CheckContext) -> tuple[Finding, ...]:
    """What all checks find, loudest first, otherwise in the order of the registry."""
    return most_severe_first(finding for check in CHECKS for finding in check.run(context))


def most_severe_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """These findings, loudest first, otherwise in their order."""
    return tuple(sorted(found, key=lambda finding: _LOUDEST_FIRST.index(finding.level)))
