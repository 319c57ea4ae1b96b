"""Check: keys and signatures that are too weak, and validities that are too long.

A weak key or signature that no judged profile refuses is a warning still, since other clients
refuse it. The limits of validity are rules for public authorities, so a long one is only reported
where clients refuse it.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import (
    CertificateFacts,
    Finding,
    FindingKind,
    Level,
    Reason,
    Verdict,
)
from app.domain.texts.phrases import N_, PHRASES
from app.trust.check_context import Check, CheckContext, FindingText, finding_level, profile_ids
from app.trust.paths.rules import WEAK_DIGESTS
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_SOURCES = {
    Reason.WEAK_KEY: "CA/Browser Forum Baseline Requirements 6.1.5",
    Reason.WEAK_SIGNATURE: "RFC 9155 2",
    Reason.UNSUPPORTED_KEY: "CA/Browser Forum Baseline Requirements 6.1.5",
    Reason.VALID_TOO_LONG: "CA/Browser Forum Baseline Requirements 6.3.2",
}
_STRONGER = N_(
    "Have the certificate issued anew with an RSA key of at least 2048 bits or an EC key, signed "
    "with SHA-256."
)
_REMEDIES = {
    Reason.WEAK_KEY: _STRONGER,
    Reason.WEAK_SIGNATURE: _STRONGER,
    Reason.UNSUPPORTED_KEY: _STRONGER,
    Reason.VALID_TOO_LONG: N_("Have the certificate issued anew for a shorter time."),
}
# The sentences are those of the public page.
_TEXTS = {
    f"finding.{reason}": FindingText(PHRASES[f"why.{reason}"], remedy=_REMEDIES[reason])
    for reason in _SOURCES
}
_ENOUGH_BITS = 2048


def _run(context: CheckContext) -> Iterator[Finding]:
    for reason in _SOURCES:
        refused = context.by_blamed_certificate(context.refused(reason))
        for blamed, over in refused:
            yield _finding(context, reason, blamed, over)
        named = {blamed.fingerprint for blamed, _ in refused}
        for certificate in dict.fromkeys(context.chain.certificates):
            if certificate.fingerprint not in named and _is(certificate, reason):
                yield _finding(context, reason, certificate.facts, [])


def _is(certificate: Certificate, reason: Reason) -> bool:
    if reason is Reason.WEAK_KEY:
        key = certificate.key_facts
        return key.kind in {"rsa", "rsa-pss"} and 0 < key.bits < _ENOUGH_BITS
    # The signature of a root on itself is not verified by clients.
    weak = certificate.digest in WEAK_DIGESTS and not certificate.self_issued
    return reason is Reason.WEAK_SIGNATURE and weak


def _finding(
    context: CheckContext, reason: Reason, blamed: CertificateFacts, over: list[Verdict]
) -> Finding:
    return Finding(
        f"finding.{reason}",
        finding_level(over, otherwise=Level.WARNING),
        FindingKind.FACT,
        {"host": context.host, "subject": blamed.name, "profiles": profile_ids(over)},
        source=_SOURCES[reason],
    )


CHECK = Check(_run, _TEXTS)
