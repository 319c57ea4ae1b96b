"""Keys and signatures that are too weak, and validity that is too long, whoever minds yet.

Those that no judged client refuses are a warning all the same: others do. A validity is too long
only by the rules of public authorities, so that is told only where clients refuse it.
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
from app.domain.phrases import PHRASES
from app.trust.check_context import Check, CheckContext, finding_level, profile_ids
from app.trust.paths.rules import WEAK_DIGESTS
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_SOURCES = {
    Reason.WEAK_KEY: "CA/Browser Forum Baseline Requirements 6.1.5",
    Reason.WEAK_SIGNATURE: "RFC 9155 2",
    Reason.UNSUPPORTED_KEY: "CA/Browser Forum Baseline Requirements 6.1.5",
    Reason.VALID_TOO_LONG: "CA/Browser Forum Baseline Requirements 6.3.2",
}
_TEXTS = {f"finding.{reason}": PHRASES[f"why.{reason}"] for reason in _SOURCES}
_ENOUGH_BITS = 2048


def _run(context: CheckContext) -> Iterator[Finding]:
    for reason in _SOURCES:
        told = context.by_culprit(context.refused(reason))
        for culprit, over in told:
            yield _finding(context, reason, culprit, over)
        named = {culprit.fingerprint for culprit, _ in told}
        for certificate in dict.fromkeys(context.chain.certificates):
            if certificate.fingerprint not in named and _is(certificate, reason):
                yield _finding(context, reason, certificate.facts, [])


def _is(certificate: Certificate, reason: Reason) -> bool:
    if reason is Reason.WEAK_KEY:
        key = certificate.key
        return key is not None and key.kind == "rsa" and key.bits < _ENOUGH_BITS
    # A root's signature on itself proves nothing and harms nobody.
    weak = certificate.digest in WEAK_DIGESTS and not certificate.self_issued
    return reason is Reason.WEAK_SIGNATURE and weak


def _finding(
    context: CheckContext, reason: Reason, culprit: CertificateFacts, over: list[Verdict]
) -> Finding:
    return Finding(
        f"finding.{reason}",
        finding_level(over, otherwise=Level.WARNING),
        FindingKind.FACT,
        {"host": context.host, "subject": culprit.name, "profiles": profile_ids(over)},
        source=_SOURCES[reason],
    )


CHECK = Check(_run, _TEXTS)
