"""A signature that does not fit the key it should have been made with."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Reason
from app.domain.phrases import N_
from app.trust.check_context import Check, CheckContext, loudness, names

__all__ = ["CHECK"]

_TEXTS = {
    "finding.bad_signature": N_(
        "The signature on the certificate “%(subject)s” that %(host)s serves is wrong."
    ),
}


def _run(case: CheckContext) -> Iterator[Finding]:
    stopped = case.refused(Reason.BAD_SIGNATURE)
    for culprit in dict.fromkeys(verdict.culprit for verdict in stopped):
        if culprit is None:
            continue
        over = [verdict for verdict in stopped if verdict.culprit == culprit]
        yield Finding(
            "finding.bad_signature",
            loudness(over),
            FindingKind.FACT,
            {"host": case.host, "subject": culprit.name, "profiles": names(over)},
            source="RFC 5280 6.1.3",
        )


CHECK = Check(_run, _TEXTS)
