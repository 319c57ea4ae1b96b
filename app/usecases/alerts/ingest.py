"""Ingest of alert reports from monitors and probes: open, change and resolve incidents."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.db.queries.alerts import alert_causes, alerts
from app.db.queries.incidents import incidents
from app.db.tables import AlertRow
from app.domain.alerts.alerts import (
    AlertChange,
    AlertClaim,
    AlertReport,
    AlertState,
    FormerReports,
    classify_report,
    next_transition,
)
from app.domain.alerts.routing import RouteAction
from app.domain.ownership import Owner
from app.domain.texts.phrases import Phrased
from app.usecases.alerts import grouping, publish_modes, service_status, staleness
from app.usecases.alerts.actions import apply_transition, attach_to_open_incidents
from app.usecases.alerts.cause import load_cause
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import take_over

__all__ = ["advance", "has_due_work", "ingest", "ingest_batches", "withdraw_alerts"]

Episodes = dict[tuple[str, str], AlertRow]


def ingest(ctx: Ctx, reports: Iterable[AlertReport]) -> Mapping[AlertChange, int]:
    """Store the reports and update the affected incidents, in one transaction.

    Returns the number of reports per kind of change.
    """
    (counted,) = ingest_batches(ctx, [list(reports)])
    return counted


def ingest_batches(
    ctx: Ctx, batches: Sequence[Sequence[AlertReport]]
) -> Sequence[Mapping[AlertChange, int]]:
    """Ingest the reports of several inbound events, in order, in one transaction.

    Incidents are updated once for consecutive batches that all fire or all end: an alert storm
    leads to one update, and an alert that fires and ends in between is not lost. Returns the number
    of reports per kind of change, for each batch.
    """
    all_reports = [report for reports in batches for report in reports]
    # Every transaction locks causes in sorted order, so that two of them cannot deadlock.
    for cause in sorted({report.cause for report in all_reports} - {""}):
        alerts.lock_cause(ctx.session, cause)
    episodes = _episodes(ctx, all_reports)
    changed_causes: set[str] = set()
    results: list[Counter[AlertChange]] = []
    last_firing: set[bool] = set()
    for reports in batches:
        firing = {report.claim is not None for report in reports}
        if changed_causes and len(last_firing | firing) > 1:
            _advance_all(ctx, changed_causes)
            changed_causes = set()
        last_firing = firing or last_firing
        counted: Counter[AlertChange] = Counter()
        for report in reports:
            if _is_unopened_placeholder(report, episodes):
                continue
            change, causes = _store_report(ctx, report, episodes)
            counted[change] += 1
            changed_causes |= causes
            newest = episodes.get((report.source, report.dedup_key))
            if (
                change is AlertChange.NEW
                and newest is not None
                and newest.action == RouteAction.NOTE.value
            ):
                attach_to_open_incidents(ctx, newest)
        results.append(counted)
    _advance_all(ctx, changed_causes)
    return results


def _is_unopened_placeholder(report: AlertReport, episodes: Episodes) -> bool:
    key = (report.source, report.dedup_key)
    return report.is_placeholder and report.claim is None and key not in episodes


def _advance_all(ctx: Ctx, causes: set[str]) -> None:
    ctx.session.flush()
    for cause in sorted(causes):
        _advance(ctx, cause)


def advance(ctx: Ctx) -> None:
    """Apply the transitions that are due by time: group waits, resolving, drafts to publish."""
    staleness.update_staleness(ctx)
    causes = alert_causes.causes_to_watch(ctx.session)
    if grouping.group_causes(ctx, causes):
        causes = alert_causes.causes_to_watch(ctx.session)
    for cause in sorted(causes):
        _advance(ctx, cause)
    publish_modes.publish_due(ctx)


def has_due_work(ctx: Ctx) -> bool:
    """Whether `advance` may have something to do, so that a write transaction is worth it."""
    return bool(
        alert_causes.causes_to_watch(ctx.session)
        or incidents.drafts_due(ctx.session, ctx.now)
        or staleness.has_due_alerts(ctx)
    )


def withdraw_alerts(ctx: Ctx, source: str, key_prefix: str) -> None:
    """Close the unresolved alerts of `source` whose dedup key starts with `key_prefix`.

    For sources and targets that are no longer watched. Because that is no recovery, an incident
    without other firing alerts is handed to staff instead of being resolved.
    """
    for alert in alerts.unresolved_alerts(ctx.session, source, key_prefix):
        row = load_cause(ctx, alert.cause).row if alert.cause else None
        was_linked = alert.incident_id is not None
        alert.state, alert.ended_at, alert.incident_id = AlertState.RESOLVED.value, ctx.now, None
        ctx.session.flush()
        if row is None or not was_linked or not row.is_open or row.owner == Owner.STAFF.value:
            continue
        if load_cause(ctx, alert.cause).is_quiet:
            take_over(ctx, row.public_id)


def _episodes(ctx: Ctx, reports: Sequence[AlertReport]) -> Episodes:
    """Load the newest episode of each reported alert, including resolved ones."""
    keys: dict[str, list[str]] = {}
    for report in reports:
        keys.setdefault(report.source, []).append(report.dedup_key)
    return {
        (source, key): row
        for source, wanted in keys.items()
        for key, row in alerts.newest_episodes(ctx.session, source, wanted).items()
    }


def _store_report(
    ctx: Ctx, report: AlertReport, episodes: Episodes
) -> tuple[AlertChange, set[str]]:
    """Store the report; return the kind of change and the causes to advance."""
    newest = episodes.get((report.source, report.dedup_key))
    change = classify_report(
        firing=report.claim is not None,
        times=report.times,
        former=_former_reports(newest) if newest else None,
    )
    if change is AlertChange.OUTDATED:
        return change, set()
    if newest is None or change is AlertChange.NEW:
        newest = _open_episode(ctx, report, newest)
        episodes[report.source, report.dedup_key] = newest
        return change, _causes_to_advance(report, newest)
    newest.reported_at = _reported_until(newest, report)
    newest.event_id = report.event_id
    newest.last_received_at = _latest(newest.last_received_at, _received_at(report))
    if change is AlertChange.RESOLVED:
        newest.state, newest.ended_at = AlertState.RESOLVED.value, report.at
        if report.ended_at is not None:
            began = newest.source_started_at or newest.started_at
            newest.source_ended_at = max(began, report.ended_at)
        return change, _causes_to_advance(report, newest)
    if change is AlertChange.REPEATED and report.claim is not None:
        row, causes = _repeat(ctx, report, report.claim, newest)
        episodes[report.source, report.dedup_key] = row
        return change, causes
    return change, set()


def _open_episode(ctx: Ctx, report: AlertReport, former: AlertRow | None) -> AlertRow:
    """Open an episode. If the end of an alert arrives first, store a resolved episode, so that an
    older firing report that arrives later is recognised as outdated.
    """
    claim = report.claim
    started_at = report.started_at
    if started_at is not None and former is not None and _has_fired(former):
        # Not before the end of the former episode, even if the sender repeats its start.
        started_at = _latest(started_at, former.source_ended_at or former.ended_at)
    row = AlertRow(
        source=report.source,
        dedup_key=report.dedup_key,
        cause=report.cause if claim else "",
        state=(AlertState.FIRING if claim else AlertState.RESOLVED).value,
        occurrences=1,
        started_at=report.at,
        last_seen_at=report.at,
        ended_at=None if claim else report.at,
        reported_at=_reported_until(former, report),
        source_started_at=started_at,
        source_ended_at=None if claim else report.ended_at,
        last_received_at=_received_at(report),
        source_id=report.source_id,
        event_id=report.event_id,
        **(_columns(report, claim) if claim else _NO_CLAIM),
    )
    if claim is not None and claim.monitor is not None and claim.monitor.expires_after is not None:
        row.expires_at = report.at + claim.monitor.expires_after
    ctx.session.add(row)
    return row


def _repeat(
    ctx: Ctx, report: AlertReport, claim: AlertClaim, row: AlertRow
) -> tuple[AlertRow, set[str]]:
    """Update a firing alert; return its row, and the causes to advance."""
    columns = _columns(report, claim)
    before = dict(row.services)
    if row.incident_id is None and row.status_set_at is None:
        row.cause = report.cause
    else:
        # An alert that is linked or has set a status keeps its action, even if its route changed.
        columns["action"] = row.action
        columns["services"] = columns["services"] or before
    changed = columns["services"] != before
    if changed and row.status_set_at is not None:
        row = _continue_with_other_status(ctx, row)
    row.occurrences += 1
    row.last_seen_at, row.stale_at = report.at, None
    row.sqlmodel_update(columns)
    if changed and row.status_set_at is not None:
        service_status.rebuild(ctx, {*before, *row.services})
    return row, {row.cause} - {""} if changed or report.source_id is None else set()


def _continue_with_other_status(ctx: Ctx, former: AlertRow) -> AlertRow:
    """End a row that sets the status of services now, and go on in a new one.

    A row has one status, so a change in place would change the status of the time before it.
    """
    values = {name: getattr(former, name) for name in AlertRow.model_fields if name != "id"}
    former.state, former.ended_at = AlertState.RESOLVED.value, ctx.now
    former.status_cleared_at = ctx.now
    # Only one row of an alert may be unresolved.
    ctx.session.flush()
    row = AlertRow(**{**values, "status_set_at": ctx.now})
    ctx.session.add(row)
    ctx.session.flush()
    return row


def _causes_to_advance(report: AlertReport, row: AlertRow) -> set[str]:
    """The cause of the report, if it can change an incident before the next `advance`.

    Loading a cause costs more than storing a report. Group waits and resolving are left to
    `advance`.
    """
    if report.source_id is None:
        return {report.cause}
    if row.state == AlertState.RESOLVED.value:
        return {row.cause} if row.cause and row.incident_id is not None else set()
    return {row.cause} if row.cause and row.group_wait_seconds == 0 else set()


def _former_reports(row: AlertRow) -> FormerReports:
    return FormerReports(
        is_unresolved=row.state != AlertState.RESOLVED.value,
        has_fired=_has_fired(row),
        reported_at=row.reported_at,
        started_at=row.source_started_at,
        received_at=row.last_received_at or row.ended_at,
    )


def _has_fired(row: AlertRow) -> bool:
    """Whether the episode began with a firing report, and not with that of an end."""
    return row.group is not None


def _reported_until(former: AlertRow | None, report: AlertReport) -> datetime | None:
    """Latest time by the sender's clock, after a report that is not outdated.

    An earlier time of such a report shows that the clock was set back, and counts from now on.
    """
    times = report.times
    before = former.reported_at if former else None
    if times is None:
        return before
    if before is not None and times.reported_at is not None and times.reported_at < before:
        return times.earliest
    return _latest(before, times.earliest)


def _received_at(report: AlertReport) -> datetime:
    return report.times.received_at if report.times else report.at


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other


_NO_CLAIM: Mapping[str, Any] = {
    "headline": "",
    "body": Phrased(()),
    "host": "",
    "certain": False,
    "services": {},
    "publish": "draft",
    "group_wait_seconds": 0,
    "settle_seconds": 0,
}


def _columns(report: AlertReport, claim: AlertClaim) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "headline": claim.headline,
        "body": claim.body,
        "host": claim.host,
        "certain": claim.certain,
        "services": {str(service): status.value for service, status in claim.services.items()},
        "publish": claim.publish,
        "group_wait_seconds": int(claim.group_wait.total_seconds()),
        "settle_seconds": int(claim.resolve_after.total_seconds()),
        "group": report.dedup_key,
    }
    monitor = claim.monitor
    if monitor is None:
        return columns
    stale_after = monitor.stale_after
    settings = {
        "action": monitor.action,
        "severity": monitor.severity,
        "reopen_within_seconds": int(monitor.reopen_within.total_seconds()),
        "min_alerts": monitor.min_alerts,
        "min_sources": monitor.min_sources,
    }
    group = repr((report.source, sorted(columns["services"].items()), columns["publish"], settings))
    group += repr((columns["group_wait_seconds"], columns["settle_seconds"]))
    return {
        **columns,
        **settings,
        "group": hashlib.sha256(group.encode()).hexdigest()[:16],
        "title": monitor.title,
        "description": monitor.description,
        "labels": dict(monitor.labels),
        "source_url": monitor.source_url,
        "stale_after_seconds": None if stale_after is None else int(stale_after.total_seconds()),
    }


def _advance(ctx: Ctx, key: str) -> None:
    cause = load_cause(ctx, key)
    service_status.apply_due(ctx, key)
    if cause.alerts:
        apply_transition(cause, next_transition(cause.incident, cause.facts, ctx.now, cause.policy))
