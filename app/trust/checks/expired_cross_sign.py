"""Check: clients that connect only by a path that avoids an expired cross-sign.

Operators let a cross-sign expire on purpose, so this is information. Clients that find no other
path are covered by issuer_validity and root_validity.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    profile_ids,
)
from app.trust.remedies import NO_ACTION

__all__ = ["CHECK"]

_TEXTS = {
    "finding.past_expired_cross_sign": FindingText(
        # Translators: A cross-sign is a cross-signed certificate: one thing, one word.
        N_(
            "These clients connect to %(host)s only because they find a path without the expired "
            "cross-sign “%(subject)s”: %(profiles)s."
        ),
        remedy=NO_ACTION,
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for certificate in dict.fromkeys(context.chain.certificates[1:]):
        ends = certificate.facts.not_after
        if ends is None or context.at <= ends or not context.is_cross_sign(certificate):
            continue
        past = [
            one for one in context.verdicts if one.ok and certificate.fingerprint not in one.path
        ]
        if past:
            yield Finding(
                "finding.past_expired_cross_sign",
                Level.INFO,
                FindingKind.INFO,
                {
                    "host": context.host,
                    "subject": certificate.facts.name,
                    "profiles": profile_ids(past),
                },
                source="RFC 5280 6.1",
            )


CHECK = Check(_run, _TEXTS)
