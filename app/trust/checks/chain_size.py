"""Check: more certificates than are read, or a search for paths that exceeded its budget."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)

__all__ = ["CHECK"]

_FEWER = N_("Serve only the server's own certificate and its issuers.")
_TEXTS = {
    "finding.too_many_certificates": FindingText(
        N_(
            "Number of certificates that %(host)s serves: %(count)s. Number of those that were "
            "examined, from the first on: %(considered)s."
        ),
        remedy=_FEWER,
    ),
    "finding.search_gave_up": FindingText(
        N_(
            "The certificates that %(host)s serves are cross-signed so often that not every path "
            "was tried."
        ),
        remedy=_FEWER,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    if context.chain.left_out:
        considered = len(context.chain.certificates)
        yield Finding(
            "finding.too_many_certificates",
            Level.WARNING,
            FindingKind.FACT,
            {
                "host": context.host,
                "count": considered + context.chain.left_out,
                "considered": considered,
            },
            source="RFC 8446 4.4.2",
        )
    if context.search_exhausted:
        yield Finding(
            "finding.search_gave_up", Level.WARNING, FindingKind.FACT, {"host": context.host}
        )


CHECK = Check(_run, _TEXTS)
