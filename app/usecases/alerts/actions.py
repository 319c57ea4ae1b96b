"""What each move of automation says and does to an incident."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from app.db.queries import alerts, incidents, services
from app.db.tables import AlertRow, EvidenceRow
from app.domain.alerts.alerts import Transition
from app.domain.localized_text import LocalizedText
from app.domain.ownership import Owner
from app.domain.phrases import Phrase, Phrased, Text
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases import audit
from app.usecases.alerts import publish_modes
from app.usecases.alerts.cause import CauseSnapshot
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update

__all__ = ["apply_transition", "attach_evidence", "attach_to_open_incidents"]


def apply_transition(case: CauseSnapshot, move: Transition) -> None:
    """Do `move`, and let the alerts that speak now belong to the incident there is after it."""
    number = _MOVES[move](case)
    if case.row is not None:
        number = case.row.id
    if number is not None and case.unlinked:
        kins = {alert.group for alert in case.unlinked}
        alerts.link_to_incident(case.ctx.session, case.cause, kins, number)


def _open(case: CauseSnapshot) -> int | None:
    affected = case.affected()
    said = case.headline_alert(affected)
    publishes = publish_modes.effective_publish_mode(case.ctx, said.publish)
    opened = open_incident(
        case.ctx,
        NewIncident(
            title=_title(case.ctx, said.headline, affected),
            first=NewUpdate(_status(said), said.body, _by_slug(case.ctx, affected)),
            publish=publishes.at_once,
            publish_at=None if publishes.after is None else case.ctx.now + publishes.after,
            cause=case.cause,
        ),
    )
    row = incidents.find_incident(case.ctx.session, opened.incident.id)
    return row.id if row else None


def _join(case: CauseSnapshot) -> None:
    affected = case.affected()
    said = case.headline_alert(affected)
    new = [each for each in affected if case.said.get(each) in {None, ServiceStatus.OPERATIONAL}]
    joined: tuple[Phrase, ...] = (
        (Phrase.of("update.joined", services=_names(case.ctx, new)),) if new else ()
    )
    if case.has_monitor_alerts and len(new) < len(affected):
        joined += (Phrase.of("update.worse"),)
    _post(case, _status(said), (*joined, *_phrases(said.body)), affected)
    _retitle(case, said.headline, affected)


def _recur(case: CauseSnapshot) -> None:
    affected = case.affected()
    said = case.headline_alert(affected)
    recurred = Phrase.of("update.recurred")
    _post(case, _status(said), (recurred, *_phrases(said.body)), affected)
    _retitle(case, said.headline, affected)


def _flap(case: CauseSnapshot) -> None:
    affected = case.affected()
    headline = case.headline_alert(affected).headline
    _post(case, IncidentStatus.MONITORING, (_phrase(case, "flapping"),), affected)
    _retitle(case, headline, affected)


def _monitor(case: CauseSnapshot) -> None:
    if not _forget_draft(case):
        _post(case, IncidentStatus.MONITORING, (_recovered(case),), {})


def _resolve(case: CauseSnapshot) -> None:
    if not _forget_draft(case):
        since = max(alert.ended_at for alert in case.alerts if alert.ended_at is not None)
        _post(case, IncidentStatus.RESOLVED, (_phrase(case, "resolved", date=since),), {})


def _nothing(case: CauseSnapshot) -> None:
    """Attach what automation sees to an incident in staff's hands, once per change."""
    row = case.row
    if row is None or row.owner != Owner.STAFF.value or row.deleted_at is not None:
        return
    for alert in case.unlinked:
        attach_evidence(case.ctx, row.id, "firing", _seen(alert))
    if case.is_quiet and row.is_open:
        evidence = incidents.evidence_of(case.ctx.session, row.id or 0)
        if not evidence or evidence[0].kind != "proposes_resolving":
            attach_evidence(case.ctx, row.id, "proposes_resolving", Phrased.of(_recovered(case)))


_MOVES: Mapping[Transition, Callable[[CauseSnapshot], int | None]] = {
    Transition.NOTHING: _nothing,
    Transition.OPEN: _open,
    Transition.JOIN: _join,
    Transition.RECUR: _recur,
    Transition.FLAP: _flap,
    Transition.MONITOR: _monitor,
    Transition.RESOLVE: _resolve,
}


def attach_evidence(ctx: Ctx, incident_id: int | None, kind: str, body: Text) -> None:
    """Keep what automation sees of an incident, for staff."""
    if incident_id is not None:
        ctx.session.add(EvidenceRow(incident_id=incident_id, kind=kind, body=body, seen_at=ctx.now))
        ctx.session.flush()


def attach_to_open_incidents(ctx: Ctx, alert: AlertRow) -> None:
    """Let staff see what opens nothing at the open incidents of the services that it names."""
    found = {
        row.id
        for each in alert.services
        for row in incidents.open_incidents_naming(ctx.session, int(each))
    }
    for number in sorted(filter(None, found)):
        attach_evidence(ctx, number, "firing", _seen(alert))


def _seen(alert: AlertRow) -> Text:
    if alert.source_id is None:
        return alert.body
    return Phrased.of(Phrase.of("monitor.evidence", title=alert.title or ""))


def _phrase(case: CauseSnapshot, what: str, **params: datetime) -> Phrase:
    """What is said of probes and of monitors in words of their own."""
    return Phrase.of(
        f"update.monitor.{what}" if case.has_monitor_alerts else f"update.{what}", **params
    )


def _recovered(case: CauseSnapshot) -> Phrase:
    if case.has_monitor_alerts:
        return Phrase.of("update.monitor.monitoring")
    return Phrase.of("update.monitoring", hosts=case.hosts)


def _post(
    case: CauseSnapshot,
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


def _retitle(case: CauseSnapshot, headline: str, affected: Mapping[int, ServiceStatus]) -> None:
    """Name the services that joined in the title too."""
    if case.row is not None and isinstance(case.row.title, Phrased):
        case.row.title = _title(case.ctx, headline, {**case.said, **affected})


def _forget_draft(case: CauseSnapshot) -> bool:
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
