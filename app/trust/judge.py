"""Would clients of a profile connect, why not, until when: verdicts without I/O or clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.certificates import Examination, Look, Reason, Verdict
from app.trust import hostnames
from app.trust.case import Case
from app.trust.certificate import Certificate
from app.trust.chain import Chain, read_chain
from app.trust.checks import find
from app.trust.paths import BUILDERS, Outcome, Paths
from app.trust.profiles import Profile
from app.trust.stores import Store

__all__ = ["WARN_DAYS", "examine", "judge"]

WARN_DAYS = 21
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(chain: Chain, *, host: str, at: datetime, profile: Profile) -> Verdict:
    """What clients of `profile` make of `chain` when they want `host` at `at` (whole seconds
    count). Never raises for any chain.

    Path problems come before a host name that does not match: HOST_MISMATCH means that all else
    is well. `until` is exact: verdicts change only at the edges of validity of the certificates
    that can take part, and just these are tried.

    MISSING_INTERMEDIATE instead of ISSUER_UNKNOWN says that the chain has a gap: nothing served
    issued the leaf, or the path breaks off while another served certificate leads on to one of
    the profile's roots. A chain that is whole but for an unknown root is ISSUER_UNKNOWN.
    """
    return _judge(chain, host=host, at=at, profile=profile)[0]


def examine(
    seen: Chain | Look,
    *,
    at: datetime,
    profiles: Iterable[Profile],
    host: str | None = None,
    warn_days: int = WARN_DAYS,
) -> Examination:
    """What was seen means for each profile, with findings, loudest first. Never raises for any
    chain. `host` may be left out for a Look, which names its own; a Look that failed gives its
    failure, and verdicts only when certificates came before it did.
    """
    failure = seen.failure if isinstance(seen, Look) else None
    chain = read_chain(seen.certificates) if isinstance(seen, Look) else seen
    wanted = host if host is not None else seen.host if isinstance(seen, Look) else ""
    if failure is not None and not chain.certificates:
        return Examination(wanted, at, (), (), (), failure)
    judged = tuple(profiles)
    results = [_judge(chain, host=wanted, at=at, profile=profile) for profile in judged]
    case = Case(
        host=wanted,
        at=at,
        chain=chain,
        profiles=judged,
        verdicts=tuple(verdict for verdict, _ in results),
        warn_days=warn_days,
        gave_up=any(exhausted for _, exhausted in results),
    )
    return Examination(wanted, at, chain.facts, case.verdicts, find(case), failure)


def _judge(chain: Chain, *, host: str, at: datetime, profile: Profile) -> tuple[Verdict, bool]:
    leaf = chain.leaf
    verdict = Verdict(profile.id, profile.tier, Reason.NO_CERTIFICATE)
    if leaf is None:
        return verdict, False
    if leaf.malformed or not leaf.extensions.readable:
        return replace(verdict, reason=Reason.MALFORMED, culprit=leaf.facts), False
    paths = BUILDERS[profile.builder](chain, profile.store, profile.tolerances)
    second = _second(at)
    outcome = _named(paths.at(second), chain, profile.store)
    if outcome.reason is Reason.OK and not hostnames.matches(host, leaf):
        outcome = replace(outcome, reason=Reason.HOST_MISMATCH, culprit=leaf)
    verdict = replace(
        verdict,
        reason=outcome.reason,
        culprit=outcome.culprit.facts if outcome.culprit else None,
        path=tuple(certificate.fingerprint for certificate in outcome.path),
    )
    if outcome.reason is Reason.OK:
        verdict = _until(verdict, paths, second)
    return verdict, paths.exhausted


def _until(verdict: Verdict, paths: Paths, second: int) -> Verdict:
    for edge in sorted(paths.edges()):
        if edge <= second:
            continue
        outcome = paths.at(edge)
        if outcome.reason is not Reason.OK:
            culprit = outcome.culprit.facts if outcome.culprit else None
            return replace(verdict, until=_instant(edge), until_culprit=culprit)
    return verdict


def _named(outcome: Outcome, chain: Chain, store: Store) -> Outcome:
    """The outcome with a gap in the chain called by its name."""
    if outcome.reason is Reason.ISSUER_UNKNOWN and _has_gap(outcome.path, chain, store):
        return replace(outcome, reason=Reason.MISSING_INTERMEDIATE)
    return outcome


def _has_gap(path: tuple[Certificate, ...], chain: Chain, store: Store) -> bool:
    if len(path) == 1:
        return True
    rest = (certificate for certificate in chain.certificates if certificate not in path)
    return any(
        certificate.extensions.is_ca and bool(store.named(certificate.issuer))
        for certificate in rest
    )


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


def _instant(second: int) -> datetime | None:
    # A certificate that is valid until the last second of the year 9999 never ends for us.
    try:
        return _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
