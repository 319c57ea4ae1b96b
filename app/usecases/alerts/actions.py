"""Actions of automation: what each transition does to the incident of a cause."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from app.db.queries import services
from app.db.queries.alerts import alerts
from app.db.queries.incidents import incidents
from app.db.tables import AlertRow, EvidenceRow
from app.domain.alerts.alerts import Transition
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased, Text
from app.usecases import audit
from app.usecases.alerts import publish_modes
from app.usecases.alerts.cause import CauseSnapshot
from app.usecases.context import Ctx
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident, post_update
from app.usecases.title_search import languages_of_titles, search_form

__all__ = ["apply_transition", "attach_evidence", "attach_to_open_incidents"]


def apply_transition(cause: CauseSnapshot, transition: Transition) -> None:
    """Apply the transition, then link the unlinked alerts of the cause to its incident."""
    number = _ACTIONS[transition](cause)
    if cause.row is not None:
        number = cause.row.id
    if number is not None and cause.unlinked:
        groups = {alert.group for alert in cause.unlinked}
        alerts.link_to_incident(cause.ctx.session, cause.key, groups, number)


def _open(cause: CauseSnapshot) -> int | None:
    affected = cause.affected()
    alert = cause.headline_alert(affected)
    mode = publish_modes.effective_publish_mode(cause.ctx, alert.publish)
    opened = open_incident(
        cause.ctx,
        NewIncident(
            title=_title(cause.ctx, alert.headline, affected),
            first=NewUpdate(_status(alert), alert.body, _by_slug(cause.ctx, affected)),
            publish=mode.at_once,
            started_at=cause.started_at(affected),
            publish_at=None if mode.after is None else cause.ctx.now + mode.after,
            cause=cause.key,
        ),
    )
    row = incidents.find_incident(cause.ctx.session, opened.incident.id)
    return row.id if row else None


def _join(cause: CauseSnapshot) -> None:
    affected = cause.affected()
    alert = cause.headline_alert(affected)
    new = [
        each for each in affected if cause.statuses.get(each) in {None, ServiceStatus.OPERATIONAL}
    ]
    joined: tuple[Phrase, ...] = (
        (Phrase.of("update.joined", services=_names(cause.ctx, new)),) if new else ()
    )
    if cause.has_monitor_alerts and len(new) < len(affected):
        joined += (Phrase.of("update.worse"),)
    phrases = (*joined, *_phrases(alert.body))
    _post(cause, _status(alert), phrases, affected, cause.worse_since(affected))
    _retitle(cause, alert.headline, affected)


def _recur(cause: CauseSnapshot) -> None:
    affected = cause.affected()
    alert = cause.headline_alert(affected)
    recurred = Phrase.of("update.recurred")
    phrases = (recurred, *_phrases(alert.body))
    _post(cause, _status(alert), phrases, affected, cause.worse_since(affected))
    _retitle(cause, alert.headline, affected)


def _flap(cause: CauseSnapshot) -> None:
    affected = cause.affected()
    headline = cause.headline_alert(affected).headline
    phrases, since = (_phrase(cause, "flapping"),), cause.worse_since(affected)
    _post(cause, IncidentStatus.MONITORING, phrases, affected, since)
    _retitle(cause, headline, affected)


def _monitor(cause: CauseSnapshot) -> None:
    if not _delete_draft(cause):
        _post(cause, IncidentStatus.MONITORING, (_recovered(cause),), {}, cause.ended_at)


def _resolve(cause: CauseSnapshot) -> None:
    if not _delete_draft(cause):
        since = cause.ended_at or max(facts.ended_at for facts in cause.facts if facts.ended_at)
        if cause.row is not None:
            since = max(since, cause.row.started_at)
        phrases = (_phrase(cause, "resolved", date=since),)
        _post(cause, IncidentStatus.RESOLVED, phrases, {}, cause.ended_at)


def _nothing(cause: CauseSnapshot) -> None:
    """Attach evidence to an incident that staff own, once per change."""
    row = cause.row
    if row is None or row.owner != Owner.STAFF.value or row.deleted_at is not None:
        return
    for alert in cause.unlinked:
        attach_evidence(cause.ctx, row.id, "firing", _evidence_text(alert))
    if cause.is_quiet and row.is_open:
        evidence = incidents.evidence_of(cause.ctx.session, [row.id or 0]).get(row.id or 0, [])
        if not evidence or evidence[0].kind != "proposes_resolving":
            attach_evidence(cause.ctx, row.id, "proposes_resolving", Phrased.of(_recovered(cause)))


_ACTIONS: Mapping[Transition, Callable[[CauseSnapshot], int | None]] = {
    Transition.NOTHING: _nothing,
    Transition.OPEN: _open,
    Transition.JOIN: _join,
    Transition.RECUR: _recur,
    Transition.FLAP: _flap,
    Transition.MONITOR: _monitor,
    Transition.RESOLVE: _resolve,
}


def attach_evidence(ctx: Ctx, incident_id: int | None, kind: str, body: Text) -> None:
    """Store evidence at an incident, visible to staff only."""
    if incident_id is not None:
        ctx.session.add(EvidenceRow(incident_id=incident_id, kind=kind, body=body, seen_at=ctx.now))
        ctx.session.flush()


def attach_to_open_incidents(ctx: Ctx, alert: AlertRow) -> None:
    """Attach an alert that opens no incident to the open incidents of its services."""
    found = {
        row.id
        for each in alert.services
        for row in incidents.open_incidents_naming(ctx.session, int(each))
    }
    for number in sorted(filter(None, found)):
        attach_evidence(ctx, number, "firing", _evidence_text(alert))


def _evidence_text(alert: AlertRow) -> Text:
    if alert.source_id is None:
        return alert.body
    return Phrased.of(Phrase.of("monitor.evidence", title=alert.title or ""))


def _phrase(cause: CauseSnapshot, name: str, **params: datetime) -> Phrase:
    """The phrase `name` in its variant for monitors or for probes."""
    prefix = "update.monitor" if cause.has_monitor_alerts else "update"
    return Phrase.of(f"{prefix}.{name}", **params)


def _recovered(cause: CauseSnapshot) -> Phrase:
    if cause.has_monitor_alerts:
        return Phrase.of("update.monitor.monitoring")
    return Phrase.of("update.monitoring", hosts=cause.hosts)


def _post(
    cause: CauseSnapshot,
    status: IncidentStatus,
    phrases: tuple[Phrase, ...],
    affected: Mapping[int, ServiceStatus],
    since: datetime | None,
) -> None:
    """Post an update with the time `since` when its status is true, or now if that is unknown."""
    if cause.row is not None:
        update = NewUpdate(
            status,
            Phrased(phrases),
            _by_slug(cause.ctx, affected),
            # Not before the latest update, whose status it replaces.
            posted_at=since
            and max(filter(None, (since, (cause.incident.updated_at if cause.incident else None)))),
        )
        post_update(cause.ctx, cause.row.public_id, update)


def _phrases(body: Text) -> tuple[Phrase, ...]:
    return body.phrases if isinstance(body, Phrased) else ()


def _status(alert: AlertRow) -> IncidentStatus:
    return IncidentStatus.IDENTIFIED if alert.certain else IncidentStatus.INVESTIGATING


def _retitle(cause: CauseSnapshot, headline: str, affected: Mapping[int, ServiceStatus]) -> None:
    """Add the newly affected services to the title."""
    if cause.row is not None and isinstance(cause.row.title, Phrased):
        cause.row.title = _title(cause.ctx, headline, {**cause.statuses, **affected})
        languages = languages_of_titles(cause.ctx)
        cause.row.title_search = search_form(cause.row.title, languages)


def _delete_draft(cause: CauseSnapshot) -> bool:
    """Delete an unpublished draft, because its alerts have ended. False if it is published."""
    if cause.row is None or cause.row.published_at is not None:
        return False
    cause.row.deleted_at, cause.row.is_open = cause.ctx.now, False
    audit.record(cause.ctx, "incident.forget", "incident", cause.row.public_id)
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
