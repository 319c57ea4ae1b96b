"""Check: a certificate that was issued for another host name, or for an address as a DNS name."""

from collections.abc import Iterator

from app.domain.certificates.displayed_names import display_name
from app.domain.certificates.findings import Finding, FindingKind, Level, Reason
from app.domain.texts.phrases import N_
from app.host_names import ip_literal
from app.trust.check_context import (
    Check,
    CheckContext,
    FindingText,
)
from app.trust.remedies import OWN_FIRST, REISSUE_FOR_NAME
from app.trust.x509.certificate import Certificate
from app.trust.x509.hostnames import RFC9525, matches
from app.trust.x509.issuance import may_issue

__all__ = ["CHECK"]

_SHOWN = 5

_NAMES_NO_HOST = N_(
    "The certificate “%(subject)s” names no host, so it is not for %(host)s; a common name does "
    "not count."
)
_TEXTS = {
    "finding.host_mismatch": FindingText(
        N_("The certificate “%(subject)s” is not for %(host)s but for %(names)s."),
        remedy=REISSUE_FOR_NAME,
    ),
    "finding.no_host_name": FindingText(
        _NAMES_NO_HOST,
        remedy=REISSUE_FOR_NAME,
    ),
    # The server's own certificate is missing, or it comes after this one of an authority.
    "finding.authority_first": FindingText(_NAMES_NO_HOST, remedy=OWN_FIRST),
    "finding.address_as_dns_name": FindingText(
        N_(
            "The certificate “%(subject)s” lists the address %(host)s as a DNS name, and clients "
            "compare an address only with entries for IP addresses."
        ),
        remedy=N_(
            "Have a certificate issued that lists the address in subjectAltName as an IP address: "
            "IP:192.0.2.10, not DNS:192.0.2.10."
        ),
    ),
}


def _run(context: CheckContext) -> Iterator[Finding]:
    leaf = context.chain.leaf
    if leaf is None or leaf.malformed or not _mismatches(context, leaf):
        return
    if "subjectAltName" in leaf.extensions.unreadable:
        return  # the check of malformed certificates reports it
    if any(_issued(leaf, one) and matches(context.host, one) for one in context.chain.certificates):
        return  # the check of the order reports it
    names = _names(leaf)
    nameless = "finding.authority_first" if leaf.extensions.is_ca else "finding.no_host_name"
    code = "finding.host_mismatch" if names else nameless
    if _is_listed_as_dns_name(context.host, leaf):
        code = "finding.address_as_dns_name"
    # Where judged clients accept a name that RFC 9525 does not let count, browsers still refuse it.
    accepted = any(verdict.ok for verdict in context.verdicts)
    only_browsers = accepted and not context.refused(Reason.HOST_MISMATCH)
    yield Finding(
        code,
        Level.WARNING if only_browsers else Level.ERROR,
        FindingKind.FACT,
        {"host": context.host, "subject": leaf.facts.name, "names": names},
        source="RFC 9525 6",
    )


def _mismatches(context: CheckContext, leaf: Certificate) -> bool:
    rules = {profile.tolerances.host_rules for profile in context.profiles} | {RFC9525}
    return not all(matches(context.host, leaf, one) for one in rules)


def _issued(leaf: Certificate, other: Certificate) -> bool:
    return not other.malformed and other != leaf and may_issue(other, leaf)


def _is_listed_as_dns_name(host: str, leaf: Certificate) -> bool:
    address = ip_literal(host)
    return address is not None and any(
        ip_literal(name) == address for name in leaf.extensions.dns_names
    )


def _names(leaf: Certificate) -> str:
    found = [*leaf.extensions.dns_names, *map(str, leaf.extensions.ip_addresses)]
    shown = ", ".join(display_name(name) for name in found[:_SHOWN])
    return f"{shown}, …" if len(found) > _SHOWN else shown


CHECK = Check(_run, _TEXTS)
