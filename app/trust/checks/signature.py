"""Check: a signature that was not made with the issuer's key, or that cannot be verified here."""

from collections.abc import Iterator, Mapping

from app.domain.certificates.findings import Finding, FindingKind, Reason
from app.domain.texts.phrases import N_, PHRASES
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    finding_level,
    profile_ids,
)
from app.trust.remedies import RELOAD_FILES

__all__ = ["CHECK"]

_SOURCES: Mapping[Reason, str] = {
    Reason.BAD_SIGNATURE: "RFC 5280 6.1.3",
    Reason.SIGNATURE_UNVERIFIABLE: "RFC 8446 4.2.3",
}
_REMEDIES: Mapping[Reason, str] = {
    Reason.BAD_SIGNATURE: RELOAD_FILES,
    Reason.SIGNATURE_UNVERIFIABLE: N_(
        "Test the certificate with your own clients; for public clients have it issued anew, "
        "signed with RSA or ECDSA and SHA-256."
    ),
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
