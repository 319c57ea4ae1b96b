"""Check context: the input of all checks, one chain with its verdicts, and the type of a check."""

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
from app.domain.certificates.horizon import WARNING_DAYS, renewal_is_late
from app.domain.certificates.probe_results import AlternateHandshake, EndpointScan
from app.trust.clients.profiles import Profile
from app.trust.x509.certificate import Certificate
from app.trust.x509.chain import Chain

__all__ = [
    "LONG_WARNING",
    "Check",
    "CheckContext",
    "FindingText",
    "JudgedResult",
    "Params",
    "finding_level",
    "forecast_level",
    "profile_ids",
]

# The lead time for breaks that no renewal cures.
LONG_WARNING = timedelta(days=max(WARNING_DAYS))

# The parameters of a finding's sentence.
Params = dict[str, str | int | datetime]

_DATES = (Reason.EXPIRED, Reason.NOT_YET_VALID)


@dataclass(frozen=True, slots=True)
class JudgedResult:
    """One probe result with the verdicts on its chain."""

    result: ProbeResult
    chain: Chain
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One chain, judged for all profiles at one time.

    `search_exhausted` says that a search for paths was cut short by its budget. `lasting` are the
    verdicts with the leaf taken as renewed. `result` is the probe that received the chain, `known`
    are intermediates that were not served but that some clients have.

    When a whole scan is judged, exactly one of its contexts has the `scan`, a result for each of
    its `addresses` that served a chain, and those of its `alternates`; the other contexts are about
    their own chain alone.
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
        """The warning window: how far ahead a date counts as near."""
        return timedelta(days=max(0, self.warn_days))

    def near(self, instant: datetime | None) -> bool:
        """Return whether an instant is in the warning window."""
        return instant is not None and timedelta(0) <= instant - self.at <= self.window

    def renewal_is_late(self, certificate: Certificate) -> bool:
        """Return whether a valid certificate ends in the window and should have been renewed by
        now.
        """
        facts = certificate.facts
        return self.near(facts.not_after) and renewal_is_late(facts, self.at)

    def refused(self, *reasons: Reason, certificate: Certificate | None = None) -> list[Verdict]:
        """Return the verdicts with one of these reasons, restricted to those that blame the
        certificate if it is given.
        """
        found = [verdict for verdict in self.verdicts if verdict.reason in reasons]
        if certificate is None:
            return found
        return [verdict for verdict in found if _is(verdict.blamed_certificate, certificate)]

    def stopped_by_dates(self, certificate: Certificate) -> list[Verdict]:
        """Return the verdicts that are bad because this certificate is not valid now."""
        return self.refused(*_DATES, certificate=certificate)

    def breaking(self, within: timedelta | None = None) -> list[Verdict]:
        """Return the verdicts that turn bad in the time `within`, at least in the warning window.

        Where the leaf ends first, the break that follows its renewal counts.
        """
        limit = max(self.window, within or timedelta(0))
        found = {}
        for verdict in (*self.lasting, *self.verdicts):
            if verdict.until is not None and verdict.until - self.at <= limit:
                found[verdict.profile, verdict.until_blamed_certificate] = verdict
        return list(found.values())

    def ending_soon(
        self, certificate: Certificate, within: timedelta | None = None
    ) -> list[Verdict]:
        """Return those verdicts of `breaking` that blame this certificate."""
        return [
            one for one in self.breaking(within) if _is(one.until_blamed_certificate, certificate)
        ]

    def by_blamed_certificate(
        self, verdicts: Iterable[Verdict]
    ) -> list[tuple[CertificateFacts, list[Verdict]]]:
        """Group verdicts by the certificate to blame; those without one are left out."""
        groups: dict[CertificateFacts, list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.blamed_certificate is not None:
                groups.setdefault(verdict.blamed_certificate, []).append(verdict)
        return list(groups.items())

    def is_cross_sign(self, certificate: Certificate) -> bool:
        """Return whether a root of some profile has this subject, while another authority issued
        it.
        """
        return not certificate.self_issued and any(
            profile.store.named(certificate.subject) for profile in self.profiles
        )


def _is(facts: CertificateFacts | None, certificate: Certificate) -> bool:
    return facts is not None and facts.fingerprint == certificate.fingerprint


def finding_level(verdicts: Iterable[Verdict], otherwise: Level = Level.INFO) -> Level:
    """Return the level of a fault by the tiers of the verdicts; `otherwise` when there are none."""
    tiers = {verdict.tier for verdict in verdicts}
    if Tier.CURRENT in tiers:
        return Level.ERROR
    return Level.WARNING if tiers else otherwise


def forecast_level(verdicts: Iterable[Verdict]) -> Level:
    """Return the level of a future break: a warning when it concerns any verdict."""
    return Level.WARNING if list(verdicts) else Level.INFO


def profile_ids(verdicts: Iterable[Verdict]) -> str:
    """Return the ids of the verdicts' profiles, for a finding's parameters."""
    return ", ".join(verdict.profile for verdict in verdicts)


@dataclass(frozen=True, slots=True)
class FindingText:
    """The English sentence of a finding, and the one that says what to do about it."""

    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a chain: yields findings. `texts` has the sentences of each code of them."""

    run: Callable[[CheckContext], Iterable[Finding]]
    texts: Mapping[str, FindingText]
