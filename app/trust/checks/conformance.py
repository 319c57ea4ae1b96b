"""Check: certificates that break rules of RFC 5280 or of the Baseline Requirements.

Where no judged client refuses the certificate for it, a broken rule is information: a warning if
current browsers refuse the certificate and no judged profile stands for them.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import (
    CertificateFacts,
    Finding,
    FindingKind,
    Level,
    Reason,
    Verdict,
)
from app.domain.texts.phrases import N_
from app.trust.check_context import Check, CheckContext, FindingText, finding_level, profile_ids
from app.trust.clients.profiles import BROWSERS, Profile, shipped_profiles
from app.trust.conformance import CRITICAL_EXTENSION, REQUIRED_POLICY, RULES, PathRole, broken_rules
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_REISSUE = N_(
    "Have the certificate issued anew by an authority that keeps to RFC 5280; the documentation "
    "describes each rule."
)
_TEXTS = {
    "finding.not_conforming": FindingText(
        # Translators: To enforce a rule is to refuse what breaks it, not to demand it.
        N_(
            "These clients refuse the certificate “%(subject)s” in the chain that %(host)s serves, "
            "because it breaks rules that they enforce (%(rules)s): %(profiles)s."
        ),
        remedy=_REISSUE,
    ),
    "finding.rules_not_enforced": FindingText(
        # Translators: To enforce a rule is to refuse what breaks it, not to demand it.
        N_(
            "The certificate “%(subject)s” in the chain that %(host)s serves breaks rules that "
            "these clients do not enforce: %(rules)s."
        ),
        remedy=_REISSUE,
    ),
}


# Authorities of one's own often leave the first ones out, and nearly all clients do without.
_USUAL = frozenset(
    {
        *("authority_key_id_missing", "key_usage_missing", "subject_key_id_missing"),
        # Authorities of long ago, which the operator of a server cannot mend.
        "issuing_purposes",
        # These have a finding of their own.
        *("ec_parameters", "path_length_use", "repeated_extensions"),
    }
)
# Where a certificate is refused because it cannot be read, that says it all.
_ENCODING = _USUAL | {"alt_name_text", "encoding"}


def _run(context: CheckContext) -> Iterator[Finding]:
    refused = context.by_blamed_certificate(context.refused(Reason.NOT_CONFORMING))
    for blamed, over in refused:
        yield _refused(context, blamed, over)
    named = {blamed.fingerprint for blamed, _ in refused}
    for certificate in dict.fromkeys(context.chain.certificates):
        broken = broken_rules(certificate, _role(context, certificate))
        unread = context.refused(Reason.MALFORMED, certificate=certificate)
        left_out = _ENCODING if unread else _USUAL
        if context.refused(Reason.UNKNOWN_EXTENSION, certificate=certificate):
            left_out |= {CRITICAL_EXTENSION}
        rules = [rule for rule in broken if rule not in left_out]
        if rules and certificate.fingerprint not in named:
            params = {
                "host": context.host,
                "subject": certificate.facts.name,
                "rules": ", ".join(rules),
            }
            yield Finding(
                "finding.rules_not_enforced",
                _level(context, rules),
                FindingKind.INFO,
                params,
                source=_sources(rules),
            )


def _level(context: CheckContext, rules: list[str]) -> Level:
    if any(profile.id == BROWSERS for profile in context.profiles):
        return Level.INFO
    enforced = {*shipped_profiles()[BROWSERS].tolerances.enforced_rules, CRITICAL_EXTENSION}
    return Level.INFO if enforced.isdisjoint(rules) else Level.WARNING


def _refused(context: CheckContext, blamed: CertificateFacts, over: list[Verdict]) -> Finding:
    ids = {verdict.profile for verdict in over}
    profiles = [profile for profile in context.profiles if profile.id in ids]
    enforced = {rule for profile in profiles for rule in profile.tolerances.enforced_rules}
    rules = [rule for rule in _broken(context, blamed, profiles) if rule in enforced]
    rules = rules or [REQUIRED_POLICY]
    return Finding(
        "finding.not_conforming",
        finding_level(over),
        FindingKind.FACT,
        {
            "host": context.host,
            "subject": blamed.name,
            "rules": ", ".join(rules),
            "profiles": profile_ids(over),
        },
        source=_sources(rules),
    )


def _broken(
    context: CheckContext, blamed: CertificateFacts, profiles: list[Profile]
) -> tuple[str, ...]:
    anchors = (anchor for profile in profiles for anchor in profile.store.anchors)
    for certificate in (*context.chain.certificates, *context.known, *anchors):
        if certificate.fingerprint == blamed.fingerprint:
            return broken_rules(certificate, _role(context, certificate))
    return ()


def _role(context: CheckContext, certificate: Certificate) -> PathRole:
    if certificate == context.chain.leaf:
        return PathRole.LEAF
    if certificate.self_issued:
        return PathRole.ROOT
    # The leaf of another server, or one that was served after its issuer, issues nothing.
    return PathRole.INTERMEDIATE if certificate.extensions.is_ca else PathRole.LEAF


def _sources(rules: list[str]) -> str:
    return ", ".join(dict.fromkeys(RULES[rule].source for rule in rules))


CHECK = Check(_run, _TEXTS)
