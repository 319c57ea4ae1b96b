"""What the checks look at: one chain with its verdicts. And what a check is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.certificates.findings import (
    CertificateFacts,
    Finding,
    Level,
    ProbeResult,
    Reason,
    Tier,
    Verdict,
)
from app.domain.certificates.horizon import WARNING_DAYS
from app.domain.certificates.probe_results import AlternateHandshake, EndpointScan
from app.trust.clients.profiles import Profile
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = [
    "LONG_WARNING",
    "Check",
    "CheckContext",
    "JudgedResult",
    "Params",
    "finding_level",
    "forecast_level",
    "profile_ids",
]

# What nobody mends for the operator is told this long ahead.
LONG_WARNING = timedelta(days=max(WARNING_DAYS))

# Automation renews with a third of the lifetime left (RFC 8555 clients do); only after that is a
# renewal late. For a certificate of six or 47 days the whole warning window would cry wolf.
_RENEWED_WITH = 3

# What a finding knows by name.
Params = dict[str, str | int | datetime]

_DATES = (Reason.EXPIRED, Reason.NOT_YET_VALID)


@dataclass(frozen=True, slots=True)
class JudgedResult:
    """One look of a survey, with what clients make of its chain."""

    result: ProbeResult
    chain: Chain
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One chain, judged for its profiles at one time. `search_exhausted`: a path search ended early.
    `lasting` are the verdicts with the leaf taken as renewed, `look` is how the chain was seen,
    `known` are issuers that were not served but that some clients have.

    Where a whole survey is judged, one of its cases has the `survey`, each address that showed a
    chain, and the second looks that did; the others are about their own chain alone.
    """

    host: str
    at: datetime
    chain: Chain
    profiles: tuple[Profile, ...]
    verdicts: tuple[Verdict, ...]
    warn_days: int
    search_exhausted: bool = False
    lasting: tuple[Verdict, ...] = ()
    result: ProbeResult | None = None
    known: tuple[Certificate, ...] = ()
    scan: EndpointScan | None = None
    addresses: tuple[JudgedResult, ...] = ()
    alternates: Mapping[AlternateHandshake, JudgedResult] = field(default_factory=dict)

    @property
    def window(self) -> timedelta:
        """How far ahead a date is near."""
        return timedelta(days=max(0, self.warn_days))

    def near(self, instant: datetime | None) -> bool:
        """Whether an instant lies ahead, but not beyond the warning window."""
        return instant is not None and timedelta(0) <= instant - self.at <= self.window

    def renewal_is_late(self, leaf: Certificate) -> bool:
        """Whether a leaf that is valid ends soon and should have been renewed by now."""
        starts, ends = leaf.facts.not_before, leaf.facts.not_after
        if starts is None or ends is None or not self.near(ends):
            return False
        return (ends - self.at) * _RENEWED_WITH <= ends - starts

    def refused(self, *reasons: Reason, culprit: Certificate | None = None) -> list[Verdict]:
        """The verdicts with one of these reasons, over this certificate if one is given."""
        found = [verdict for verdict in self.verdicts if verdict.reason in reasons]
        return [v for v in found if culprit is None or _is(v.culprit, culprit)]

    def stopped_by_dates(self, certificate: Certificate) -> list[Verdict]:
        """The verdicts that are bad because this certificate is out of date."""
        return self.refused(*_DATES, culprit=certificate)

    def breaking(self, ahead: timedelta | None = None) -> list[Verdict]:
        """The verdicts that turn bad so far ahead (the warning window, unless said otherwise).
        Where the leaf ends first, what follows once it is renewed counts.
        """
        limit = max(self.window, ahead or timedelta(0))
        found = {}
        for verdict in (*self.lasting, *self.verdicts):
            if verdict.until is not None and verdict.until - self.at <= limit:
                found[verdict.profile, verdict.until_culprit] = verdict
        return list(found.values())

    def ending_soon(
        self, certificate: Certificate, ahead: timedelta | None = None
    ) -> list[Verdict]:
        """The verdicts that this certificate turns bad so far ahead; see `breaking`."""
        return [one for one in self.breaking(ahead) if _is(one.until_culprit, certificate)]

    def by_culprit(
        self, verdicts: Iterable[Verdict]
    ) -> list[tuple[CertificateFacts, list[Verdict]]]:
        """These verdicts by the certificate they blame; those that blame none are left out."""
        groups: dict[CertificateFacts, list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.culprit is not None:
                groups.setdefault(verdict.culprit, []).append(verdict)
        return list(groups.items())

    def is_cross_sign(self, certificate: Certificate) -> bool:
        """Whether a root of some profile has this certificate's name, but another has signed it."""
        return not certificate.self_issued and any(
            profile.store.named(certificate.subject) for profile in self.profiles
        )


def _is(facts: CertificateFacts | None, certificate: Certificate) -> bool:
    return facts is not None and facts.fingerprint == certificate.fingerprint


def finding_level(verdicts: Iterable[Verdict], otherwise: Level = Level.INFO) -> Level:
    """How loud a fault is that these verdicts suffer from; `otherwise` when there are none."""
    tiers = {verdict.tier for verdict in verdicts}
    if Tier.CURRENT in tiers:
        return Level.ERROR
    return Level.WARNING if tiers else otherwise


def forecast_level(verdicts: Iterable[Verdict]) -> Level:
    """How loud a break ahead is that these verdicts will suffer from: never more than a warning."""
    return Level.WARNING if list(verdicts) else Level.INFO


def profile_ids(verdicts: Iterable[Verdict]) -> str:
    """The profiles' ids, for a finding's parameters."""
    return ", ".join(verdict.profile for verdict in verdicts)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to find: `texts` holds the English sentence of each code it may give."""

    run: Callable[[CheckContext], Iterable[Finding]]
    texts: Mapping[str, str]
