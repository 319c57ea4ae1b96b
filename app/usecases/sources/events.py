"""Inbound events and alerts for staff: list, inspect, replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import services
from app.db.queries.alerts import alerts as alert_queries
from app.db.queries.incidents import incidents
from app.db.queries.sources import hook_events, sources
from app.db.tables import AlertRow, HookEventRow, SourceRow
from app.domain.alerts.alert_filter import AlertFilter
from app.domain.alerts.alerts import AlertState
from app.domain.alerts.event_filter import EventFilter
from app.domain.alerts.sources import EventVerdict, blank_query
from app.domain.permissions import Action
from app.domain.validation import is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.encryption import SecretBox
from app.usecases.pagination import CursorPage, check_span, page_of
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.samples import without_secrets
from app.usecases.sources.sources import required_source

__all__ = [
    "HookCounts",
    "StaffAlert",
    "StaffEvent",
    "get_event",
    "hook_counts",
    "list_alerts",
    "list_events",
    "replay",
    "required_event",
    "submit_event",
]

_MAX_SHOWN_BYTES = 65_536
_EVERYTHING = EventFilter()
_EVERY_ALERT = AlertFilter()
_MATCHER_LABELS = ("alertname", "service", "component", "app", "job", "name", "monitor")


@dataclass(frozen=True, slots=True)
class StaffEvent:
    """Stored inbound event. With `truncated`, `body` is only the beginning of the text.

    A monitor may send secrets anywhere in a request. Only actors who may configure sources read it;
    for others the event `hidden`: `query`, `headers` and `body` are empty.
    """

    id: str
    received_at: datetime
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str = field(repr=False)
    hidden: bool
    truncated: bool
    size: int
    idempotency_key: str | None
    repeats: int
    attempts: int
    verdict: EventVerdict
    detail: str
    processed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffAlert:
    """Episode of a monitor's alert, with the texts of the monitor; not for visitors.

    `state` is `firing`, `stale` or `resolved`, `action` a RouteAction. `started_at` and `ended_at`
    are the times that the monitor stated, else those of the arrival. A route with the
    `suggested_matchers` matches the alert.
    """

    source: str
    source_name: str
    dedup_key: str
    state: str
    action: str
    severity: str
    title: str
    description: str
    labels: Mapping[str, str]
    source_url: str | None
    services: Mapping[str, str]
    incident: str | None
    occurrences: int
    started_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    suggested_matchers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class HookCounts:
    """Metrics of inbound events: stored events by source, kind and verdict; the age of the oldest
    unprocessed event; the number of unresolved alerts of monitors.
    """

    events: tuple[tuple[str, str, str, int], ...]
    queue_age_seconds: float
    open_episodes: int


def list_events(
    ctx: Ctx, source_id: str, wanted: EventFilter = _EVERYTHING, *, cursor: str | None, limit: int
) -> CursorPage[StaffEvent]:
    """List the stored events of a source that match a filter, newest first.

    Raises NotFoundError; InvalidError for a time or a cursor that is not valid.
    """
    ctx.require(Action.READ)
    check_span(wanted.since, wanted.until)
    row = required_source(ctx, source_id)
    return page_of(
        lambda before, size: hook_events.list_events(
            ctx.session, row.id or 0, wanted, before=before, limit=size
        ),
        lambda each: _record(ctx, each),
        cursor=cursor,
        limit=limit,
    )


def get_event(ctx: Ctx, source_id: str, event_id: str) -> StaffEvent:
    """Get one stored event. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(ctx, required_event(ctx, source_id, event_id))


