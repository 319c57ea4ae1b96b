"""What lies ahead of a chain: breaks with their exact instants, and what would help.

Rules: certificates/README.md section 2. A leaf is renewed by its owner, an intermediate by its
authority; what ends above them nobody mends, so that is warned of long before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.certificates import CertificateFacts, Reason, Tier

__all__ = [
    "WARNING_DAYS",
    "Advice",
    "Break",
    "BreakKind",
    "Horizon",
    "Mender",
    "warning_step",
]

# How many days ahead staff are warned of a break that no renewal cures, one warning per step.
WARNING_DAYS = (180, 90, 60, 30, 14, 7, 1)
# The same for a leaf, as parts of its lifetime: certificates of 47 and of 6 days are coming.
_LIFETIME_PARTS = (3, 6, 12, 24)


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
    left = ahead.at - now
    limits = [timedelta(days=days) for days in WARNING_DAYS]
    facts = ahead.culprit
    if ahead.kind is BreakKind.LEAF and facts and facts.not_before and facts.not_after:
        lifetime = facts.not_after - facts.not_before
        limits = [lifetime / part for part in _LIFETIME_PARTS]
    reached = sum(left <= limit for limit in limits)
    return reached or None
