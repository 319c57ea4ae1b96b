"""What the checks look at: one chain with its verdicts. And what a check is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.certificates import CertificateFacts, Finding, Level, Reason, Tier, Verdict
from app.trust.certificate import Certificate
from app.trust.chain import Chain
from app.trust.profiles import Profile

__all__ = ["Case", "Check", "Params", "loudness", "names"]

# What a finding knows by name.
Params = dict[str, str | int | datetime]

_DATES = (Reason.EXPIRED, Reason.NOT_YET_VALID)


@dataclass(frozen=True, slots=True)
class Case:
    """One chain, judged for its profiles at one time. `gave_up`: a path search ended early."""

    host: str
    at: datetime
    chain: Chain
    profiles: tuple[Profile, ...]
    verdicts: tuple[Verdict, ...]
    warn_days: int
    gave_up: bool = False

    @property
    def window(self) -> timedelta:
        """How far ahead a date is near."""
        return timedelta(days=max(0, self.warn_days))

    def near(self, instant: datetime | None) -> bool:
        """Whether an instant lies ahead, but not beyond the warning window."""
        return instant is not None and timedelta(0) <= instant - self.at <= self.window

    def refused(self, *reasons: Reason, culprit: Certificate | None = None) -> list[Verdict]:
        """The verdicts with one of these reasons, over this certificate if one is given."""
        found = [verdict for verdict in self.verdicts if verdict.reason in reasons]
        return [v for v in found if culprit is None or _is(v.culprit, culprit)]

    def stopped_by_dates(self, certificate: Certificate) -> list[Verdict]:
        """The verdicts that are bad because this certificate is out of date."""
        return self.refused(*_DATES, culprit=certificate)

    def ending_soon(self, certificate: Certificate) -> list[Verdict]:
        """The verdicts that this certificate turns bad inside the warning window."""
        good = [verdict for verdict in self.verdicts if self.near(verdict.until)]
        return [verdict for verdict in good if _is(verdict.until_culprit, certificate)]

    def is_cross_sign(self, certificate: Certificate) -> bool:
        """Whether a root of some profile has this certificate's name, but another has signed it."""
        return not certificate.self_issued and any(
            profile.store.named(certificate.subject) for profile in self.profiles
        )


def _is(facts: CertificateFacts | None, certificate: Certificate) -> bool:
    return facts is not None and facts.fingerprint == certificate.fingerprint


def loudness(verdicts: Iterable[Verdict], otherwise: Level = Level.INFO) -> Level:
    """How loud a fault is that these verdicts suffer from; `otherwise` when there are none."""
    tiers = {verdict.tier for verdict in verdicts}
    if Tier.CURRENT in tiers:
        return Level.ERROR
    return Level.WARNING if tiers else otherwise


def names(verdicts: Iterable[Verdict]) -> str:
    """The profiles' ids, for a finding's parameters."""
    return ", ".join(verdict.profile for verdict in verdicts)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to find: `texts` holds the English sentence of each code it may give."""

    run: Callable[[Case], Iterable[Finding]]
    texts: Mapping[str, str]
