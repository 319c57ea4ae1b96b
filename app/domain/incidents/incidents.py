"""Incident state derived from the updates: status, end, and the status of each service.

Updates count in the order of `posted_at`, then of their number, whatever order they were written
in (design section 6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.incidents.impact import impact_of
from app.domain.records import AffectedService, IncidentRecord, UpdateRecord
from app.domain.statuses import Impact, IncidentStatus, ServiceStatus, worst
from app.domain.texts.phrases import Text

__all__ = [
    "ServiceName",
    "ServiceStatusChange",
    "UpdateFacts",
    "derive_incident",
    "in_order",
    "latest_statuses",
    "needs_update",
    "resolved_at",
    "status_changes",
    "status_of",
    "with_updates",
    "worst_status",
]


@dataclass(frozen=True, slots=True)
class UpdateFacts:
    """The facts of one update: `number` breaks ties, `services` maps a service to its status."""

    number: int
    posted_at: datetime
    status: IncidentStatus
    services: Mapping[int, ServiceStatus]


@dataclass(frozen=True, slots=True)
class ServiceStatusChange:
    """The `status` of a service from `at` on; `by` is the number of the update that set it."""

    at: datetime
    service: int
    status: ServiceStatus
    by: int


@dataclass(frozen=True, slots=True)
class ServiceName:
    """The slug and the name of a service."""

    slug: str
    name: Text


def in_order(updates: Iterable[UpdateFacts]) -> list[UpdateFacts]:
    """The updates, oldest first."""
    return sorted(updates, key=lambda update: (update.posted_at, update.number))


def status_of(updates: Iterable[UpdateFacts]) -> IncidentStatus:
    """The status that the latest update sets; `investigating` without an update."""
    ordered = in_order(updates)
    return ordered[-1].status if ordered else IncidentStatus.INVESTIGATING


def resolved_at(updates: Iterable[UpdateFacts]) -> datetime | None:
    """The time at which the incident was resolved; None while it is open."""
    since = None
    for update in in_order(updates):
        if update.status is not IncidentStatus.RESOLVED:
            since = None
        elif since is None:
            since = update.posted_at
    return since


def status_changes(updates: Iterable[UpdateFacts]) -> list[ServiceStatusChange]:
    """Every status that an update gives a service, oldest first.

    A resolving update sets each service named so far to `operational`, unless it names it.
    """
    changes: list[ServiceStatusChange] = []
    named: dict[int, None] = {}
    for update in in_order(updates):
        named.update(dict.fromkeys(update.services))
        changed: Sequence[int] = list(update.services)
        if update.status is IncidentStatus.RESOLVED:
            changed = list(named)
        changes += [
            ServiceStatusChange(
                update.posted_at,
                service,
                update.services.get(service, ServiceStatus.OPERATIONAL),
                update.number,
            )
            for service in changed
        ]
    return changes


def latest_statuses(updates: Iterable[UpdateFacts]) -> dict[int, ServiceStatus]:
    """The latest status of every service that the incident named, in the order of first mention."""
    return {change.service: change.status for change in status_changes(updates)}


def services_changed(before: Iterable[UpdateFacts], after: Iterable[UpdateFacts]) -> frozenset[int]:
    """The services that have another course of statuses after a change of an incident's updates."""
    return frozenset(
        change.service for change in {*status_changes(before)} ^ {*status_changes(after)}
    )


def worst_status(updates: Iterable[UpdateFacts]) -> ServiceStatus:
    """The most severe status that any update gave any service; the impact is derived from it."""
    return worst(status for update in updates for status in update.services.values())


def needs_update(
    latest_at: datetime,
    now: datetime,
    remind_after: timedelta,
    *,
    promised_at: datetime | None = None,
) -> bool:
    """Whether staff have to post an update of an open incident.

    An update is due at the promised time. Without a promise it is due `remind_after` the latest
    one, and never when that is zero.
    """
    if promised_at is not None:
        return now >= promised_at
    return bool(remind_after) and now - latest_at >= remind_after


def derive_incident(
    incident: IncidentRecord,
    updates: Mapping[int, UpdateRecord],
    facts: Sequence[UpdateFacts],
    services: Mapping[int, ServiceName],
    *,
    override: Impact | None,
) -> IncidentRecord:
    """The incident with everything that follows from its updates.

    `updates` go by the numbers of `facts`. The services of each update are derived too, with the
    status that each service had before it. `override` is the impact that staff chose.
    """
    ordered = in_order(facts)
    affected: dict[int, list[AffectedService]] = {each.number: [] for each in ordered}
    latest: dict[int, ServiceStatus] = {}
    for change in status_changes(ordered):
        name = services[change.service]
        former = latest.get(change.service)
        affected[change.by].append(AffectedService(name.slug, name.name, change.status, former))
        latest[change.service] = change.status
    return replace(
        incident,
        status=status_of(ordered),
        impact=impact_of([worst_status(ordered)], override=override),
        resolved_at=resolved_at(ordered),
        updates=tuple(
            replace(updates[each.number], services=tuple(affected[each.number]))
            for each in reversed(ordered)
        ),
        services=tuple(
            AffectedService(services[number].slug, services[number].name, status)
            for number, status in latest.items()
        ),
        automatic=any(update.automatic for update in updates.values()),
    )


def with_updates(
    incident: IncidentRecord, *added: UpdateRecord, override: Impact | None
) -> IncidentRecord:
    """The incident with more updates, derived anew. Each one names the services that it changes.

    The incident starts no later than its first update.
    """
    updates = dict(enumerate((*reversed(incident.updates), *added)))
    numbers: dict[str, int] = {}
    names: dict[int, ServiceName] = {}
    for update in updates.values():
        for each in update.services:
            number = numbers.setdefault(each.slug, len(numbers))
            names[number] = ServiceName(each.slug, each.name)
    facts = [
        UpdateFacts(
            number,
            update.posted_at,
            update.status,
            {numbers[each.slug]: each.status for each in update.services},
        )
        for number, update in updates.items()
    ]
    derived = derive_incident(incident, updates, facts, names, override=override)
    first = min((each.posted_at for each in facts), default=incident.started_at)
    return replace(derived, started_at=min(incident.started_at, first))
