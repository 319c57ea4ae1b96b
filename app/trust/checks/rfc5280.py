"""A certificate that may not do what it is used for: a rule of RFC 5280 section 6.1 is broken."""

from collections.abc import Iterator, Mapping

from app.domain.certificates.findings import Finding, FindingKind, Reason
from app.domain.phrases import PHRASES
from app.trust.check_context import Check, CheckContext, finding_level, profile_ids

__all__ = ["CHECK"]

_SOURCES: Mapping[Reason, str] = {
    Reason.NOT_AN_AUTHORITY: "RFC 5280 4.2.1.9",
    Reason.PATH_TOO_LONG: "RFC 5280 4.2.1.9",
    Reason.NAME_NOT_PERMITTED: "RFC 5280 4.2.1.10",
    Reason.WRONG_PURPOSE: "RFC 5280 4.2.1.12",
    Reason.UNKNOWN_EXTENSION: "RFC 5280 4.2",
}
# The public page says the same of these.
_TEXTS = {f"finding.{reason}": PHRASES[f"why.{reason}"] for reason in _SOURCES}


def _run(context: CheckContext) -> Iterator[Finding]:
    for reason, source in _SOURCES.items():
        for culprit, over in context.by_culprit(context.refused(reason)):
            yield Finding(
                f"finding.{reason}",
                finding_level(over),
                FindingKind.FACT,
                {"host": context.host, "subject": culprit.name, "profiles": profile_ids(over)},
                source=source,
            )


CHECK = Check(_run, _TEXTS)
