"""Check: bytes in the chain that are no certificate, and extensions that break the rules.

An extension that no judged client needs is information: clients pass over it and connect.
"""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level, Reason
from app.domain.texts.phrases import N_
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
    Params,
    finding_level,
    profile_ids,
)
from app.trust.remedies import RELOAD_FILES
from app.trust.x509.certificate import Certificate

__all__ = ["CHECK"]

_TEXTS = {
    "finding.malformed": FindingText(
        N_("Certificate number %(position)s that %(host)s serves cannot be read."),
        remedy=RELOAD_FILES,
    ),
    "finding.unreadable_extensions": FindingText(
        N_(
            "These clients refuse the certificate “%(subject)s” that %(host)s serves, because they "
            "cannot read its extensions %(extensions)s: %(profiles)s."
        ),
        remedy=N_("Have the certificate issued anew by an authority that encodes it correctly."),
    ),
    "finding.odd_extensions": FindingText(
        N_(
            "The certificate “%(subject)s” that %(host)s serves has extensions that break the "
            "rules, and clients accept it all the same: %(extensions)s."
        ),
        remedy=N_("Report the fault to the authority, so that the next certificate is correct."),
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    for position, certificate in enumerate(context.chain.certificates, start=1):
        unreadable = certificate.not_der and context.refused(
            Reason.MALFORMED, certificate=certificate
        )
        if certificate.malformed or unreadable:
            level = Level.ERROR if position == 1 else Level.WARNING
            params: Params = {"host": context.host, "position": position, "subject": ""}
            yield Finding(
                "finding.malformed", level, FindingKind.FACT, params, source="RFC 5280 4.1"
            )
    for certificate in dict.fromkeys(context.chain.certificates):
        if names := _faulty_extensions(certificate):
            yield _faulty(context, certificate, names)


def _faulty_extensions(certificate: Certificate) -> str:
    found = certificate.extensions
    faulty = (*found.unreadable, *found.not_der, *found.repeated, *found.odd)
    return ", ".join(dict.fromkeys(faulty))


def _faulty(context: CheckContext, certificate: Certificate, names: str) -> Finding:
    over = context.refused(Reason.MALFORMED, certificate=certificate)
    return Finding(
        "finding.unreadable_extensions" if over else "finding.odd_extensions",
        finding_level(over),
        FindingKind.FACT if over else FindingKind.INFO,
        {
            "host": context.host,
            "subject": certificate.facts.name,
            "extensions": names,
            "profiles": profile_ids(over),
        },
        source="RFC 5280 4.2",
    )


CHECK = Check(_run, _TEXTS)
