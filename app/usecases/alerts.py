"""The common ingest: what monitors and probes state becomes, moves and ends incidents."""

from collections.abc import Iterable, Mapping

from app.db import alerts, incidents, services
from app.db.tables import AlertRow, EvidenceRow, IncidentRow
from app.domain.alerts import AlertReport, AlertState, Move, next_move
from app.domain.localized import LocalizedText
from app.domain.ownership import Owner
from app.domain.phrases import Phrase, Phrased, Text
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases import publishing
from app.usecases.alert_cases import Case, case_of
from app.usecases.context import Ctx
from app.usecases.incidents import NewIncident, NewUpdate, open_incident, post_update

__all__ = ["advance", "ingest", "is_waiting"]


def ingest(ctx: Ctx, reports: Iterable[AlertReport]) -> None:
    """Take in what monitors and probes state, and do what follows from it, in one transaction."""
    touched: dict[str, None] = {}
    for report in reports:
        _take_in(ctx, report)
        touched[report.cause] = None
    for cause in touched:
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


def _take_in(ctx: Ctx, report: AlertReport) -> None:
    standing = alerts.unresolved_alert(ctx.session, report.source, report.dedup_key)
    if report.state is AlertState.RESOLVED:
        if standing is not None:
            standing.state, standing.ended_at = AlertState.RESOLVED.value, report.at
            ctx.session.flush()
        return
    stated = {str(service): status.value for service, status in report.services.items()}
    if standing is not None:
        standing.occurrences += 1
        standing.last_seen_at, standing.services = report.at, stated
        return
    ctx.session.add(
        AlertRow(
            source=report.source,
            dedup_key=report.dedup_key,
            cause=report.cause,
            state=AlertState.FIRING.value,
            headline=report.headline,
            body=report.body,
            host=report.host,
            certain=report.certain,
            occurrences=1,
            services=stated,
            publish=report.publish,
            group_wait_seconds=int(report.group_wait.total_seconds()),
            settle_seconds=int(report.settle.total_seconds()),
            started_at=report.at,
            last_seen_at=report.at,
        )
    )
    ctx.session.flush()


def _advance(ctx: Ctx, cause: str) -> None:
    case = case_of(ctx, cause)
    if not case.alerts:
        return
    move = next_move(case.incident, case.facts, ctx.now)
    _MOVES[move](case)
    _link(case)


def _open(case: Case) -> None:
    first = case.firing[0]
    affected = case.affected()
    publishes = publishing.mode_of(first.publish)
    status = IncidentStatus.IDENTIFIED if first.certain else IncidentStatus.INVESTIGATING
    opened = open_incident(
        case.ctx,
        NewIncident(
            title=_title(case.ctx, first.headline, affected),
            first=NewUpdate(status, first.body, _by_slug(case.ctx, affected)),
            publish=publishes.at_once,
            publish_at=None if publishes.after is None else case.ctx.now + publishes.after,
            cause=first.cause,
        ),
    )
    row = incidents.find_incident(case.ctx.session, opened.incident.id)
    for alert in case.firing:
        alert.incident_id = row.id if row else None


def _join(case: Case) -> None:
    affected = case.affected()
    joined = Phrase.of("update.joined", services=_names(case.ctx, affected))
    _post(case, _status(case), (joined, *_phrases(case.newest.body)), affected)
    _retitle(case)


def _recur(case: Case) -> None:
    recurred = Phrase.of("update.recurred")
    _post(case, _status(case), (recurred, *_phrases(case.newest.body)), case.affected())
    _retitle(case)


def _flap(case: Case) -> None:
    _post(case, IncidentStatus.MONITORING, (Phrase.of("update.flapping"),), case.affected())


def _monitor(case: Case) -> None:
    if _forget_draft(case):
        return
    hosts = tuple(dict.fromkeys(alert.host for alert in case.alerts))
    _post(case, IncidentStatus.MONITORING, (Phrase.of("update.monitoring", hosts=hosts),), {})


def _resolve(case: Case) -> None:
    if _forget_draft(case):
        return
    since = max(alert.ended_at for alert in case.alerts if alert.ended_at is not None)
    _post(case, IncidentStatus.RESOLVED, (Phrase.of("update.resolved", date=since),), {})


def _nothing(case: Case) -> None:
    """Attach what automation sees to an incident in staff's hands, once per change."""
    row = case.row
    if row is None or row.owner != Owner.STAFF.value or row.deleted_at is not None:
        return
    fresh = [alert for alert in case.firing if alert.incident_id is None]
    for alert in fresh:
        _attach(case.ctx, row, "firing", alert.body)
    if not case.firing and row.is_open:
        kinds = [each.kind for each in incidents.evidence_of(case.ctx.session, row.id or 0)]
        if kinds[:1] != ["proposes_resolving"]:
            hosts = tuple(dict.fromkeys(alert.host for alert in case.alerts))
            said = Phrased.of(Phrase.of("update.monitoring", hosts=hosts))
            _attach(case.ctx, row, "proposes_resolving", said)


_MOVES = {
    Move.NOTHING: _nothing,
    Move.OPEN: _open,
    Move.JOIN: _join,
    Move.RECUR: _recur,
    Move.FLAP: _flap,
    Move.MONITOR: _monitor,
    Move.RESOLVE: _resolve,
}


def _link(case: Case) -> None:
    """Let the alerts that were not linked yet belong to the incident, unless they are muted."""
    if case.row is None:
        return
    for alert, facts in zip(case.alerts, case.facts, strict=True):
        if alert.incident_id is None and facts.services:
            alert.incident_id = case.row.id


def _attach(ctx: Ctx, row: IncidentRow, kind: str, body: Text) -> None:
    ctx.session.add(EvidenceRow(incident_id=row.id or 0, kind=kind, body=body, seen_at=ctx.now))
    ctx.session.flush()


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


def _status(case: Case) -> IncidentStatus:
    return IncidentStatus.IDENTIFIED if case.newest.certain else IncidentStatus.INVESTIGATING


def _retitle(case: Case) -> None:
    """Name the services that joined in the title too."""
    if case.row is None or not isinstance(case.row.title, Phrased):
        return
    named = {**(case.incident.services if case.incident else {}), **case.affected()}
    case.row.title = _title(case.ctx, case.row.title.phrases[0].code, named)


def _forget_draft(case: Case) -> bool:
    """A draft that nobody released ends with what it was about."""
    if case.row is None or case.row.published_at is not None:
        return False
    case.row.deleted_at, case.row.is_open = case.ctx.now, False
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
