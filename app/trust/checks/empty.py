"""Check: a handshake without any certificate."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)

__all__ = ["CHECK"]

_TEXTS = {
    "finding.no_certificate": FindingText(
        N_("%(host)s serves no certificate."),
        remedy=N_("Load a certificate for this name into the server."),
    )
}


def _run(context: CheckContext) -> Iterator[Finding]:
    if context.chain.leaf is None:
        yield Finding(
            "finding.no_certificate",
            Level.ERROR,
            FindingKind.FACT,
            {"host": context.host},
            source="RFC 8446 4.4.2",
        )


CHECK = Check(_run, _TEXTS)
