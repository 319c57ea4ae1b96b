"""Differences between two chains that were served one after the other."""

from collections.abc import Iterator

from app.domain.certificates.findings import Finding, FindingKind, Level
from app.trust.check_context import Params
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = ["changes"]

_SHOWN = 5


def changes(before: Chain, after: Chain, *, host: str) -> tuple[Finding, ...]:
    """Return the differences between two chains, those of the leaf first; empty when they are
    equal.

    A served certificate above the leaf's issuer that another authority signed counts as a
    cross-sign.
    """
    if before.certificates == after.certificates:
        return ()
    found = [*_leaf_changes(before.leaf, after.leaf, host), *_rest_changes(before, after)]
    if not found and set(before.certificates) == set(after.certificates):
        found = [_change("change.order")]
    return tuple(found)


def _leaf_changes(old: Certificate | None, new: Certificate | None, host: str) -> Iterator[Finding]:
    if old is None or new is None:
        if new is not old:
            code = "change.no_certificate" if new is None else "change.first_certificate"
            yield _change(code, host=host)
        return
    if old == new:
        return
    if new.facts.not_after is not None:
        rekeyed = old.key != new.key
        code = "change.renewed_with_new_key" if rekeyed else "change.renewed"
        params: Params = {"host": host, "date": new.facts.not_after}
        yield Finding(code, Level.INFO, FindingKind.INFO, params, source="RFC 5280 4.1")
    if _names(old) != _names(new):
        yield _change("change.names", host=host, before=_names(old), after=_names(new))
    if old.issuer != new.issuer:
        issuers = _issuer(old), _issuer(new)
        yield _change("change.issuer", host=host, before=issuers[0], after=issuers[1])


def _rest_changes(before: Chain, after: Chain) -> Iterator[Finding]:
    old, new = (dict.fromkeys(chain.certificates[1:]) for chain in (before, after))
    for certificate in old:
        if certificate not in new:
            noun = "cross_sign" if _crosses(certificate, before) else "certificate"
            yield _change(f"change.{noun}_gone", subject=_named(certificate))
    for certificate in new:
        if certificate not in old:
            noun = "cross_sign" if _crosses(certificate, after) else "certificate"
            yield _change(f"change.{noun}_new", subject=_named(certificate))


def _crosses(certificate: Certificate, chain: Chain) -> bool:
    """Return whether the certificate is above the leaf's issuer and signed by another authority."""
    leaf = chain.leaf
    direct = leaf is not None and leaf.issuer == certificate.subject
    return not certificate.self_issued and not direct and not certificate.malformed


def _change(code: str, **params: str) -> Finding:
    return Finding(code, Level.INFO, FindingKind.INFO, params, source="RFC 8446 4.4.2")


def _named(certificate: Certificate) -> str:
    return certificate.facts.name or certificate.fingerprint[:16]


def _issuer(certificate: Certificate) -> str:
    # The facts hold the issuer's whole name; the common name alone is short enough for a sentence.
    for part in certificate.facts.issuer.split(","):
        if part.startswith("CN="):
            return part.removeprefix("CN=")
    return certificate.facts.issuer


def _names(certificate: Certificate) -> str:
    found = [*certificate.extensions.dns_names, *map(str, certificate.extensions.ip_addresses)]
    shown = ", ".join(sorted(found)[:_SHOWN])
    return f"{shown}, …" if len(found) > _SHOWN else shown
