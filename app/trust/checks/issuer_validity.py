"""Check: served intermediates and cross-signs that are not valid now, or end soon.

One that no judged profile needs is information, since operators let a cross-sign expire on purpose.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    LONG_WARNING,
    Check,
    CheckContext,
    FindingText,
    Params,
    finding_level,
    profile_ids,
)
from app.trust.remedies import SERVE_INTERMEDIATES, SERVE_OTHER_CHAIN, WAIT_OR_REISSUE
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_TEXTS = {
    "finding.intermediate_expired": FindingText(
        N_("The intermediate certificate “%(subject)s” that %(host)s serves expired on %(date)s."),
        remedy=SERVE_INTERMEDIATES,
    ),
    "finding.intermediate_not_yet_valid": FindingText(
        # Translators: It is also read after that date: not “not yet”.
        N_(
            "The intermediate certificate “%(subject)s” that %(host)s serves is not valid before "
            "%(date)s."
        ),
        remedy=WAIT_OR_REISSUE,
    ),
    "finding.intermediate_expires_soon": FindingText(
        N_("The intermediate certificate “%(subject)s” that %(host)s serves expires on %(date)s."),
        remedy=SERVE_INTERMEDIATES,
    ),
    "finding.cross_sign_expired": FindingText(
        # Translators: A cross-sign is a cross-signed certificate: one thing, one word.
        N_("The cross-signed certificate “%(subject)s” that %(host)s serves expired on %(date)s."),
        remedy=SERVE_OTHER_CHAIN,
    ),
    "finding.cross_sign_not_yet_valid": FindingText(
        # Translators: It is also read after that date: not “not yet”.
        N_(
            "The cross-signed certificate “%(subject)s” that %(host)s serves is not valid before "
            "%(date)s."
        ),
        remedy=WAIT_OR_REISSUE,
    ),
    "finding.cross_sign_expires_soon": FindingText(
        # Translators: A cross-sign is a cross-signed certificate: one thing, one word.
        N_("The cross-signed certificate “%(subject)s” that %(host)s serves expires on %(date)s."),
        remedy=SERVE_OTHER_CHAIN,
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
        # Nobody renews a cross-sign. Authorities renew intermediates as owners renew leaves.
        late = noun == "cross_sign" or context.renewal_is_late(certificate)
        yield Finding(
            f"finding.{noun}_expires_soon",
            Level.WARNING if needing and late else Level.INFO,
            FindingKind.FORECAST,
            {**params, "profiles": profile_ids(needing)},
            source="RFC 5280 4.1.2.5",
        )


CHECK = Check(_run, _TEXTS)
