"""The common ingest: what monitors and probes state becomes, moves and ends incidents."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.db import alerts, incidents, services
from app.db.tables import AlertRow, EvidenceRow
from app.domain.alerts import AlertReport, AlertState, Move, Statement, next_move
from app.domain.localized import LocalizedText
from app.domain.ownership import Owner
from app.domain.phrases import Phrase, Phrased, Text
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases import audit, publishing
from app.usecases.alert_cases import Case, case_of
from app.usecases.context import Ctx
from app.usecases.incidents import NewIncident, NewUpdate, open_incident, post_update, take_over

__all__ = ["advance", "ingest", "is_waiting", "withdraw"]


def ingest(ctx: Ctx, reports: Iterable[AlertReport]) -> None:
    """Take in what monitors and probes state, and do what follows from it, in one transaction."""
    by_cause: dict[str, list[AlertReport]] = {}
    for report in reports:
        by_cause.setdefault(report.cause, []).append(report)
    # Whoever holds several causes takes them in the same order, so that nobody waits in a circle.
    for cause in sorted(by_cause):
        alerts.hold_cause(ctx.session, cause)
        for report in by_cause[cause]:
            _take_in(ctx, report)
        _advance(ctx, cause)


def advance(ctx: Ctx) -> None:
    """Do what the clock alone brings about: quiet long enough, windows over, drafts due."""
    for cause in sorted(alerts.causes_to_watch(ctx.session)):
        _advance(ctx, cause)
    publishing.publish_due(ctx)


def is_waiting(ctx: Ctx) -> bool:
    """Whether there is anything that the clock could move, so that `advance` is worth a write."""
    waits = alerts.causes_to_watch(ctx.session) or incidents.drafts_due(ctx.session, ctx.now)
    return bool(waits)


def withdraw(ctx: Ctx, source: str, about: str) -> None:
    """Forget what `source` still states under keys that begin with `about`: nobody looks any more.

    That is no recovery: an incident that nothing else keeps open is put into staff's hands.
    """
    for alert in alerts.unresolved_alerts(ctx.session, source, about):
        row = case_of(ctx, alert.cause).row
        was_linked = alert.incident_id is not None
        alert.state, alert.ended_at, alert.incident_id = AlertState.RESOLVED.value, ctx.now, None
        ctx.session.flush()
        if row is None or not was_linked or not row.is_open or row.owner == Owner.STAFF.value:
            continue
        if case_of(ctx, alert.cause).is_quiet:
            take_over(ctx, row.public_id)


def _take_in(ctx: Ctx, report: AlertReport) -> None:
    standing = alerts.unresolved_alert(ctx.session, report.source, report.dedup_key)
    if report.states is None:
        if standing is not None:
            standing.state, standing.ended_at = AlertState.RESOLVED.value, report.at
    elif standing is not None:
        standing.occurrences += 1
        standing.last_seen_at = report.at
        standing.sqlmodel_update(_columns(report.states))
    else:
        ctx.session.add(
            AlertRow(
                source=report.source,
                dedup_key=report.dedup_key,
                cause=report.cause,
                state=AlertState.FIRING.value,
                occurrences=1,
                started_at=report.at,
                last_seen_at=report.at,
                **_columns(report.states),
            )
        )
    ctx.session.flush()


def _columns(said: Statement) -> dict[str, Any]:
    return {
        "headline": said.headline,
        "body": said.body,
        "host": said.host,
        "certain": said.certain,
        "services": {str(service): status.value for service, status in said.services.items()},
        "publish": said.publish,
        "group_wait_seconds": int(said.group_wait.total_seconds()),
        "settle_seconds": int(said.settle.total_seconds()),
    }


def _advance(ctx: Ctx, cause: str) -> None:
    case = case_of(ctx, cause)
    if not case.alerts:
        return
    move = next_move(case.incident, case.facts, ctx.now)
    _MOVES[move](case)
    if case.row is not None:
        for alert in case.newcomers:
            alert.incident_id = case.row.id


def _open(case: Case) -> None:
    affected = case.affected()
    said = case.speaker(affected)
    publishes = publishing.mode_of(said.publish)
    opened = open_incident(
        case.ctx,
        NewIncident(
            title=_title(case.ctx, said.headline, affected),
            first=NewUpdate(_status(said), said.body, _by_slug(case.ctx, affected)),
            publish=publishes.at_once,
            publish_at=None if publishes.after is None else case.ctx.now + publishes.after,
            cause=said.cause,
        ),
    )
    row = incidents.find_incident(case.ctx.session, opened.incident.id)
    for alert in case.newcomers:
        alert.incident_id = row.id if row else None


def _join(case: Case) -> None:
    affected = case.affected()
    said = case.speaker(affected)
    new = [each for each in affected if case.said.get(each) in {None, ServiceStatus.OPERATIONAL}]
    joined = (Phrase.of("update.joined", services=_names(case.ctx, new)),) if new else ()
    _post(case, _status(said), (*joined, *_phrases(said.body)), affected)
    _retitle(case, said.headline, affected)


def _recur(case: Case) -> None:
    affected = case.affected()
    said = case.speaker(affected)
    recurred = Phrase.of("update.recurred")
    _post(case, _status(said), (recurred, *_phrases(said.body)), affected)
    _retitle(case, said.headline, affected)


def _flap(case: Case) -> None:
    affected = case.affected()
    headline = case.speaker(affected).headline
    _post(case, IncidentStatus.MONITORING, (Phrase.of("update.flapping"),), affected)
    _retitle(case, headline, affected)


def _monitor(case: Case) -> None:
    if not _forget_draft(case):
        said = Phrase.of("update.monitoring", hosts=case.hosts)
        _post(case, IncidentStatus.MONITORING, (said,), {})


def _resolve(case: Case) -> None:
    if not _forget_draft(case):
        since = max(alert.ended_at for alert in case.alerts if alert.ended_at is not None)
        _post(case, IncidentStatus.RESOLVED, (Phrase.of("update.resolved", date=since),), {})


def _nothing(case: Case) -> None:
    """Attach what automation sees to an incident in staff's hands, once per change."""
    row = case.row
    if row is None or row.owner != Owner.STAFF.value or row.deleted_at is not None:
        return
    for alert in case.newcomers:
        _attach(case, "firing", alert.body)
    if case.is_quiet and row.is_open:
        evidence = incidents.evidence_of(case.ctx.session, row.id or 0)
        if not evidence or evidence[0].kind != "proposes_resolving":
            said = Phrased.of(Phrase.of("update.monitoring", hosts=case.hosts))
            _attach(case, "proposes_resolving", said)


