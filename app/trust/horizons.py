"""Horizons of a chain: its exact breaks for each client profile, with and without renewal."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.certificates.findings import CertificateFacts, Reason, Verdict
from app.domain.certificates.horizon import Break, BreakKind, Horizon
from app.trust.clients.profiles import Profile
from app.trust.judge import judge
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = ["cross_signs", "horizons"]


def horizons(
    chain: Chain,
    *,
    host: str,
    at: datetime,
    profiles: Iterable[Profile],
    known: tuple[Certificate, ...] = (),
) -> tuple[Horizon, ...]:
    """Compute the horizon of each profile, in the order of the profiles.

    `known` are intermediates that clients which fetch issuers have. Never raises for any chain.
    """
    judged = tuple(profiles)
    crossed = {certificate.fingerprint for certificate in cross_signs(chain, judged)}
    found = []
    for profile in judged:
        now = judge(chain, host=host, at=at, profile=profile, known=known)
        renewed = judge(chain, host=host, at=at, profile=profile, known=known, renewed=True)
        found.append(
            Horizon(
                profile.id,
                profile.tier,
                now.reason,
                _break(now, at, chain, crossed),
                _break(renewed, at, chain, crossed),
            )
        )
    return tuple(found)


def cross_signs(chain: Chain, profiles: Iterable[Profile]) -> tuple[Certificate, ...]:
    """Return the served certificates with the name of a profile's root but another issuer."""
    stores = {id(profile.store): profile.store for profile in profiles}.values()
    return tuple(
        certificate
        for certificate in chain.certificates[1:]
        if certificate.subject
        and not certificate.self_issued
        and any(store.named(certificate.subject) for store in stores)
    )


def _break(verdict: Verdict, at: datetime, chain: Chain, crossed: set[str]) -> Break | None:
    if not verdict.ok:
        kind = _kind(verdict.reason, verdict.blamed_certificate, chain, crossed)
        return Break(at, verdict.reason, kind, verdict.blamed_certificate)
    if verdict.until is None or verdict.until_reason is None:
        return None
    kind = _kind(verdict.until_reason, verdict.until_blamed_certificate, chain, crossed)
    return Break(verdict.until, verdict.until_reason, kind, verdict.until_blamed_certificate)


def _kind(
    reason: Reason, blamed: CertificateFacts | None, chain: Chain, crossed: set[str]
) -> BreakKind:
    leaf = chain.leaf
    if reason is Reason.DISTRUSTED:
        return BreakKind.PROGRAMME
    if blamed is None or leaf is None or blamed.fingerprint == leaf.fingerprint:
        return BreakKind.LEAF
    if blamed.subject == blamed.issuer:
        return BreakKind.ROOT
    return BreakKind.CROSS_SIGN if blamed.fingerprint in crossed else BreakKind.INTERMEDIATE
