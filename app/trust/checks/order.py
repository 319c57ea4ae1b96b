"""Check: an issuer served before the certificate that it issued, which TLS 1.2 forbids.

Many clients accept it, so it is a warning, unless the first certificate is not the server's own.
"""

from collections.abc import Iterator, Sequence

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)
from app.trust.remedies import OWN_FIRST
from app.trust.x509.certificate import Certificate
from app.trust.x509.issuance import may_issue

__all__ = ["CHECK"]

_TEXTS = {
    "finding.wrong_order": FindingText(
        N_(
            "%(host)s serves its certificates in the wrong order: “%(issuer)s” comes before "
            "“%(subject)s”, which it issued."
        ),
        remedy=OWN_FIRST,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    served = context.chain.certificates
    for position, child in enumerate(served):
        issuer = None if child.malformed or child.self_issued else _only_before(position, served)
        if issuer is not None:
            params = {
                "host": context.host,
                "subject": child.facts.name,
                "issuer": issuer.facts.name,
            }
            # Clients take the first certificate for the server's own, whatever comes after it.
            first = issuer == served[0]
            yield Finding(
                "finding.wrong_order",
                Level.ERROR if first else Level.WARNING,
                FindingKind.FACT,
                params,
                source="RFC 5246 7.4.2",
            )
            return


def _only_before(position: int, served: Sequence[Certificate]) -> Certificate | None:
    child = served[position]
    if any(may_issue(child, candidate) for candidate in served[position + 1 :]):
        return None
    return next((c for c in served[:position] if c != child and may_issue(child, c)), None)


CHECK = Check(_run, _TEXTS)
