"""Would clients of a profile connect, why not, until when: verdicts without I/O or clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.certificates.findings import (
    CertificateFacts,
    Examination,
    ProbeResult,
    Reason,
    Verdict,
)
from app.trust.check_context import CheckContext
from app.trust.checks import find
from app.trust.clients.profiles import Profile
from app.trust.timeline import Timeline, timeline
from app.trust.x509 import hostnames
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain, read_chain

__all__ = ["WARN_DAYS", "examine", "judge", "open_case"]

WARN_DAYS = 21
_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(
    chain: Chain,
    *,
    host: str,
    at: datetime,
    profile: Profile,
    known: tuple[Certificate, ...] = (),
    renewed: bool = False,
) -> Verdict:
    """What clients of `profile` make of `chain` when they want `host` at `at` (whole seconds
    count). Never raises for any chain.

    Path problems come before a host name that does not match: HOST_MISMATCH means that all else
    is well. `until` is exact: verdicts change only at the edges of validity of the certificates
    that can take part and on programme dates, and just these are tried.

    `known` are intermediates that were not served; clients that fetch issuers have them. With
    `renewed` the leaf is taken as issued anew on the day of `at` and renewed in time ever after:
    what is bad then, and until when it is good, no renewal cures.

    MISSING_INTERMEDIATE instead of ISSUER_UNKNOWN says that the chain has a gap: nothing served
    issued the leaf, or the path breaks off while another served certificate leads on to one of
    the profile's roots. A chain that is whole but for an unknown root is ISSUER_UNKNOWN.
    """
    return _judge(_held(chain, profile, known), host, at, profile, renewed=renewed)[0]


def examine(
    seen: Chain | ProbeResult,
    *,
    at: datetime,
    profiles: Iterable[Profile],
    host: str | None = None,
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> Examination:
    """What was seen means for each profile, with findings, loudest first. Never raises for any
    chain. `host` may be left out for a Look, which names its own; a Look that failed gives its
    failure, and verdicts only when certificates came before it did. `known`: see `judge`.
    """
    look = seen if isinstance(seen, ProbeResult) else None
    failure = look.failure if look else None
    wanted = host if host is not None else look.host if look else ""
    case = open_case(
        seen, host=wanted, at=at, profiles=tuple(profiles), warn_days=warn_days, known=known
    )
    if failure is not None and not case.chain.certificates:
        return Examination(wanted, at, (), (), (), failure)
    address = look.address if look else ""
    return Examination(wanted, at, case.chain.facts, case.verdicts, find(case), failure, address)


def open_case(
    seen: Chain | ProbeResult,
    *,
    host: str,
    at: datetime,
    profiles: tuple[Profile, ...],
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> CheckContext:
    """The case that the checks look at: the chain with its verdicts. See `examine`."""
    chain = read_chain(seen.certificates) if isinstance(seen, ProbeResult) else seen
    results = [_judge(_held(chain, one, known), host, at, one) for one in profiles]
    return CheckContext(
        host=host,
        at=at,
        chain=chain,
        profiles=profiles,
        verdicts=tuple(verdict for verdict, _ in results),
        warn_days=warn_days,
        gave_up=any(exhausted for _, exhausted in results),
        lasting=tuple(
            _judge(_held(chain, one, known), host, at, one, renewed=True)[0] for one in profiles
        ),
        look=seen if isinstance(seen, ProbeResult) else None,
        known=known,
    )


def _held(chain: Chain, profile: Profile, known: tuple[Certificate, ...]) -> Chain:
    fetches = bool(known) and profile.tolerances.fetches_issuers
    return replace(chain, known=known) if fetches else chain


def _judge(
    chain: Chain, host: str, at: datetime, profile: Profile, *, renewed: bool = False
) -> tuple[Verdict, bool]:
    leaf = chain.leaf
    if leaf is None:
        return Verdict(profile.id, profile.tier, Reason.NO_CERTIFICATE), False
    if leaf.malformed or not leaf.extensions.readable:
        return Verdict(profile.id, profile.tier, Reason.MALFORMED, leaf.facts), False
    second = _second(at)
    issued = second - second % _DAY if renewed else None
    times = timeline(chain, profile.store, profile.builder, profile.tolerances, renewed_on=issued)
    outcome = times.at(second)
    path = tuple([certificate.fingerprint for certificate in outcome.path])
    if outcome.reason is Reason.OK and not hostnames.matches(host, leaf):
        outcome = replace(outcome, reason=Reason.HOST_MISMATCH, culprit=leaf)
    if outcome.reason is not Reason.OK:
        blamed = outcome.culprit.facts if outcome.culprit else None
        return Verdict(profile.id, profile.tier, outcome.reason, blamed, path), times.exhausted
    until, culprit, reason = _horizon(times, second)
    ok = Verdict(profile.id, profile.tier, Reason.OK, None, path, until, culprit, reason)
    return ok, times.exhausted


def _horizon(
    times: Timeline, second: int
) -> tuple[datetime | None, CertificateFacts | None, Reason | None]:
    broken = times.break_after(second)
    until = _instant(broken[0]) if broken else None
    if broken is None or until is None:
        return None, None, None
    outcome = broken[1]
    return until, outcome.culprit.facts if outcome.culprit else None, outcome.reason


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


def _instant(second: int) -> datetime | None:
    # A certificate that is valid until the last second of the year 9999 never ends for us.
    try:
        return _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
