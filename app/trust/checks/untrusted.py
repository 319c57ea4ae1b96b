"""Check: a chain that ends at no trusted root, because it is self-signed, private or too new."""

from collections.abc import Iterator

from app.domain.certificates.findings import CertificateFacts, Finding, FindingKind, Reason, Verdict
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    finding_level,
    profile_ids,
)

__all__ = ["CHECK"]

_TRUST = N_(
    "Have the certificate issued by an authority that these clients trust, or install its root "
    "on them."
)
_TEXTS = {
    "finding.self_signed": FindingText(
        N_("The certificate “%(subject)s” that %(host)s serves is self-signed."),
        remedy=_TRUST,
    ),
    "finding.root_untrusted": FindingText(
        N_(
            "The chain that %(host)s serves ends at the root “%(subject)s”, which these clients do "
            "not trust: %(profiles)s."
        ),
        remedy=_TRUST,
    ),
    "finding.issuer_unknown": FindingText(
        N_(
            "The chain that %(host)s serves ends at “%(subject)s”, whose issuer “%(issuer)s” these "
            "clients do not know: %(profiles)s."
        ),
        remedy=_TRUST,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    stopped = context.refused(Reason.SELF_SIGNED, Reason.ISSUER_UNKNOWN)
    for blamed in dict.fromkeys(verdict.blamed_certificate for verdict in stopped):
        if blamed is not None:
            over = [verdict for verdict in stopped if verdict.blamed_certificate == blamed]
            yield _finding(context, blamed, over)


def _finding(context: CheckContext, blamed: CertificateFacts, over: list[Verdict]) -> Finding:
    return Finding(
        _code(context, blamed, over[0].reason),
        finding_level(over),
        FindingKind.FACT,
        {
            "host": context.host,
            "subject": blamed.name,
            "issuer": blamed.issuer,
            "profiles": profile_ids(over),
        },
        source="RFC 5280 6.1",
    )


def _code(context: CheckContext, blamed: CertificateFacts, reason: Reason) -> str:
    if reason is Reason.ISSUER_UNKNOWN:
        return "finding.issuer_unknown"
    leaf = context.chain.leaf
    is_leaf = leaf is not None and leaf.fingerprint == blamed.fingerprint
    return "finding.self_signed" if is_leaf else "finding.root_untrusted"


CHECK = Check(_run, _TEXTS)
