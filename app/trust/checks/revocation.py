"""Check: a certificate on its issuer's certificate revocation list (CRL)."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)
from app.trust.remedies import REPLACE_KEY

__all__ = ["CHECK"]

_TEXTS = {
    "finding.revoked_by_list": FindingText(
        N_(
            "The certificate “%(subject)s” that %(host)s serves was revoked on %(date)s, "
            "according to the revocation list of its issuer."
        ),
        remedy=REPLACE_KEY,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    revoked = context.scan.revoked if context.scan else {}
    served = {one.fingerprint: one for each in context.addresses for one in each.chain.certificates}
    for fingerprint, certificate in served.items():
        if fingerprint in revoked:
            yield Finding(
                "finding.revoked_by_list",
                Level.ERROR,
                FindingKind.FACT,
                {
                    "host": context.host,
                    "subject": certificate.facts.name,
                    "date": revoked[fingerprint],
                },
                source="RFC 5280 5",
            )


CHECK = Check(_run, _TEXTS)
