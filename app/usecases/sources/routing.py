"""Routing of parsed alerts: applies the stored routes and builds reports for the ingest."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries.sources import sources
from app.db.tables import HookEventRow, RouteRow, SourceRow
from app.domain.alerts.alerts import (
    AlertClaim,
    AlertReport,
    MonitorClaim,
    ReportTimes,
    accept_stated_time,
)
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
from app.domain.errors import InvalidError
from app.domain.statuses import ServiceStatus, worst
from app.domain.texts.phrases import Phrase, Phrased
from app.ports.monitor import MonitorAlert, MonitorSeverity, ReportedState
from app.usecases.context import Ctx

__all__ = [
    "RoutedEvent",
    "RoutingTable",
    "alert_source",
    "load_routing_table",
    "route",
    "to_reports",
    "to_route",
]

_log = logging.getLogger("fyr.hooks")

_LIMITED: Mapping[RouteAction, str] = {
    RouteAction.NOTE: "only a note",
    RouteAction.IGNORE: "ignored",
    RouteAction.UNMAPPED: "unmapped",
}
# A time further ahead of our clock is ignored; else the report would outdate later ones.
_MAX_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RoutedEvent:
    """Reports of an event, and explanations for staff of what became of its alerts.

    `texts` are those of the payload that the alerts show to staff. `has_only_notes` says that no
    alert can open an incident or set the status of a service, as a heartbeat that always fires.
    """

    reports: Sequence[AlertReport]
    explanations: Sequence[str]
    texts: Collection[str]
    has_only_notes: bool


class RoutingTable:
    """Enabled routes and service names, loaded once per transaction."""

    def __init__(self, routes: Sequence[Route], names: ServiceNames) -> None:
        self.routes = routes
        self.names = names


def load_routing_table(ctx: Ctx) -> RoutingTable:
    """Load the enabled routes in matching order, and the names of the services on the page."""
    rows = sources.list_routes(ctx.session)
    routes = [_stored_route(row) for row in rows if row.is_enabled]
    usable = [each for each in routes if each is not None]
    return RoutingTable(usable, ServiceNames.of(sources.service_names(ctx.session)))


def alert_source(source: SourceRow) -> str:
    """Value of `AlertReport.source` for the alerts of this source."""
    return f"source:{source.public_id}"


def route(source: SourceRow, alert: MonitorAlert, table: RoutingTable) -> RoutingDecision:
    """Route an alert of the source."""
    routed = RouteInput(
        source=source.id or 0,
        title=alert.title,
        severity=alert.severity.value,
        labels=alert.labels,
        service=alert.service,
        resolves=alert.resolves,
        source_labels={"source": source.name, "kind": source.kind},
    )
    return route_alert(routed, table.routes, table.names)


def to_reports(
    ctx: Ctx,
    source: SourceRow,
    found: Iterable[MonitorAlert],
    table: RoutingTable,
    event: HookEventRow,
) -> RoutedEvent:
    """Convert the alerts that were found in an event into reports.

    Alerts that are neither firing nor resolved, and alerts that a route ignores, are left out.
    """
    reports = []
    at = event.first_received_at or event.received_at
    is_replay = event.first_received_at is not None
    limited: Counter[str] = Counter()
    notes: dict[str, None] = {}
    texts: set[str] = set()
    are_notes: set[bool] = set()
    for alert in found:
        decision = route(source, alert, table)
        notes |= dict.fromkeys(alert.notes)
        texts |= {alert.dedup_key, alert.title, alert.service or "", *alert.labels.values()}
        if alert.state is ReportedState.FIRING and decision.reason:
            limited[f"{_LIMITED[decision.action]}: {decision.reason}"] += 1
        if alert.state is ReportedState.NEITHER or decision.action is RouteAction.IGNORE:
            continue
        firing = alert.state is ReportedState.FIRING
        are_notes.add(_is_note(alert, decision))
        reports.append(
            AlertReport(
                source=alert_source(source),
                dedup_key=replace_unstorable(alert.dedup_key),
                cause=decision.cause,
                at=ctx.now,
                claim=_claim(source, alert, decision) if firing else None,
                times=_report_times(alert, at, is_replay=is_replay),
                started_at=accept_stated_time(alert.started_at, at),
                ended_at=None if firing else accept_stated_time(alert.ended_at, at),
                source_id=source.id,
                event_id=event.id or 0,
                is_placeholder=alert.is_placeholder,
            )
        )
    explanations = [f"{count} {why}" for why, count in limited.items()]
    return RoutedEvent(reports, [*explanations, *notes], texts, has_only_notes=are_notes == {True})


def _is_note(alert: MonitorAlert, decision: RoutingDecision) -> bool:
    """Whether the alert is only a note, also once staff map it to a service."""
    if decision.action is not RouteAction.UNMAPPED:
        return decision.action is RouteAction.NOTE
    return not alert.resolves or alert.severity is MonitorSeverity.INFO


def _report_times(alert: MonitorAlert, received_at: datetime, *, is_replay: bool) -> ReportTimes:
    """Times of a report. An alert is reported to fire after its start, and to have ended after its
    end.
    """
    reported_at = _unless_ahead(alert.reported_at, received_at)
    reported_from = alert.reported_from
    if alert.reported_at is None and reported_from is None:
        firing = alert.state is ReportedState.FIRING
        reported_from = alert.started_at if firing else alert.ended_at
    reported_from = _unless_ahead(reported_from, received_at)
    return ReportTimes(received_at, reported_at, reported_from, alert.started_at, is_replay)


def _unless_ahead(stated: datetime | None, received_at: datetime) -> datetime | None:
    return None if stated is None or stated > received_at + _MAX_CLOCK_SKEW else stated


def _claim(source: SourceRow, alert: MonitorAlert, decision: RoutingDecision) -> AlertClaim:
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


def _stored_route(row: RouteRow) -> Route | None:
    """The route of a row; None when a matcher that an earlier release took is not valid any more.

    Other routes go on: one bad pattern does not stop the alerts of all sources.
    """
    try:
        return to_route(row)
    except InvalidError as error:
        _log.warning("route.skipped route=%s reason=%s", row.public_id, error.code)
        return None


def to_route(row: RouteRow) -> Route:
    """Convert a row to the domain record."""
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