_MOVES = {
    Move.NOTHING: _nothing,
    Move.OPEN: _open,
    Move.JOIN: _join,
    Move.RECUR: _recur,
    Move.FLAP: _flap,
    Move.MONITOR: _monitor,
    Move.RESOLVE: _resolve,
}


def _attach(case: Case, kind: str, body: Text) -> None:
    if case.row is not None and case.row.id is not None:
        case.ctx.session.add(
            EvidenceRow(incident_id=case.row.id, kind=kind, body=body, seen_at=case.ctx.now)
        )
        case.ctx.session.flush()


def _post(
    case: Case,
    status: IncidentStatus,
    phrases: tuple[Phrase, ...],
    affected: Mapping[int, ServiceStatus],
) -> None:
    if case.row is not None:
        update = NewUpdate(status, Phrased(phrases), _by_slug(case.ctx, affected))
        post_update(case.ctx, case.row.public_id, update)


def _phrases(body: Text) -> tuple[Phrase, ...]:
    return body.phrases if isinstance(body, Phrased) else ()


def _status(said: AlertRow) -> IncidentStatus:
    return IncidentStatus.IDENTIFIED if said.certain else IncidentStatus.INVESTIGATING


def _retitle(case: Case, headline: str, affected: Mapping[int, ServiceStatus]) -> None:
    """Name the services that joined in the title too."""
    if case.row is not None and isinstance(case.row.title, Phrased):
        case.row.title = _title(case.ctx, headline, {**case.said, **affected})


def _forget_draft(case: Case) -> bool:
    """A draft that nobody released ends with what it was about."""
    if case.row is None or case.row.published_at is not None:
        return False
    case.row.deleted_at, case.row.is_open = case.ctx.now, False
    audit.record(case.ctx, "incident.forget", "incident", case.row.public_id)
    return True


def _title(ctx: Ctx, headline: str, affected: Mapping[int, ServiceStatus]) -> Phrased:
    return Phrased.of(Phrase.of(headline, services=_names(ctx, affected)))


def _names(ctx: Ctx, affected: Iterable[int]) -> tuple[LocalizedText, ...]:
    wanted = list(affected)
    found = services.services_by_id(ctx.session, wanted)
    return tuple(found[number].name for number in wanted if number in found)


def _by_slug(ctx: Ctx, affected: Mapping[int, ServiceStatus]) -> dict[str, ServiceStatus]:
    found = services.services_by_id(ctx.session, affected)
    return {found[number].slug: status for number, status in affected.items() if number in found}
