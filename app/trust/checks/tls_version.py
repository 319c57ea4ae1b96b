"""Check: a server that supports only deprecated versions of TLS."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)

__all__ = ["CHECK"]

_GIVEN_UP = frozenset({"SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
_TEXTS = {
    "finding.old_tls": FindingText(
        N_("%(host)s supports only %(version)s, which current clients refuse."),
        remedy=N_("Turn on TLS 1.2 and 1.3 in the server."),
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    version = context.result.tls_version if context.result is not None else ""
    if version in _GIVEN_UP:
        params = {"host": context.host, "version": version}
        yield Finding("finding.old_tls", Level.ERROR, FindingKind.FACT, {**params}, "RFC 8996 4")


CHECK = Check(_run, _TEXTS)
