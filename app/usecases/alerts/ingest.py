"""The common ingest: what monitors and probes state becomes, moves and ends incidents."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.db.queries import alert_causes, alerts, incidents
from app.db.tables import AlertRow
from app.domain.alerts.alerts import (
    AlertChange,
    AlertClaim,
    AlertReport,
    AlertState,
    classify_report,
    next_transition,
)
from app.domain.alerts.routing import RouteAction
from app.domain.ownership import Owner
from app.domain.phrases import Phrased
from app.usecases.alerts import grouping, publish_modes, service_status, staleness
from app.usecases.alerts.actions import apply_transition, attach_to_open_incidents
from app.usecases.alerts.cause import load_cause
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import take_over

__all__ = ["advance", "has_due_work", "ingest", "ingest_batches", "withdraw_alerts"]

Episodes = dict[tuple[str, str], AlertRow]


def ingest(ctx: Ctx, reports: Iterable[AlertReport]) -> Mapping[AlertChange, int]:
    """Take in what monitors and probes state, and do what follows from it, in one transaction.

    Tells how many of the reports were new, said again, and so on.
    """
    (counted,) = ingest_batches(ctx, [list(reports)])
    return counted


def ingest_batches(
    ctx: Ctx, deliveries: Sequence[Sequence[AlertReport]]
) -> Sequence[Mapping[AlertChange, int]]:
    """The same for several deliveries, one after the other, in one transaction.

    What follows is done once for neighbours that all fire or all end: a storm of alerts is told
    together, but nothing that began and ended goes unseen.
    """
    given = [report for reports in deliveries for report in reports]
    # Whoever holds several causes takes them in the same order, so that nobody waits in a circle.
    for cause in sorted({report.cause for report in given} - {""}):
        alerts.lock_cause(ctx.session, cause)
    episodes = _episodes(ctx, given)
    moved: set[str] = set()
    told: list[Counter[AlertChange]] = []
    last: set[bool] = set()
    for reports in deliveries:
        says = {report.claim is not None for report in reports}
        if moved and len(last | says) > 1:
            _advance_all(ctx, moved)
            moved = set()
        last = says or last
        counted: Counter[AlertChange] = Counter()
        for report in reports:
            if _is_hollow(report, episodes):
                continue
            change, causes = _take_in(ctx, report, episodes)
            counted[change] += 1
            moved |= causes
            newest = episodes.get((report.source, report.dedup_key))
            if (
                change is AlertChange.NEW
                and newest is not None
                and newest.action == RouteAction.NOTE.value
            ):
                attach_to_open_incidents(ctx, newest)
        told.append(counted)
    _advance_all(ctx, moved)
    return told


def _is_hollow(report: AlertReport, episodes: Episodes) -> bool:
    key = (report.source, report.dedup_key)
    return report.is_placeholder and report.claim is None and key not in episodes


def _advance_all(ctx: Ctx, causes: set[str]) -> None:
    ctx.session.flush()
    for cause in sorted(causes):
        _advance(ctx, cause)


def advance(ctx: Ctx) -> None:
    """Do what the clock alone brings about: quiet long enough, windows over, drafts due."""
    staleness.update_staleness(ctx)
    grouping.group_causes(ctx)
    for cause in sorted(alert_causes.causes_to_watch(ctx.session)):
        _advance(ctx, cause)
    publish_modes.publish_due(ctx)


def has_due_work(ctx: Ctx) -> bool:
    """Whether there is anything that the clock could move, so that `advance` is worth a write."""
    return bool(
        alert_causes.causes_to_watch(ctx.session)
        or incidents.drafts_due(ctx.session, ctx.now)
        or staleness.has_due_alerts(ctx)
    )


def withdraw_alerts(ctx: Ctx, source: str, about: str) -> None:
    """Forget what `source` still states under keys that begin with `about`: nobody looks any more.

    That is no recovery: an incident that nothing else keeps open is put into staff's hands.
    """
    for alert in alerts.unresolved_alerts(ctx.session, source, about):
        row = load_cause(ctx, alert.cause).row if alert.cause else None
        was_linked = alert.incident_id is not None
        alert.state, alert.ended_at, alert.incident_id = AlertState.RESOLVED.value, ctx.now, None
        ctx.session.flush()
        if row is None or not was_linked or not row.is_open or row.owner == Owner.STAFF.value:
            continue
        if load_cause(ctx, alert.cause).is_quiet:
            take_over(ctx, row.public_id)


def _episodes(ctx: Ctx, reports: Sequence[AlertReport]) -> Episodes:
    """The newest episode of each alert that is reported, resolved ones too."""
    keys: dict[str, list[str]] = {}
    for report in reports:
        keys.setdefault(report.source, []).append(report.dedup_key)
    return {
        (source, key): row
        for source, wanted in keys.items()
        for key, row in alerts.newest_episodes(ctx.session, source, wanted).items()
    }


def _take_in(ctx: Ctx, report: AlertReport, episodes: Episodes) -> tuple[AlertChange, set[str]]:
    """Keep what the report says; tells what it was, and the causes to be looked at for it."""
    newest = episodes.get((report.source, report.dedup_key))
    standing = newest is not None and newest.state != AlertState.RESOLVED.value
    change = classify_report(
        firing=report.claim is not None,
        is_unresolved=standing,
        reported_at=report.reported_at,
        last_reported_at=newest.reported_at if newest else None,
    )
    if change is AlertChange.OUTDATED:
        return change, set()
    if newest is None or change is AlertChange.NEW:
        newest = _begin(ctx, report, newest)
        episodes[report.source, report.dedup_key] = newest
        return change, _worth_a_look(report, newest)
    newest.reported_at = _later(newest.reported_at, report.reported_at)
    newest.event_id = report.event_id
    if change is AlertChange.RESOLVED:
        newest.state, newest.ended_at = AlertState.RESOLVED.value, report.at
        return change, _worth_a_look(report, newest)
    if change is AlertChange.REPEATED and report.claim is not None:
        return change, _again(ctx, report, report.claim, newest)
    return change, set()


def _begin(ctx: Ctx, report: AlertReport, former: AlertRow | None) -> AlertRow:
    """A new episode; of an alert whose end came first, one that is over, so that a word from
    before the end is known for what it is.
    """
    said = report.claim
    row = AlertRow(
        source=report.source,
        dedup_key=report.dedup_key,
        cause=report.cause if said else "",
        state=(AlertState.FIRING if said else AlertState.RESOLVED).value,
        occurrences=1,
        started_at=report.at,
        last_seen_at=report.at,
        ended_at=None if said else report.at,
        reported_at=_later(former.reported_at if former else None, report.reported_at),
        source_id=report.source_id,
        event_id=report.event_id,
        **(_columns(report, said) if said else _NOTHING_SAID),
    )
    if said is not None and said.monitor is not None and said.monitor.expires_after is not None:
        row.expires_at = report.at + said.monitor.expires_after
    ctx.session.add(row)
    return row


def _again(ctx: Ctx, report: AlertReport, said: AlertClaim, row: AlertRow) -> set[str]:
    row.occurrences += 1
    row.last_seen_at, row.stale_at = report.at, None
    new = _columns(report, said)
    before = dict(row.services)
    if row.incident_id is None and row.status_set_at is None:
        row.cause = report.cause
    else:
        # What it belongs to goes on, whatever its route says by now.
        new["action"] = row.action
        new["services"] = new["services"] or before
    row.sqlmodel_update(new)
    if row.status_set_at is not None and row.services != before:
        service_status.rebuild(ctx, {*before, *row.services})
    changed = row.services != before
    return {row.cause} - {""} if changed or report.source_id is None else set()


def _worth_a_look(report: AlertReport, row: AlertRow) -> set[str]:
    """The cause, if what was said can move something before the clock does.

    Looking costs more than keeping, and what waits for others, or for quiet, is the clock's.
    """
    if report.source_id is None:
        return {report.cause}
    if row.state == AlertState.RESOLVED.value:
        return {row.cause} if row.cause and row.incident_id is not None else set()
    return {row.cause} if row.cause and row.group_wait_seconds == 0 else set()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other


_NOTHING_SAID: Mapping[str, Any] = {
    "headline": "",
    "body": Phrased(()),
    "host": "",
    "certain": False,
    "services": {},
    "publish": "draft",
    "group_wait_seconds": 0,
    "settle_seconds": 0,
}


def _columns(report: AlertReport, said: AlertClaim) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "headline": said.headline,
        "body": said.body,
        "host": said.host,
        "certain": said.certain,
        "services": {str(service): status.value for service, status in said.services.items()},
        "publish": said.publish,
        "group_wait_seconds": int(said.group_wait.total_seconds()),
        "settle_seconds": int(said.resolve_after.total_seconds()),
        "group": report.dedup_key,
    }
    claim = said.monitor
    if claim is None:
        return columns
    stale_after = claim.stale_after
    claimed = {
        "action": claim.action,
        "severity": claim.severity,
        "reopen_within_seconds": int(claim.reopen_within.total_seconds()),
        "min_alerts": claim.min_alerts,
        "min_sources": claim.min_sources,
    }
    about = repr((report.source, sorted(columns["services"].items()), columns["publish"], claimed))
    about += repr((columns["group_wait_seconds"], columns["settle_seconds"]))
    return {
        **columns,
        **claimed,
        "group": hashlib.sha256(about.encode()).hexdigest()[:16],
        "title": claim.title,
        "description": claim.description,
        "labels": dict(claim.labels),
        "source_url": claim.source_url,
        "stale_after_seconds": None if stale_after is None else int(stale_after.total_seconds()),
    }


def _advance(ctx: Ctx, cause: str) -> None:
    case = load_cause(ctx, cause)
    service_status.apply_due(ctx, cause)
    if case.alerts:
        apply_transition(case, next_transition(case.incident, case.facts, ctx.now, case.policy))