def submit_event(
    ctx: Ctx, secret_box: SecretBox, source_id: str, body: bytes, content_type: str
) -> str:
    """Store a body as if the source had sent it now; return the event's public id.

    The secrets of the source that it contains are not stored.
    Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    row = required_source(ctx, source_id)
    headers = {"content-type": content_type}
    event = ReceivedEvent(row.id or 0, ctx.now, "POST", "", "", headers, body)
    (public_id,) = store(ctx, [without_secrets(event, row, secret_box)])
    return public_id


def replay(ctx: Ctx, source_id: str, event_id: str) -> StaffEvent:
    """Store a copy of an event, received now, and return it. Raises NotFoundError.

    A report that is older than the reports already processed stays without effect. If the monitor
    states no time of the report, it was made no later than the original request.
    """
    ctx.require(Action.CONFIGURE)
    row = required_event(ctx, source_id, event_id)
    copy = ReceivedEvent(
        row.source_id,
        ctx.now,
        row.method,
        row.path,
        row.query,
        row.headers,
        row.body,
        first_received_at=row.first_received_at or row.received_at,
    )
    (public_id,) = store(ctx, [copy])
    audit.record(ctx, "source.replay", "source", source_id, after={"event": event_id})
    return _record(ctx, required_event(ctx, source_id, public_id))


def list_alerts(
    ctx: Ctx, wanted: AlertFilter = _EVERY_ALERT, *, cursor: str | None, limit: int
) -> CursorPage[StaffAlert]:
    """List alerts of monitors that match a filter, newest first.

    Raises InvalidError for a time or a cursor that is not valid.
    """
    ctx.require(Action.READ)
    check_span(wanted.since, wanted.until)
    page = page_of(
        lambda before, size: alert_queries.list_alerts(
            ctx.session, wanted, before=before, limit=size
        ),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    return CursorPage(_alerts(ctx, page.items), page.next)


def hook_counts(ctx: Ctx) -> HookCounts:
    """Count events by source and verdict, the age of the queue, and unresolved alerts."""
    counted = hook_events.count_by_verdict(ctx.session)
    found = sources.sources_by_id(ctx.session, {number for number, _, _ in counted})
    oldest = hook_events.oldest_pending_at(ctx.session)
    return HookCounts(
        events=tuple(
            (found[number].public_id, found[number].kind, verdict, count)
            for number, verdict, count in counted
        ),
        queue_age_seconds=0.0 if oldest is None else (ctx.now - oldest).total_seconds(),
        open_episodes=alert_queries.open_episodes(ctx.session),
    )


def required_event(ctx: Ctx, source_id: str, event_id: str) -> HookEventRow:
    """Load the row of a stored event. Raises NotFoundError."""
    source = required_source(ctx, source_id)
    row = None
    if is_public_id(event_id):
        row = hook_events.find_event(ctx.session, source.id or 0, event_id)
    return required(
        row, "There is no such event. It may have been deleted.", code="event_not_found"
    )


def _record(ctx: Ctx, row: HookEventRow) -> StaffEvent:
    hidden = not ctx.may(Action.CONFIGURE)
    shown = b"" if hidden else row.body[:_MAX_SHOWN_BYTES]
    # Until the event is processed, its query is whole.
    query = row.query if row.processed_at else blank_query(row.query)
    return StaffEvent(
        id=row.public_id,
        received_at=row.received_at,
        method=row.method,
        path=row.path,
        query="" if hidden else query,
        headers={} if hidden else dict(row.headers),
        body=shown.decode("utf-8", "replace"),
        hidden=hidden,
        truncated=not hidden and len(shown) < len(row.body),
        size=len(row.body),
        idempotency_key=row.idempotency_key,
        repeats=row.repeats,
        attempts=row.attempts,
        verdict=EventVerdict(row.verdict),
        detail=row.detail,
        processed_at=row.processed_at,
    )


def _alerts(ctx: Ctx, rows: Sequence[AlertRow]) -> tuple[StaffAlert, ...]:
    numbers = {int(number) for row in rows for number in row.services}
    slugs = {
        number: row.slug for number, row in services.services_by_id(ctx.session, numbers).items()
    }
    found = sources.sources_by_id(ctx.session, {row.source_id or 0 for row in rows})
    linked = {row.incident_id for row in rows if row.incident_id is not None}
    ids = {row.id: row.public_id for row in incidents.incidents_by_id(ctx.session, linked)}
    return tuple(
        _alert(row, found[row.source_id or 0], slugs, ids.get(row.incident_id)) for row in rows
    )


def _alert(
    row: AlertRow, source: SourceRow, slugs: Mapping[int, str], incident: str | None
) -> StaffAlert:
    is_stale = row.stale_at is not None and row.state == AlertState.FIRING.value
    return StaffAlert(
        source=source.public_id,
        source_name=source.name,
        dedup_key=row.dedup_key,
        state="stale" if is_stale else row.state,
        action=row.action,
        severity=row.severity,
        title=row.title or "",
        description=row.description or "",
        labels=dict(row.labels or {}),
        source_url=row.source_url,
        services={slugs[int(number)]: status for number, status in row.services.items()},
        incident=incident,
        occurrences=row.occurrences,
        started_at=row.source_started_at or row.started_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.source_ended_at or row.ended_at,
        suggested_matchers=_suggest_matchers(row),
    )


def _suggest_matchers(row: AlertRow) -> tuple[tuple[str, str, str], ...]:
    labels = row.labels or {}
    candidates = [(name, labels[name]) for name in _MATCHER_LABELS if labels.get(name)]
    chosen = candidates[:2] or [("title", row.title or "")]
    return tuple((name, "=", value) for name, value in chosen)
