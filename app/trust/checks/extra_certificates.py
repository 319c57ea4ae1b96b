"""Check: served certificates without use: unrelated ones, duplicates, and the root itself."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)
from app.trust.x509.certificate import Certificate
from app.trust.x509.issuance import self_signed

__all__ = ["CHECK"]

_LEAVE_OUT = N_("Nothing needs to be done; leaving it out makes the handshake smaller.")
_TEXTS = {
    "finding.unrelated_certificate": FindingText(
        N_("%(host)s also serves “%(subject)s”, which has nothing to do with its own certificate."),
        remedy=_LEAVE_OUT,
    ),
    "finding.duplicate_certificate": FindingText(
        N_("%(host)s serves “%(subject)s” more than once."), remedy=_LEAVE_OUT
    ),
    "finding.root_served": FindingText(
        N_(
            "%(host)s also serves the root “%(subject)s”, which clients either have already or "
            "do not trust."
        ),
        remedy=_LEAVE_OUT,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    served = [c for c in context.chain.certificates if not c.malformed]
    if not served or context.chain.certificates[0].malformed:
        return
    related = _related(served)
    for certificate in dict.fromkeys(served[1:]):
        if certificate not in related:
            yield _finding("finding.unrelated_certificate", context, certificate)
        elif self_signed(certificate) and certificate != served[0]:
            yield _finding("finding.root_served", context, certificate)
        if served.count(certificate) > 1:
            yield _finding("finding.duplicate_certificate", context, certificate)


def _related(served: list[Certificate]) -> set[Certificate]:
    """Return the leaf and all certificates that are named as issuers on the way up from it."""
    related = {served[0]}
    wanted = [served[0].issuer]
    while wanted:
        name = wanted.pop()
        for certificate in served:
            if certificate.subject == name and certificate not in related:
                related.add(certificate)
                wanted.append(certificate.issuer)
    return related


def _finding(code: str, context: CheckContext, certificate: Certificate) -> Finding:
    params = {"host": context.host, "subject": certificate.facts.name}
    return Finding(code, Level.INFO, FindingKind.INFO, params, source="RFC 8446 4.4.2")


CHECK = Check(_run, _TEXTS)
