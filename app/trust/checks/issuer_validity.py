"""Served intermediates and cross-signs that are out of date or soon will be.

One that no judged client needs is information, not an alarm: a cross-sign may be left to run out
on purpose.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import (
    LONG_WARNING,
    Check,
    CheckContext,
    Params,
    finding_level,
    profile_ids,
)
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_TEXTS = {
    "finding.intermediate_expired": N_(
        "The intermediate certificate “%(subject)s” that %(host)s serves expired on %(date)s."
    ),
    "finding.intermediate_not_yet_valid": N_(
        "The intermediate certificate “%(subject)s” that %(host)s serves is not valid before "
        "%(date)s."
    ),
    "finding.intermediate_expires_soon": N_(
        "The intermediate certificate “%(subject)s” that %(host)s serves expires on %(date)s."
    ),
    "finding.cross_sign_expired": N_(
        "The cross-signed certificate “%(subject)s” that %(host)s serves expired on %(date)s."
    ),
    "finding.cross_sign_not_yet_valid": N_(
        "The cross-signed certificate “%(subject)s” that %(host)s serves is not valid before "
        "%(date)s."
    ),
    "finding.cross_sign_expires_soon": N_(
        "The cross-signed certificate “%(subject)s” that %(host)s serves expires on %(date)s."
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for certificate in dict.fromkeys(context.chain.certificates[1:]):
        if not certificate.malformed and not certificate.self_issued:
            yield from _dates(context, certificate)


def _dates(context: CheckContext, certificate: Certificate) -> Iterator[Finding]:
    starts, ends = certificate.facts.not_before, certificate.facts.not_after
    if starts is None or ends is None:
        return
    noun = "cross_sign" if context.is_cross_sign(certificate) else "intermediate"
    params: Params = {"host": context.host, "subject": certificate.facts.name, "date": ends}
    if context.at > ends or context.at < starts:
        stopped = context.stopped_by_dates(certificate)
        late = context.at > ends
        yield Finding(
            f"finding.{noun}_expired" if late else f"finding.{noun}_not_yet_valid",
            finding_level(stopped),
            FindingKind.FACT,
            {**params, "date": ends if late else starts, "profiles": profile_ids(stopped)},
            source="RFC 5280 4.1.2.5",
        )
        return
    far = LONG_WARNING if noun == "cross_sign" else None
    needing = context.ending_soon(certificate, far)
    if needing or context.near(ends):
        yield Finding(
            f"finding.{noun}_expires_soon",
            Level.WARNING if needing else Level.INFO,
            FindingKind.FORECAST,
            {**params, "profiles": profile_ids(needing)},
            source="RFC 5280 4.1.2.5",
        )


CHECK = Check(_run, _TEXTS)
