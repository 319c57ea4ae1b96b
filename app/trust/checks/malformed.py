"""Check: bytes in the chain that are no certificate, or a leaf with unreadable extensions."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    Params,
)
from app.trust.remedies import RELOAD_FILES

__all__ = ["CHECK"]

_TEXTS = {
    "finding.malformed": FindingText(
        N_("Certificate number %(position)s that %(host)s serves cannot be read."),
        remedy=RELOAD_FILES,
    ),
    "finding.unreadable_extensions": FindingText(
        N_(
            "The certificate “%(subject)s” that %(host)s serves has extensions that break the "
            "rules."
        ),
        remedy=RELOAD_FILES,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for position, certificate in enumerate(context.chain.certificates, start=1):
        level = Level.ERROR if position == 1 else Level.WARNING
        params: Params = {
            "host": context.host,
            "position": position,
            "subject": certificate.facts.name,
        }
        if certificate.malformed:
            code = "finding.malformed"
        elif not certificate.extensions.readable:
            code = "finding.unreadable_extensions"
        else:
            continue
        yield Finding(code, level, FindingKind.FACT, params, source="RFC 5280 4.1")


CHECK = Check(_run, _TEXTS)
