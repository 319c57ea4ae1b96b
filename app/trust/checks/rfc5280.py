"""Check: a certificate used against the rules of RFC 5280 section 6.1."""

from collections.abc import Iterator, Mapping

from app.domain.certificates.findings import Finding, FindingKind, Reason
from app.domain.texts.phrases import N_, PHRASES
from app.trust.check_context import Check, CheckContext, FindingText, finding_level, profile_ids
from app.trust.remedies import REISSUE_FOR_NAME, SERVE_INTERMEDIATES

__all__ = ["CHECK"]

_SOURCES: Mapping[Reason, str] = {
    Reason.NOT_AN_AUTHORITY: "RFC 5280 4.2.1.9",
    Reason.PATH_TOO_LONG: "RFC 5280 4.2.1.9",
    Reason.NAME_NOT_PERMITTED: "RFC 5280 4.2.1.10",
    Reason.WRONG_PURPOSE: "RFC 5280 4.2.1.12",
    Reason.UNKNOWN_EXTENSION: "RFC 5280 4.2",
}
_REISSUE_FOR_TLS = N_("Have the certificate issued anew in the form meant for TLS servers.")
_REMEDIES: Mapping[Reason, str] = {
    Reason.NOT_AN_AUTHORITY: SERVE_INTERMEDIATES,
    Reason.PATH_TOO_LONG: SERVE_INTERMEDIATES,
    Reason.NAME_NOT_PERMITTED: REISSUE_FOR_NAME,
    Reason.WRONG_PURPOSE: _REISSUE_FOR_TLS,
    Reason.UNKNOWN_EXTENSION: _REISSUE_FOR_TLS,
}
# The sentences are those of the public page.
_TEXTS = {
    f"finding.{reason}": FindingText(PHRASES[f"why.{reason}"], remedy=_REMEDIES[reason])
    for reason in _SOURCES
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for reason, source in _SOURCES.items():
        for blamed, over in context.by_blamed_certificate(context.refused(reason)):
            yield Finding(
                f"finding.{reason}",
                finding_level(over),
                FindingKind.FACT,
                {"host": context.host, "subject": blamed.name, "profiles": profile_ids(over)},
                source=source,
            )


CHECK = Check(_run, _TEXTS)
