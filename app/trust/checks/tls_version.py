"""A server that speaks only versions of TLS that were given up."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import Check, CheckContext

__all__ = ["CHECK"]

_GIVEN_UP = frozenset({"SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
_TEXTS = {
    "finding.old_tls": N_("%(host)s speaks only %(version)s, which current clients refuse."),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    version = context.result.tls_version if context.result is not None else ""
    if version in _GIVEN_UP:
        params = {"host": context.host, "version": version}
        yield Finding("finding.old_tls", Level.ERROR, FindingKind.FACT, {**params}, "RFC 8996 4")


CHECK = Check(_run, _TEXTS)
