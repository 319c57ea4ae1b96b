"""Registry of the certificate checks: one file per check, one line each here."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.domain.certificates.findings import Finding, Level
from app.trust.check_context import Check, CheckContext
from app.trust.checks import (
    addresses,
    alternate_handshakes,
    browser_keys,
    chain_size,
    conformance,
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

__all__ = ["CHECKS", "FINDING_TEXTS", "REMEDIES", "most_severe_first", "run_checks"]

CHECKS: tuple[Check, ...] = (
    addresses.CHECK,
    chain_size.CHECK,
    conformance.CHECK,
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
    browser_keys.CHECK,
    rfc5280.CHECK,
    sct.CHECK,
    tls_version.CHECK,
    untrusted.CHECK,
)

# The English sentence of every code that a finding can have, for the catalogues.
FINDING_TEXTS: Mapping[str, str] = MappingProxyType(
    {code: text.sentence for check in CHECKS for code, text in check.texts.items()}
)
# The English sentence on what to do about a finding, by its code.
REMEDIES: Mapping[str, str] = MappingProxyType(
    {code: text.remedy for check in CHECKS for code, text in check.texts.items()}
)

_LEVELS = (Level.ERROR, Level.WARNING, Level.INFO)


def run_checks(context: CheckContext) -> tuple[Finding, ...]:
    """Run all checks; return the findings by level, errors first, then in the registry's order."""
    return most_severe_first(finding for check in CHECKS for finding in check.run(context))


def most_severe_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by level, errors first; those of one level keep their order."""
    return tuple(sorted(findings, key=lambda finding: _LEVELS.index(finding.level)))
