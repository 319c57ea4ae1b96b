"""The chain has a gap. Clients that fetch or remember intermediates cope, others do not."""

from collections.abc import Iterator

from app.domain.certificates import Finding, FindingKind, Reason
from app.domain.phrases import N_
from app.trust.case import Case, Check, loudness, names

__all__ = ["CHECK"]

_TEXTS = {
    "finding.missing_intermediate": N_(
        "%(host)s leaves out the certificate that issued “%(subject)s” (“%(issuer)s”)."
    ),
}


def _run(case: Case) -> Iterator[Finding]:
    stopped = case.refused(Reason.MISSING_INTERMEDIATE)
    for culprit in dict.fromkeys(verdict.culprit for verdict in stopped):
        if culprit is None:
            continue
        over = [verdict for verdict in stopped if verdict.culprit == culprit]
        yield Finding(
            "finding.missing_intermediate",
            loudness(over),
            FindingKind.FACT,
            {
                "host": case.host,
                "subject": culprit.name,
                "issuer": culprit.issuer,
                "profiles": names(over),
            },
            source="RFC 8446 4.4.2",
        )


CHECK = Check(_run, _TEXTS)
