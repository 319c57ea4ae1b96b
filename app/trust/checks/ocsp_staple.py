"""What the stapled OCSP answer says, or that it is missing where the certificate demands one.

The answer's own signature is not looked at: a server that lies about its own revocation to its
own harm is not what this is for.
"""

from collections.abc import Iterator

from cryptography.x509 import ocsp

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import Check, CheckContext, Params

__all__ = ["CHECK"]

_TEXTS = {
    "finding.must_staple": N_(
        "The certificate “%(subject)s” demands a stapled OCSP answer, but %(host)s sends none."
    ),
    "finding.revoked": N_(
        "The certificate “%(subject)s” that %(host)s serves was revoked on %(date)s."
    ),
    "finding.staple_expired": N_("The OCSP answer that %(host)s staples expired on %(date)s."),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf, look = context.chain.leaf, context.result
    if leaf is None or look is None or not look.staple_requested:
        return
    params: Params = {"host": context.host, "subject": leaf.facts.name}
    if look.staple is not None:
        yield from _answered(context, look.staple, params)
    elif leaf.extensions.must_staple:
        code, level = "finding.must_staple", Level.WARNING
        yield Finding(code, level, FindingKind.FACT, params, source="RFC 7633 4.2.3.1")


def _answered(context: CheckContext, staple: bytes, params: Params) -> Iterator[Finding]:
    # As with certificates: what a stranger sends may make the parser raise nearly anything.
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
