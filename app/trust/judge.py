"""Judgement of one chain for one client profile: verdicts, without I/O and without a clock."""

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
from app.trust.checks import run_checks
from app.trust.clients.profiles import Profile
from app.trust.paths.rules import encoding_fault
from app.trust.shared_timelines import LeafTimeline, timeline
from app.trust.timeline import Timeline
from app.trust.x509 import hostnames
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain, read_chain

__all__ = ["WARN_DAYS", "examine", "judge", "make_context"]

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
    """Return the verdict of clients of `profile` that connect to `host` at `at`.

    Whole seconds count. Never raises for any chain.

    HOST_MISMATCH means that the path is valid: path faults have precedence. `until` is exact:
    verdicts change only where the validity of a certificate that can take part begins or ends and
    on dates of root programmes, and exactly these instants are tried.

    `known` are intermediates that were not served but that clients which fetch issuers have. With
    `renewed` the leaf is taken as issued on the day of `at` and renewed in time from then on, so
    that only faults remain which no renewal cures.

    MISSING_INTERMEDIATE instead of ISSUER_UNKNOWN means that the chain has a gap: no served
    certificate issued the leaf, or the path ends although another served certificate leads on to
    one of the profile's roots.
    """
    return _judge(_with_known(chain, profile, known), host, at, profile, renewed=renewed)[0]


def examine(
    subject: Chain | ProbeResult,
    *,
    at: datetime,
    profiles: Iterable[Profile],
    host: str | None = None,
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> Examination:
    """Judge a chain or a probe result for each profile. Never raises for any chain.

    `host` may be left out for a probe result, which has its own. A failed probe gives its failure,
    and verdicts only when certificates were received before it failed. `known`: see `judge`.
    """
    result = subject if isinstance(subject, ProbeResult) else None
    failure = result.failure if result else None
    name = host if host is not None else result.host if result else ""
    context = make_context(
        subject, host=name, at=at, profiles=tuple(profiles), warn_days=warn_days, known=known
    )
    if failure is not None and not context.chain.certificates:
        return Examination(name, at, (), (), (), failure)
    address = result.address if result else ""
    findings = run_checks(context)
    return Examination(name, at, context.chain.facts, context.verdicts, findings, failure, address)


def make_context(
    subject: Chain | ProbeResult,
    *,
    host: str,
    at: datetime,
    profiles: tuple[Profile, ...],
    warn_days: int = WARN_DAYS,
    known: tuple[Certificate, ...] = (),
) -> CheckContext:
    """Return the input of the checks: the chain with its verdicts for all profiles."""
    chain = read_chain(subject.certificates) if isinstance(subject, ProbeResult) else subject
    judged = [_judge(_with_known(chain, one, known), host, at, one) for one in profiles]
    return CheckContext(
        host=host,
        at=at,
        chain=chain,
        profiles=profiles,
        verdicts=tuple(verdict for verdict, _ in judged),
        warn_days=warn_days,
        search_exhausted=any(exhausted for _, exhausted in judged),
        lasting=tuple(
            _judge(_with_known(chain, one, known), host, at, one, renewed=True)[0]
            for one in profiles
        ),
        result=subject if isinstance(subject, ProbeResult) else None,
        known=known,
    )


def _with_known(chain: Chain, profile: Profile, known: tuple[Certificate, ...]) -> Chain:
    fetches = bool(known) and profile.tolerances.fetches_issuers
    return replace(chain, known=known) if fetches else chain


def _judge(
    chain: Chain, host: str, at: datetime, profile: Profile, *, renewed: bool = False
) -> tuple[Verdict, bool]:
    """Return the verdict, and whether the search for paths was cut short by its budget."""
    leaf = chain.leaf
    if leaf is None:
        return Verdict(profile.id, profile.tier, Reason.NO_CERTIFICATE), False
    if leaf.malformed or encoding_fault(leaf, profile.tolerances):
        return Verdict(profile.id, profile.tier, Reason.MALFORMED, leaf.facts), False
    second = _second(at)
    issued = second - second % _DAY if renewed else None
    times = timeline(chain, profile.store, profile.builder, profile.tolerances, renewed_on=issued)
    outcome = times.at(second)
    path = tuple([certificate.fingerprint for certificate in outcome.path])
    if outcome.reason is Reason.OK and not hostnames.matches(
        host, leaf, profile.tolerances.host_rules
    ):
        outcome = replace(outcome, reason=Reason.HOST_MISMATCH, blamed_certificate=leaf)
    if outcome.reason is not Reason.OK:
        blamed = outcome.blamed_certificate.facts if outcome.blamed_certificate else None
        return Verdict(profile.id, profile.tier, outcome.reason, blamed, path), times.exhausted
    until, blamed, reason = _next_break(times, second)
    verdict = Verdict(profile.id, profile.tier, Reason.OK, None, path, until, blamed, reason)
    return verdict, times.exhausted


def _next_break(
    times: Timeline | LeafTimeline, second: int
) -> tuple[datetime | None, CertificateFacts | None, Reason | None]:
    found = times.break_after(second)
    until = _instant(found[0]) if found else None
    if found is None or until is None:
        return None, None, None
    outcome = found[1]
    return (
        until,
        outcome.blamed_certificate.facts if outcome.blamed_certificate else None,
        outcome.reason,
    )


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


def _instant(second: int) -> datetime | None:
    # notAfter 9999-12-31T23:59:59Z stands for "no expiry" (RFC 5280 section 4.1.2.5); the second
    # after it is beyond datetime's range.
    try:
        return _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
