"""What the updates of an incident say together, whatever order they were written in.

Everything here is derived from the updates alone (design section 6): the latest one by
`posted_at`, then by number, decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.statuses import IncidentStatus, ServiceStatus, worst

__all__ = [
    "Said",
    "UpdateFacts",
    "in_order",
    "latest_words",
    "resolved_at",
    "said",
    "status_of",
    "worst_word",
]


@dataclass(frozen=True, slots=True)
class UpdateFacts:
    """What an update contributes: `number` breaks ties, `services` maps service to its status."""

    number: int
    posted_at: datetime
    status: IncidentStatus
    services: Mapping[int, ServiceStatus]


@dataclass(frozen=True, slots=True)
class Said:
    """At `at` the incident gave `service` this `status`; `by` is the update's number."""

    at: datetime
    service: int
    status: ServiceStatus
    by: int


def in_order(updates: Iterable[UpdateFacts]) -> list[UpdateFacts]:
    """The updates, oldest first."""
    return sorted(updates, key=lambda update: (update.posted_at, update.number))


def status_of(updates: Iterable[UpdateFacts]) -> IncidentStatus:
    """The status the latest update sets; `investigating` before the first one."""
    ordered = in_order(updates)
    return ordered[-1].status if ordered else IncidentStatus.INVESTIGATING


def resolved_at(updates: Iterable[UpdateFacts]) -> datetime | None:
    """Since when the incident has been resolved; None while it is open."""
    since = None
    for update in in_order(updates):
        if update.status is not IncidentStatus.RESOLVED:
            since = None
        elif since is None:
            since = update.posted_at
    return since


def said(updates: Iterable[UpdateFacts]) -> list[Said]:
    """Every word on every service, oldest first.

    Resolving says `operational` of each service named so far that the update does not name.
    """
    words: list[Said] = []
    named: dict[int, None] = {}
    for update in in_order(updates):
        named.update(dict.fromkeys(update.services))
        speaks_of: Sequence[int] = list(update.services)
        if update.status is IncidentStatus.RESOLVED:
            speaks_of = list(named)
        words += [
            Said(
                update.posted_at,
                service,
                update.services.get(service, ServiceStatus.OPERATIONAL),
                update.number,
            )
            for service in speaks_of
        ]
    return words


def latest_words(updates: Iterable[UpdateFacts]) -> dict[int, ServiceStatus]:
    """The latest word on every service the incident ever named, in the order of first mention."""
    return {word.service: word.status for word in said(updates)}


def worst_word(updates: Iterable[UpdateFacts]) -> ServiceStatus:
    """The most severe status any update gave any service: what the impact is derived from."""
    return worst(status for update in updates for status in update.services.values())
