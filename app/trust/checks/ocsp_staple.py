"""Check: the stapled OCSP response, or its absence where the certificate requires one.

The signature of the response is not verified: a server cannot gain anything by stapling a forged
revocation of its own certificate.
"""

from collections.abc import Iterator

from cryptography.x509 import ocsp

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    Params,
)
from app.trust.remedies import REPLACE_KEY

__all__ = ["CHECK"]

_TEXTS = {
    "finding.must_staple": FindingText(
        N_(
            "The certificate “%(subject)s” demands a stapled OCSP response, but %(host)s sends "
            "none."
        ),
        remedy=N_(
            "Turn on OCSP stapling in the server, or have the certificate issued without "
            "must-staple."
        ),
    ),
    "finding.revoked": FindingText(
        N_("The certificate “%(subject)s” that %(host)s serves was revoked on %(date)s."),
        remedy=REPLACE_KEY,
    ),
    "finding.staple_expired": FindingText(
        N_("The OCSP response that %(host)s staples expired on %(date)s."),
        remedy=N_("Let the server fetch a new OCSP response."),
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf, result = context.chain.leaf, context.result
    if leaf is None or result is None or not result.staple_requested:
        return
    params: Params = {"host": context.host, "subject": leaf.facts.name}
    if result.staple is not None:
        yield from _answered(context, result.staple, params)
    elif leaf.extensions.must_staple:
        code, level = "finding.must_staple", Level.WARNING
        yield Finding(code, level, FindingKind.FACT, params, source="RFC 7633 4.2.3.1")


def _answered(context: CheckContext, staple: bytes, params: Params) -> Iterator[Finding]:
    # A hostile response can make the parser raise nearly any exception.
    try:
        answer = ocsp.load_der_ocsp_response(staple)
        revoked, until = answer.revocation_time_utc, answer.next_update_utc
    except Exception:  # noqa: BLE001
        return
    if revoked is not None:
        fact = FindingKind.FACT
        yield Finding(
            "finding.revoked", Level.ERROR, fact, {**params, "date": revoked}, "RFC 6960 2.2"
        )
    if until is not None and until < context.at:
        yield Finding(
            "finding.staple_expired",
            Level.WARNING,
            FindingKind.FACT,
            {"host": context.host, "date": until},
            source="RFC 6960 4.2.2.1",
        )


CHECK = Check(_run, _TEXTS)
