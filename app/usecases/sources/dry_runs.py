"""What stored deliveries would become with these routes and this mapping. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import hook_events, services
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
from app.usecases.sources.inbox import parse_event
from app.usecases.sources.records import Options
from app.usecases.sources.routes import NewRoute, draft_row
from app.usecases.sources.routing import RoutingTable, load_routing_table, route, to_route
from app.usecases.sources.sources import required_source
from app.usecases.sources.validation import Adapters, checked_options

__all__ = ["DryAlert", "DryEvent", "DryIncident", "DryRun", "DryRunRequest", "dry_run"]


@dataclass(frozen=True, slots=True)
class DryAlert:
    """What one alert would be and where it would lead; `route` None: by the names it carries."""

    dedup_key: str
    state: str
    severity: str
    title: str
    labels: Mapping[str, str]
    action: str
    route: str | None
    services: Mapping[str, ServiceStatus]


@dataclass(frozen=True, slots=True)
class DryEvent:
    """What one delivery would be."""

    id: str
    received_at: datetime
    verdict: EventVerdict
    detail: str
    alerts: tuple[DryAlert, ...]


@dataclass(frozen=True, slots=True)
class DryIncident:
    """An incident that would have opened; `quiet_at` None: it would be open still."""

    services: Mapping[str, ServiceStatus]
    opens_at: datetime
    quiet_at: datetime | None
    alerts: int
    publish: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would have happened."""

    events: tuple[DryEvent, ...]
    incidents: tuple[DryIncident, ...]


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """What to try: the `last` deliveries or one `event`, with these `options` and `routes` in
    place of those in force (None).
    """

    event: str | None = None
    last: int = 100
    options: Options | None = None
    routes: tuple[NewRoute, ...] | None = None


def dry_run(
    ctx: Ctx,
    source_id: str,
    adapters: Adapters,
    trial: DryRunRequest,
) -> DryRun:
    """What the newest deliveries of a source, or one, would become.

    Raises NotFoundError, InvalidError.
    """
    ctx.require(Action.READ)
    source = required_source(ctx, source_id)
    if trial.options is not None:
        checked_options(adapters, source.kind, trial.options)
    rules = load_routing_table(ctx)
    if trial.routes is not None:
        rows = [draft_row(ctx, new) for new in trial.routes]
        rules = RoutingTable([to_route(row) for row in rows if row.is_enabled], rules.names)
    if trial.event is not None:
        events: Sequence[HookEventRow] = [required_event(ctx, source_id, trial.event)]
    else:
        events = hook_events.newest_events(ctx.session, source.id or 0, trial.last)
    # A copy, so that nothing of the try can be kept.
    tried = SourceRow(
        **{
            **source.model_dump(),
            "options": source.options if trial.options is None else trial.options,
        }
    )
    tries = [_try(each, tried, adapters) for each in events]
    named = services.services_by_id(ctx.session, set(rules.names.by_name.values()))
    slugs = {number: row.slug for number, row in named.items()}
    return DryRun(
        tuple(
            _event(event, tried, result, rules, slugs)
            for event, result in zip(events, tries, strict=True)
        ),
        tuple(_foreseen(events, tries, tried, rules, slugs)),
    )


def _try(
    event: HookEventRow, source: SourceRow, adapters: Adapters
) -> Sequence[MonitorAlert] | PayloadError:
    try:
        return parse_event(event, source, adapters)
    except PayloadError as error:
        return error


def _event(
    event: HookEventRow,
    source: SourceRow,
    result: Sequence[MonitorAlert] | PayloadError,
    rules: RoutingTable,
    slugs: Mapping[int, str],
) -> DryEvent:
    if isinstance(result, PayloadError):
        is_malformed = isinstance(result, MalformedPayloadError)
        verdict = EventVerdict.MALFORMED if is_malformed else EventVerdict.NOTHING
        return DryEvent(event.public_id, event.received_at, verdict, str(result), ())
    alerts = tuple(_alert(source, alert, rules, slugs) for alert in result)
    speaks = any(alert.state is not ReportedState.NEITHER for alert in result)
    verdict = EventVerdict.ALERTS if speaks else EventVerdict.NOTHING
    return DryEvent(event.public_id, event.received_at, verdict, "", alerts)


def _alert(
    source: SourceRow, alert: MonitorAlert, rules: RoutingTable, slugs: Mapping[int, str]
) -> DryAlert:
    decision = route(source, alert, rules)
    return DryAlert(
        dedup_key=alert.dedup_key,
        state=alert.state.value,
        severity=alert.severity.value,
        title=alert.title,
        labels=dict(alert.labels),
        action=decision.action.value,
        route=None if decision.route is DEFAULT_ROUTE else decision.route.id,
        services=_named(decision.services, slugs),
    )


def _foreseen(
    events: Sequence[HookEventRow],
    tries: Sequence[Sequence[MonitorAlert] | PayloadError],
    source: SourceRow,
    rules: RoutingTable,
    slugs: Mapping[int, str],
) -> list[DryIncident]:
    words = []
    for event, result in zip(events, tries, strict=True):
        for alert in () if isinstance(result, PayloadError) else result:
            decision = route(source, alert, rules)
            publish = decision.route.publish or source.publish
            firing = alert.state is ReportedState.FIRING
            if alert.state is not ReportedState.NEITHER:
                at, key = event.received_at, alert.dedup_key
                words.append(RoutedReport(at, source.id or 0, key, firing, decision, publish))
    return [
        DryIncident(
            _named(each.services, slugs), each.opens_at, each.quiet_at, each.alerts, each.publish
        )
        for each in simulate_routes(words)
    ]


def _named(
    affected: Mapping[int, ServiceStatus], slugs: Mapping[int, str]
) -> dict[str, ServiceStatus]:
    return {slugs[number]: status for number, status in affected.items() if number in slugs}
