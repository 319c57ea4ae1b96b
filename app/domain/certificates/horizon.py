"""Horizons: the exact instants at which a chain stops working for each client profile.

A leaf is renewed by its owner and an intermediate by its authority. Nobody renews what ends above
them, so warnings of that begin 180 days ahead.
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
    "Responsible",
    "SharedBreak",
    "due_warning",
    "renewal_is_late",
    "shared_breaks",
    "warning_step",
    "warning_steps",
]

# Days before a break that no renewal cures at which staff are warned, one warning per step.
WARNING_DAYS = (180, 90, 60, 30, 14, 7, 1)
# ACME clients (RFC 8555) renew when a third of the lifetime is left; a renewal is late only after
# that. A window of days alone is longer than the lifetime of a six-day certificate.
_RENEWED_WITH = 3
# The steps of a leaf are parts of its lifetime, which fits certificates of 47 and of 6 days too.
_LIFETIME_PARTS = (3, 6, 12, 24)
_LAST_MONTH = timedelta(days=30)
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Responsible(StrEnum):
    """The party that can prevent a break."""

    OWNER = "owner"  # the operator of the server
    AUTHORITY = "authority"  # the authority that issued the certificate
    NOBODY = "nobody"  # only the clients, by installing a new root


class BreakKind(StrEnum):
    """The kind of certificate, or of trust, that ends at a break."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    CROSS_SIGN = "cross_sign"
    ROOT = "root"
    PROGRAMME = "programme"

    @property
    def responsible(self) -> Responsible:
        """The party that can prevent a break of this kind."""
        if self is BreakKind.LEAF:
            return Responsible.OWNER
        return Responsible.AUTHORITY if self is BreakKind.INTERMEDIATE else Responsible.NOBODY


@dataclass(frozen=True, slots=True)
class Break:
    """The instant from which clients no longer connect, the reason, and what ends then."""

    at: datetime
    reason: Reason
    kind: BreakKind
    blamed_certificate: CertificateFacts | None = None


@dataclass(frozen=True, slots=True)
class Horizon:
    """The breaks of a chain for one client profile.

    `reason` is the verdict at the instant of judgement. `next` is the first break of the chain as
    served, `lasting` the first one that renewing the leaf does not cure. A break that holds already
    has the instant of judgement; None means that there is none.
    """

    profile: str
    tier: Tier
    reason: Reason
    next: Break | None = None
    lasting: Break | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """Another chain to serve, by its fingerprints, with the profiles for which it differs.

    `gained` are the profiles that would connect for longer, `lost` those that would stop earlier.
    `code` names a phrase, `params` are its data.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def renewal_is_late(certificate: CertificateFacts, at: datetime) -> bool:
    """Return whether a certificate should have been renewed by now: a third of its lifetime or less
    is left.
    """
    starts, ends = certificate.not_before, certificate.not_after
    return starts is not None and ends is not None and (ends - at) * _RENEWED_WITH <= ends - starts


def warning_step(break_: Break, now: datetime) -> int | None:
    """Return the newest warning step that a break has reached, 1 for the earliest; None before all.

    A break in the past stays at the last step.
    """
    reached = sum(at <= now for at in warning_steps(break_))
    return reached or None


def warning_steps(break_: Break) -> tuple[datetime, ...]:
    """Return when each warning of a break is due, the earliest first.

    The steps are WARNING_DAYS before the break, and for a leaf parts of its lifetime. For an
    intermediate, none is due before a third of its lifetime is left.
    """
    lead_times = [timedelta(days=days) for days in WARNING_DAYS]
    facts = break_.blamed_certificate
    if break_.kind is BreakKind.LEAF and facts and facts.not_before and facts.not_after:
        lifetime = facts.not_after - facts.not_before
        lead_times = [lifetime / part for part in _LIFETIME_PARTS]
    if break_.kind is BreakKind.INTERMEDIATE and facts and facts.not_before and facts.not_after:
        longest = (facts.not_after - facts.not_before) / _RENEWED_WITH
        lead_times = [min(lead, longest) for lead in lead_times]
    # Subtracting more than there is raises OverflowError.
    return tuple(
        break_.at - lead if break_.at - _EARLIEST > lead else _EARLIEST for lead in lead_times
    )


@dataclass(frozen=True, slots=True)
class SharedBreak:
    """One break with the profiles that it concerns, each with its own instant.

    `first` is the break of the profile that it concerns first.
    """

    first: Break
    profiles: Mapping[str, datetime]

    @property
    def key(self) -> str:
        """An identifier that does not change when the chain is judged again."""
        blamed = self.first.blamed_certificate
        about = blamed.fingerprint if blamed else self.first.reason.value
        return f"{self.first.kind.value}:{about}"


def shared_breaks(horizons: Iterable[Horizon], at: datetime) -> tuple[SharedBreak, ...]:
    """Group the breaks of these horizons by what ends, the soonest first.

    `at` is the instant for which the horizons were computed. A profile that fails already then has
    no future break. A break that a renewed leaf would have at once is dated to the end of the
    present leaf.
    """
    found: dict[str, SharedBreak] = {}
    for horizon in horizons:
        for break_ in _future_breaks(horizon, at):
            new = SharedBreak(break_, {horizon.profile: break_.at})
            known = found.get(new.key)
            found[new.key] = new if known is None else _merged(known, new)
    return tuple(sorted(found.values(), key=lambda each: each.first.at))


def due_warning(shared: SharedBreak, now: datetime) -> int | None:
    """Return the warning step that staff should have received by now; None before the first.

    A renewal brings the next intermediate, so its end is only warned of in the last 30 days.
    """
    step = warning_step(shared.first, now)
    by_authority = shared.first.kind.responsible is Responsible.AUTHORITY and step is not None
    return None if by_authority and shared.first.at - now > _LAST_MONTH else step


def _future_breaks(horizon: Horizon, at: datetime) -> Iterable[Break]:
    # Without a break of the present leaf, only renewing it could cause one.
    if horizon.reason is not Reason.OK or horizon.next is None:
        return ()
    lasting = horizon.lasting
    if lasting is not None and lasting.at <= at:
        lasting = replace(lasting, at=horizon.next.at)
    return tuple(dict.fromkeys(each for each in (horizon.next, lasting) if each is not None))


def _merged(one: SharedBreak, other: SharedBreak) -> SharedBreak:
    first = min(one.first, other.first, key=lambda each: each.at)
    profiles = dict(one.profiles)
    for profile, at in other.profiles.items():
        profiles[profile] = min(at, profiles.get(profile, at))
    return SharedBreak(first, profiles)
