"""Check: the number of signed certificate timestamps (SCTs) in the leaf, for information."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)
from app.trust.remedies import NO_ACTION

__all__ = ["CHECK"]

_TEXTS = {
    "finding.timestamps": FindingText(
        N_("Signed certificate timestamps in “%(subject)s”, which %(host)s serves: %(count)s."),
        remedy=NO_ACTION,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf = context.chain.leaf
    if leaf is not None and leaf.extensions.timestamps:
        yield Finding(
            "finding.timestamps",
            Level.INFO,
            FindingKind.INFO,
            {"host": context.host, "subject": leaf.facts.name, "count": leaf.extensions.timestamps},
            source="RFC 6962 3.3",
        )


CHECK = Check(_run, _TEXTS)
