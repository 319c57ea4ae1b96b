"""Dry runs: process stored events or a sample, with other options or routes.

A dry run changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import thread_time

from app.db.queries import services
from app.db.queries.sources import hook_events
from app.db.tables import HookEventRow, SourceRow
from app.domain.alerts.route_simulation import RoutedReport, simulate_routes
from app.domain.alerts.routing import DEFAULT_ROUTE
from app.domain.alerts.sources import EventVerdict
from app.domain.permissions import Action
from app.domain.statuses import ServiceStatus
from app.ports.monitor import (
    MalformedPayloadError,
    MonitorAlert,
    PayloadError,
    ReportedState,
)
from app.usecases.context import Ctx
from app.usecases.sources.events import required_event
from app.usecases.sources.inbox import parse_event, to_row_values
from app.usecases.sources.records import Options
from app.usecases.sources.routes import NewRoute, draft_row
from app.usecases.sources.routing import RoutingTable, load_routing_table, route, to_route
from app.usecases.sources.samples import SampleRequest, header_names, to_received
from app.usecases.sources.sources import required_source
from app.usecases.sources.validation import Adapters, checked_options

__all__ = [
    "DryRun",
    "DryRunAlert",
    "DryRunEvent",
    "DryRunIncident",
    "DryRunRequest",
    "dry_run",
]


# One event takes less than a second, which the budget of its expressions bounds.
_MAX_CPU_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DryRunAlert:
    """Result for one alert. `route` is None if no route matched.

    `service` is the name that the monitor gives, `reason` says why no incident would open, and
    `notes` what of the payload could not be used.
    """

    dedup_key: str
    state: str
    severity: str
    title: str
    description: str
    url: str | None
    service: str | None
    labels: Mapping[str, str]
    started_at: datetime | None
    ended_at: datetime | None
    reported_at: datetime | None
    resolves: bool
    action: str
    reason: str
    route: str | None
    services: Mapping[str, ServiceStatus]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DryRunEvent:
    """Result for one inbound event; a sample has no id."""

    id: str
    received_at: datetime
    verdict: EventVerdict
    detail: str
    alerts: tuple[DryRunAlert, ...]


@dataclass(frozen=True, slots=True)
class DryRunIncident:
    """Incident that would have opened. `quiet_at` is None if it would still be open."""

    services: Mapping[str, ServiceStatus]
    opens_at: datetime
    quiet_at: datetime | None
    alerts: int
    publish: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """Result of a dry run."""

    events: tuple[DryRunEvent, ...]
    incidents: tuple[DryRunIncident, ...]


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """Parameters of a dry run: the newest `last` events, one `event`, or a `sample`.

    `options` and `routes` replace the stored ones; None uses the stored ones.
    """

    event: str | None = None
    last: int = 100
    options: Options | None = None
    routes: tuple[NewRoute, ...] | None = None
    sample: SampleRequest | None = None


def dry_run(
    ctx: Ctx,
    source_id: str,
    adapters: Adapters,
    request: DryRunRequest,
    *,
    seconds: float = _MAX_CPU_SECONDS,
) -> DryRun:
    """Process stored events of a source without storing the result.

    After `seconds` of processor time the remaining events are not tried, and say so.

    Raises ForbiddenError, NotFoundError, InvalidError.
    """
    ctx.require(Action.CONFIGURE)
    source = required_source(ctx, source_id)
    if request.options is not None:
        checked_options(adapters, source.kind, request.options)
    table = load_routing_table(ctx)
    if request.routes is not None:
        rows = [draft_row(ctx, new) for new in request.routes]
        table = RoutingTable([to_route(row) for row in rows if row.is_enabled], table.names)
    if request.sample is not None:
        options = source.options if request.options is None else request.options
        own = header_names(adapters, source.kind, options)
        events: Sequence[HookEventRow] = [_sample_event(ctx, source, request.sample, own)]
    elif request.event is not None:
        events = [required_event(ctx, source_id, request.event)]
    else:
        events = hook_events.newest_events(ctx.session, source.id or 0, request.last)
    # A detached copy, so that the session cannot store the replaced options.
    source_copy = SourceRow(
        **{
            **source.model_dump(),
            "options": source.options if request.options is None else request.options,
        }
    )
    results = _parse_all(events, source_copy, adapters, seconds)
    named = services.services_by_id(ctx.session, set(table.names.by_name.values()))
    slugs = {number: row.slug for number, row in named.items()}
    return DryRun(
        tuple(
            _dry_event(event, source_copy, result, table, slugs)
            for event, result in zip(events, results, strict=True)
        ),
        tuple(_simulated(events, results, source_copy, table, slugs)),
    )


def _sample_event(
    ctx: Ctx, source: SourceRow, sample: SampleRequest, own_headers: Collection[str]
) -> HookEventRow:
    """Row that is not stored. Raises InvalidError if the sample is too large."""
    event = to_received(ctx, source.id or 0, sample, own_headers)
    return HookEventRow(**to_row_values(event, public_id=""))


def _parse_all(
    events: Sequence[HookEventRow], source: SourceRow, adapters: Adapters, seconds: float
) -> list[Sequence[MonitorAlert] | PayloadError]:
    results: list[Sequence[MonitorAlert] | PayloadError] = []
    # Processor time, not time: a busy machine changes no result.
    began = thread_time()
    for event in events:
        if results and thread_time() - began > seconds:
            results.append(
                MalformedPayloadError("Not tried: this needs too long. Try fewer events.")
            )
        else:
            results.append(_parse(event, source, adapters))
    return results


def _parse(
    event: HookEventRow, source: SourceRow, adapters: Adapters
) -> Sequence[MonitorAlert] | PayloadError:
    try:
        return parse_event(event, source, adapters)
    except PayloadError as error:
        return error


def _dry_event(
    event: HookEventRow,
    source: SourceRow,
    result: Sequence[MonitorAlert] | PayloadError,
    table: RoutingTable,
    slugs: Mapping[int, str],
) -> DryRunEvent:
    if isinstance(result, PayloadError):
        is_malformed = isinstance(result, MalformedPayloadError)
        verdict = EventVerdict.MALFORMED if is_malformed else EventVerdict.NOTHING
        return DryRunEvent(event.public_id, event.received_at, verdict, str(result), ())
    alerts = tuple(_alert(source, alert, table, slugs) for alert in result)
    has_state = any(alert.state is not ReportedState.NEITHER for alert in result)
    verdict = EventVerdict.ALERTS if has_state else EventVerdict.NOTHING
    notes = dict.fromkeys(note for alert in alerts for note in alert.notes)
    detail = "" if has_state else "; ".join(notes)
    return DryRunEvent(event.public_id, event.received_at, verdict, detail, alerts)


def _alert(
    source: SourceRow, alert: MonitorAlert, table: RoutingTable, slugs: Mapping[int, str]
) -> DryRunAlert:
    decision = route(source, alert, table)
    return DryRunAlert(
        dedup_key=alert.dedup_key,
        state=alert.state.value,
        severity=alert.severity.value,
        title=alert.title,
        description=alert.description,
        url=alert.source_url,
        service=alert.service,
        labels=dict(alert.labels),
        started_at=alert.started_at,
        ended_at=alert.ended_at,
        reported_at=alert.reported_at,
        resolves=alert.resolves,
        action=decision.action.value,
        reason=decision.reason if alert.state is ReportedState.FIRING else "",
        route=None if decision.route is DEFAULT_ROUTE else decision.route.id,
        services=_named(decision.services, slugs),
        notes=alert.notes,
    )


def _simulated(
    events: Sequence[HookEventRow],
    results: Sequence[Sequence[MonitorAlert] | PayloadError],
    source: SourceRow,
    table: RoutingTable,
    slugs: Mapping[int, str],
) -> list[DryRunIncident]:
    reports = []
    for event, result in zip(events, results, strict=True):
        for alert in () if isinstance(result, PayloadError) else result:
            decision = route(source, alert, table)
            publish = decision.route.publish or source.publish
            firing = alert.state is ReportedState.FIRING
            if alert.state is not ReportedState.NEITHER:
                at, key = event.received_at, alert.dedup_key
                reports.append(RoutedReport(at, source.id or 0, key, firing, decision, publish))
    return [
        DryRunIncident(
            _named(each.services, slugs), each.opens_at, each.quiet_at, each.alerts, each.publish
        )
        for each in simulate_routes(reports)
    ]


def _named(
    affected: Mapping[int, ServiceStatus], slugs: Mapping[int, str]
) -> dict[str, ServiceStatus]:
    return {slugs[number]: status for number, status in affected.items() if number in slugs}
