"""Clients that connect only because they find a way past an expired cross-sign.

That is how it is meant to be when a cross-sign was left to run out on purpose, so it is
information; those who do not find the way are told of by issuer_validity and root_validity.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.domain.phrases import N_
from app.trust.check_context import Check, CheckContext, profile_ids

__all__ = ["CHECK"]

_TEXTS = {
    "finding.past_expired_cross_sign": N_(
        "These clients connect to %(host)s only because they find a way past the expired "
        "cross-sign “%(subject)s”: %(profiles)s."
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for certificate in dict.fromkeys(context.chain.certificates[1:]):
        ends = certificate.facts.not_after
        if ends is None or context.at <= ends or not context.is_cross_sign(certificate):
            continue
        past = [one for one in context.verdicts if one.ok and certificate.fingerprint not in one.path]
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
