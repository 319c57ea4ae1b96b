"""Check: a signature that was not made with the issuer's key."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Reason
from app.domain.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    finding_level,
    profile_ids,
)
from app.trust.remedies import RELOAD_FILES

__all__ = ["CHECK"]

_TEXTS = {
    "finding.bad_signature": FindingText(
        N_("The signature on the certificate “%(subject)s” that %(host)s serves is wrong."),
        remedy=RELOAD_FILES,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    stopped = context.refused(Reason.BAD_SIGNATURE)
    for culprit in dict.fromkeys(verdict.culprit for verdict in stopped):
        if culprit is None:
            continue
        over = [verdict for verdict in stopped if verdict.culprit == culprit]
        yield Finding(
            "finding.bad_signature",
            finding_level(over),
            FindingKind.FACT,
            {"host": context.host, "subject": culprit.name, "profiles": profile_ids(over)},
            source="RFC 5280 6.1.3",
        )


CHECK = Check(_run, _TEXTS)
