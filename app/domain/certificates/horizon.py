"""What lies ahead of a chain: breaks with their exact instants, and what would help.

Rules: certificates/README.md section 2. A leaf is renewed by its owner, an intermediate by its
authority; what ends above them nobody mends, so that is warned of long before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.domain.certificates.findings import CertificateFacts, Reason, Tier

__all__ = [
    "WARNING_DAYS",
    "Advice",
    "Break",
    "BreakKind",
    "Horizon",
    "Mender",
    "Outlook",
    "outlooks",
    "warned_of",
    "warning_step",
    "warning_steps",
]

# How many days ahead staff are warned of a break that no renewal cures, one warning per step.
WARNING_DAYS = (180, 90, 60, 30, 14, 7, 1)
# The same for a leaf, as parts of its lifetime: certificates of 47 and of 6 days are coming.
_LIFETIME_PARTS = (3, 6, 12, 24)
_LAST_MONTH = timedelta(days=30)
_FIRST = datetime.min.replace(tzinfo=UTC)


class Mender(StrEnum):
    """Who can mend a break."""

    OWNER = "owner"  # whoever runs the server
    AUTHORITY = "authority"  # whoever issued the certificate
    NOBODY = "nobody"  # only the clients, by learning a new root


class BreakKind(StrEnum):
    """What ends."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    CROSS_SIGN = "cross_sign"
    ROOT = "root"
    PROGRAMME = "programme"

    @property
    def mender(self) -> Mender:
        """Who can mend it."""
        if self is BreakKind.LEAF:
            return Mender.OWNER
        return Mender.AUTHORITY if self is BreakKind.INTERMEDIATE else Mender.NOBODY


@dataclass(frozen=True, slots=True)
class Break:
    """The instant from which clients no longer connect, why, and what ends then."""

    at: datetime
    reason: Reason
    kind: BreakKind
    culprit: CertificateFacts | None = None


@dataclass(frozen=True, slots=True)
class Horizon:
    """What lies ahead for the clients of one profile. `reason` is how it stands now. `next` is
    the first break as the chain is, `lasting` the first one that renewing the leaf does not cure;
    either is at the instant of judgement when it holds already, and None when there is none.
    """

    profile: str
    tier: Tier
    reason: Reason
    next: Break | None = None
    lasting: Break | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """A chain to serve instead, by its fingerprints: which profiles that `saves` and which it
    `costs`. `code` names a phrase, `params` are its data.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    saves: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()


def warning_step(ahead: Break, now: datetime) -> int | None:
    """Which warning a break has come to: 1 for the earliest, more the nearer; None before all.

    A step is reached when as many days as WARNING_DAYS says, or for a leaf that part of its
    lifetime, are left. A break that is past stays at the last step.
    """
    reached = sum(at <= now for at in warning_steps(ahead))
    return reached or None


def warning_steps(ahead: Break) -> tuple[datetime, ...]:
    """When each warning of a break is due, the earliest first."""
    limits = [timedelta(days=days) for days in WARNING_DAYS]
    facts = ahead.culprit
    if ahead.kind is BreakKind.LEAF and facts and facts.not_before and facts.not_after:
        lifetime = facts.not_after - facts.not_before
        limits = [lifetime / part for part in _LIFETIME_PARTS]
    return tuple(ahead.at - limit if ahead.at - _FIRST > limit else _FIRST for limit in limits)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One thing that will end, with the instant from which the clients of each profile that it
    concerns no longer connect. `ahead` is as the first of them will meet it.
    """

    ahead: Break
    profiles: Mapping[str, datetime]

    @property
    def key(self) -> str:
        """What stays the same however often the chain is judged."""
        culprit = self.ahead.culprit
        about = culprit.fingerprint if culprit else self.ahead.reason.value
        return f"{self.ahead.kind.value}:{about}"


def outlooks(horizons: Iterable[Horizon], at: datetime) -> tuple[Outlook, ...]:
    """What lies ahead by what ends, the soonest first. What fails already at `at`, when these
    horizons were worked out, is no forecast any more.

    A break that a renewed leaf would meet at once is met when the leaf has to be renewed.
    """
    found: dict[str, Outlook] = {}
    for horizon in horizons:
        for ahead in _breaks(horizon, at):
            new = Outlook(ahead, {horizon.profile: ahead.at})
            former = found.get(new.key)
            found[new.key] = new if former is None else _joined(former, new)
    return tuple(sorted(found.values(), key=lambda each: each.ahead.at))


def warned_of(outlook: Outlook, now: datetime) -> int | None:
    """The warning that staff should have been given by now; None as long as it is too early.

    The rotation of an intermediate is its authority's business and comes along with a renewal:
    that is told only in its last month.
    """
    step = warning_step(outlook.ahead, now)
    early = outlook.ahead.kind.mender is Mender.AUTHORITY and step is not None
    return None if early and outlook.ahead.at - now > _LAST_MONTH else step


def _breaks(horizon: Horizon, at: datetime) -> Iterable[Break]:
    if horizon.reason is not Reason.OK or horizon.next is None:
        # What never breaks with this leaf could break only by renewing it.
        return ()
    lasting = horizon.lasting
    if lasting is not None and lasting.at <= at:
        lasting = replace(lasting, at=horizon.next.at)
    return tuple(dict.fromkeys(each for each in (horizon.next, lasting) if each is not None))


def _joined(one: Outlook, other: Outlook) -> Outlook:
    first = min(one.ahead, other.ahead, key=lambda ahead: ahead.at)
    profiles = dict(one.profiles)
    for profile, at in other.profiles.items():
        profiles[profile] = min(at, profiles.get(profile, at))
    return Outlook(first, profiles)
