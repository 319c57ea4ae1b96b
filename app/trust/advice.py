"""Advice: other chains for the present leaf, with the profiles gained and lost by each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from app.domain.certificates.findings import Tier
from app.domain.certificates.horizon import Advice, Horizon
from app.domain.texts.phrases import N_
from app.trust.clients.profiles import Profile
from app.trust.horizons import cross_signs, horizons
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import MAX_CERTIFICATES, Chain
from app.trust.x509.issuance import SignatureChecker, key_ids_agree

__all__ = ["ADVICE_TEXTS", "advise"]

# A break further away is not worth serving another chain for yet.
_WITHIN = timedelta(days=400)
# Each variant is judged for every profile, which bounds the time that a hostile chain can cost.
_MOST_VARIANTS = 12
_NEVER = datetime.max.replace(tzinfo=UTC)

ADVICE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # Translators: “Can” is: will be able to, once it is done.
        "advice.leave_out": N_(
            "If %(host)s no longer serves “%(subject)s”, these clients can connect: %(gained)s."
        ),
        # Translators: “Can” is: will be able to, once it is done.
        "advice.leave_out_at_a_cost": N_(
            "If %(host)s no longer serves “%(subject)s”, these clients can connect: %(gained)s. "
            "These clients can then no longer connect: %(lost)s."
        ),
        # Translators: “Can” is: will be able to, once it is done.
        "advice.serve_also": N_(
            "If %(host)s also serves “%(subject)s”, issued by “%(issuer)s”, these clients can "
            "connect: %(gained)s."
        ),
        # Translators: “Can” is: will be able to, once it is done.
        "advice.serve_also_at_a_cost": N_(
            "If %(host)s also serves “%(subject)s”, issued by “%(issuer)s”, these clients can "
            "connect: %(gained)s. These clients can then no longer connect: %(lost)s."
        ),
        # Translators: “Can” is: will be able to, once it is done.
        "advice.serve_in_order": N_(
            "If %(host)s serves its certificates in order, its own first and each before its "
            "issuer, these clients can connect: %(gained)s."
        ),
        # Translators: “Can” is: will be able to, once it is done.
        "advice.serve_in_order_at_a_cost": N_(
            "If %(host)s serves its certificates in order, its own first and each before its "
            "issuer, these clients can connect: %(gained)s. These clients can then no "
            "longer connect: %(lost)s."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class _Variant:
    """A chain that could be served instead, and the code of the advice to serve it."""

    code: str
    chain: tuple[Certificate, ...]
    about: Certificate | None = None


def advise(
    chain: Chain,
    *,
    host: str,
    at: datetime,
    profiles: Iterable[Profile],
    known: tuple[Certificate, ...] = (),
) -> tuple[Advice, ...]:
    """Return chains that spare clients a break within 400 days that renewal does not cure, best
    first.

    `known` are certificates that could be served besides: intermediates and cross-signs seen
    elsewhere. Never raises for any chain.
    """
    judged = tuple(profiles)
    if chain.leaf is None or chain.leaf.malformed:
        return ()
    base = horizons(chain, host=host, at=at, profiles=judged, known=known)
    found = []
    for variant in _distinct(_variants(chain, judged, known), chain):
        other = Chain(variant.chain)
        then = horizons(other, host=host, at=at, profiles=judged, known=known)
        advice = _compared(variant, base, then, host, at)
        if advice is not None:
            found.append(advice)
    tiers = {profile.id: profile.tier for profile in judged}
    return tuple(sorted(found, key=lambda advice: _worth(advice, tiers), reverse=True))


def _distinct(variants: Iterable[_Variant], chain: Chain) -> list[_Variant]:
    distinct = {
        variant.chain: variant for variant in variants if variant.chain != chain.certificates
    }
    return list(distinct.values())[:_MOST_VARIANTS]


def _variants(
    chain: Chain, profiles: tuple[Profile, ...], known: tuple[Certificate, ...]
) -> Iterator[_Variant]:
    served, signatures = chain.certificates, SignatureChecker()
    for cross in cross_signs(chain, profiles):
        yield _Variant("advice.leave_out", served[: served.index(cross)], cross)
    yield _Variant("advice.serve_in_order", _in_order(served, signatures))
    for candidate in dict.fromkeys(known):
        below = _issued(candidate, served, signatures)
        if below is None or candidate in served or candidate.self_issued:
            continue
        upwards = _rising(candidate, known, signatures)
        longer = (*served[: served.index(below) + 1], *upwards)
        yield _Variant("advice.serve_also", longer[:MAX_CERTIFICATES], candidate)


def _in_order(
    served: tuple[Certificate, ...], signatures: SignatureChecker
) -> tuple[Certificate, ...]:
    """Return the leaf, its issuer, and so on, as far as served certificates lead."""
    ordered = [served[0]]
    while (issuer := _issuer(ordered[-1], served, signatures)) and issuer not in ordered:
        ordered.append(issuer)
    return tuple(ordered)


def _rising(
    start: Certificate, known: tuple[Certificate, ...], signatures: SignatureChecker
) -> tuple[Certificate, ...]:
    return _in_order((start, *(one for one in known if not one.self_issued)), signatures)


def _issuer(
    child: Certificate, among: Iterable[Certificate], signatures: SignatureChecker
) -> Certificate | None:
    return next((one for one in among if one != child and _links(child, one, signatures)), None)


def _issued(
    issuer: Certificate, among: Iterable[Certificate], signatures: SignatureChecker
) -> Certificate | None:
    return next((one for one in among if one != issuer and _links(one, issuer, signatures)), None)


def _links(child: Certificate, issuer: Certificate, signatures: SignatureChecker) -> bool:
    named = bool(child.issuer) and child.issuer == issuer.subject and not child.self_issued
    return named and key_ids_agree(child, issuer) and signatures.verifies(child, issuer)


def _compared(
    variant: _Variant,
    base: tuple[Horizon, ...],
    then: tuple[Horizon, ...],
    host: str,
    at: datetime,
) -> Advice | None:
    gained, lost = [], []
    for before, after in zip(base, then, strict=True):
        old, new = (one.lasting.at if one.lasting else _NEVER for one in (before, after))
        if old - at <= _WITHIN and new > old:
            gained.append(before.profile)
        elif new - at <= _WITHIN and new < old:
            lost.append(before.profile)
    if not gained:
        return None
    params = {"host": host, "gained": ", ".join(gained), "lost": ", ".join(lost)}
    if variant.about is not None:
        facts = variant.about.facts
        params |= {"subject": facts.name, "issuer": facts.issuer}
    return Advice(
        f"{variant.code}_at_a_cost" if lost else variant.code,
        params,
        tuple(certificate.fingerprint for certificate in variant.chain),
        tuple(gained),
        tuple(lost),
    )


def _worth(advice: Advice, tiers: Mapping[str, Tier]) -> tuple[int, int]:
    def current(names: tuple[str, ...]) -> int:
        return sum(tiers[name] is Tier.CURRENT for name in names)

    return current(advice.gained) - current(advice.lost), len(advice.gained) - len(advice.lost)
