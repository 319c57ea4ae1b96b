"""From what an adapter read to what the common ingest takes: by routes, to services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.db.queries import sources
from app.db.tables import RouteRow, SourceRow
from app.domain.alerts.alerts import AlertClaim, AlertReport, MonitorClaim
from app.domain.alerts.routing import (
    NOTE_EXPIRES_AFTER,
    Matcher,
    Route,
    RouteAction,
    RouteInput,
    RoutingDecision,
    ServiceNames,
    route_alert,
)
from app.domain.alerts.sources import replace_unstorable
from app.domain.phrases import Phrase, Phrased
from app.domain.statuses import ServiceStatus, worst
from app.ports.monitor import MonitorAlert, ReportedState
from app.usecases.context import Ctx

__all__ = ["RoutingTable", "alert_source", "load_routing_table", "route", "to_reports", "to_route"]

# A sender's clock that runs ahead of ours must not overrule what is said later.
_FASTEST_CLOCK = timedelta(minutes=5)


class RoutingTable:
    """The routes and names in force, read once for a transaction."""

    def __init__(self, routes: Sequence[Route], names: ServiceNames) -> None:
        self.routes = routes
        self.names = names


def load_routing_table(ctx: Ctx) -> RoutingTable:
    """The routes that are enabled, in order, and the names of the services on the page."""
    rows = sources.list_routes(ctx.session)
    routes = [to_route(row) for row in rows if row.is_enabled]
    return RoutingTable(routes, ServiceNames(sources.service_names(ctx.session)))


def alert_source(source: SourceRow) -> str:
    """How alerts of this source are told from those of others."""
    return f"source:{source.public_id}"


def route(source: SourceRow, alert: MonitorAlert, rules: RoutingTable) -> RoutingDecision:
    """Where an alert of the source leads."""
    said = RouteInput(
        source=source.id or 0,
        title=alert.title,
        severity=alert.severity.value,
        labels=alert.labels,
        service=alert.service,
        resolves=alert.resolves,
        source_labels={"source": source.name, "kind": source.kind},
    )
    return route_alert(said, rules.routes, rules.names)


def to_reports(
    ctx: Ctx,
    source: SourceRow,
    found: Iterable[MonitorAlert],
    rules: RoutingTable,
    *,
    at: datetime,
    event_id: int,
) -> list[AlertReport]:
    """What the alerts of a delivery that arrived `at` mean; what neither fires nor ends is left
    out, and what a route ignores.
    """
    reports = []
    for alert in found:
        decision = route(source, alert, rules)
        if alert.state is ReportedState.NEITHER or decision.action is RouteAction.IGNORE:
            continue
        firing = alert.state is ReportedState.FIRING
        reports.append(
            AlertReport(
                source=alert_source(source),
                dedup_key=replace_unstorable(alert.dedup_key),
                cause=decision.cause,
                at=ctx.now,
                claim=_statement(source, alert, decision) if firing else None,
                reported_at=_reported_at(alert, at),
                source_id=source.id,
                event_id=event_id,
                is_placeholder=alert.is_placeholder,
            )
        )
    return reports


def _reported_at(alert: MonitorAlert, arrived_at: datetime) -> datetime | None:
    if alert.reported_at is not None and alert.reported_at > arrived_at + _FASTEST_CLOCK:
        return None
    return alert.reported_at


def _statement(source: SourceRow, alert: MonitorAlert, decision: RoutingDecision) -> AlertClaim:
    route = decision.route
    status = worst(decision.services.values())
    headline = "" if status is ServiceStatus.OPERATIONAL else f"title.monitor.{status.value}"
    return AlertClaim(
        headline=headline,
        body=Phrased.of(Phrase.of("monitor.reports")),
        host="",
        certain=False,
        services=decision.services,
        publish=route.publish or source.publish,
        group_wait=route.group_wait,
        resolve_after=route.resolve_after,
        monitor=MonitorClaim(
            action=decision.action.value,
            severity=alert.severity.value,
            title=replace_unstorable(alert.title),
            description=replace_unstorable(alert.description),
            labels=_clean_labels(alert.labels),
            source_url=None if alert.source_url is None else replace_unstorable(alert.source_url),
            reopen_within=route.reopen_within,
            min_alerts=route.min_alerts,
            min_sources=route.min_sources,
            stale_after=_seconds(source.stale_after_seconds),
            expires_after=None if alert.resolves else NOTE_EXPIRES_AFTER,
        ),
    )


def _clean_labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {replace_unstorable(name): replace_unstorable(value) for name, value in labels.items()}


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def to_route(row: RouteRow) -> Route:
    """The row as what decides."""
    return Route(
        id=row.public_id,
        source=row.source_id,
        matchers=tuple(Matcher(*matcher) for matcher in row.matchers),
        action=RouteAction(row.action),
        services=tuple(row.services),
        service_label=row.service_label,
        statuses={name: ServiceStatus(status) for name, status in row.statuses.items()},
        group_by=tuple(row.group_by),
        group_wait=timedelta(seconds=row.group_wait_seconds),
        min_alerts=row.min_alerts,
        min_sources=row.min_sources,
        resolve_after=timedelta(seconds=row.resolve_after_seconds),
        reopen_within=timedelta(seconds=row.reopen_within_seconds),
        publish=row.publish,
    )
