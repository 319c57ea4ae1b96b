"""How many signed certificate timestamps the certificate carries: nice to know."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import Check, CheckContext

__all__ = ["CHECK"]

_TEXTS = {
    "finding.timestamps": N_(
        "Signed certificate timestamps in “%(subject)s”, which %(host)s serves: %(count)s."
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
