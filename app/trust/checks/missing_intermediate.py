"""Check: a gap in the chain, which only clients that fetch or cache intermediates bridge."""

from collections.abc import Iterator
from itertools import pairwise

from app.domain.certificates.findings import Finding, FindingKind, Level, Reason
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    finding_level,
    profile_ids,
)
from app.trust.remedies import SERVE_INTERMEDIATES

__all__ = ["CHECK"]

_TEXTS = {
    "finding.missing_intermediate": FindingText(
        N_("%(host)s leaves out the certificate that issued “%(subject)s” (“%(issuer)s”)."),
        remedy=SERVE_INTERMEDIATES,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    stopped = context.refused(Reason.MISSING_INTERMEDIATE)
    if not stopped:
        yield from _bridged(context)
    for blamed in dict.fromkeys(verdict.blamed_certificate for verdict in stopped):
        if blamed is None:
            continue
        over = [verdict for verdict in stopped if verdict.blamed_certificate == blamed]
        yield Finding(
            "finding.missing_intermediate",
            finding_level(over),
            FindingKind.FACT,
            {
                "host": context.host,
                "subject": blamed.name,
                "issuer": blamed.issuer,
                "profiles": profile_ids(over),
            },
            source="RFC 8446 4.4.2",
        )


def _bridged(context: CheckContext) -> Iterator[Finding]:
    """Yield a finding when all judged profiles bridge the gap, since other clients do not."""
    served = {certificate.fingerprint: certificate for certificate in context.chain.certificates}
    for verdict in context.verdicts:
        # The last certificate of a complete path is the client's own root.
        for below, above in pairwise(verdict.path[:-1] if verdict.ok else ()):
            if below in served and above not in served:
                facts = served[below].facts
                yield Finding(
                    "finding.missing_intermediate",
                    Level.WARNING,
                    FindingKind.FACT,
                    {
                        "host": context.host,
                        "subject": facts.name,
                        "issuer": facts.issuer,
                        "profiles": "",
                    },
                    source="RFC 8446 4.4.2",
                )
                return


CHECK = Check(_run, _TEXTS)
