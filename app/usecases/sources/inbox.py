"""Inbox of inbound events: stored as received, then processed in order, each exactly once."""

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.db.queries.alerts import alerts as alert_queries
from app.db.queries.sources import hook_events, sources
from app.db.queries.sources.hook_intake import (
    IntakeChanges,
    KeyedEvent,
    read_stored,
    save_changes,
)
from app.db.tables import HookEventRow, SourceRow
from app.domain.alerts.alerts import AlertChange
from app.domain.alerts.queries import bare_fields, parse_query
from app.domain.alerts.sources import EventVerdict, blank_query, decompress_body, replace_unstorable
from app.domain.errors import InvalidError
from app.ports.monitor import (
    Adapter,
    InboundEvent,
    MalformedPayloadError,
    MonitorAlert,
    UnsupportedPayloadError,
)
from app.usecases.alerts.ingest import ingest_batches
from app.usecases.context import Ctx, new_id
from app.usecases.sources.quota import HookQuota, UsageCounter, delete_old_usage, usage_day
from app.usecases.sources.routing import (
    RoutedEvent,
    RoutingTable,
    load_routing_table,
    to_reports,
)

__all__ = [
    "BODY_LIMIT",
    "PendingSource",
    "ReceivedEvent",
    "delete_expired",
    "parse_event",
    "pending_sources",
    "process_batch",
    "record_failure",
    "store",
    "store_within",
    "to_inbound_event",
    "to_row_values",
]

_log = logging.getLogger("fyr.hooks")

# monitors/README.md section 5, rule 12. The limit applies before and after decompression.
BODY_LIMIT = 1_048_576
_MAX_ATTEMPTS = 3
# A transaction ends after this many reports, so that other writers do not wait long.
_MAX_REPORTS = 500
_MAX_DETAIL_CHARS = 2000
# A row takes about this much besides the request, with its entries in four indexes.
_ROW_BYTES = 512
# Events with any of these changes show that the source is set up: an alert began or ended that is
# more than a note.
_UNDERSTOOD = {AlertChange.NEW, AlertChange.REPEATED, AlertChange.RESOLVED}


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """Event to be stored. `source` is the internal id of its source.

    `first_received_at` is the time of the original request, for a replay. `public_id` is set where
    storing may be tried again; None for a new one.
    """

    source: int
    received_at: datetime
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    idempotency_key: str | None = None
    first_received_at: datetime | None = None
    public_id: str | None = None


@dataclass(frozen=True, slots=True)
class PendingSource:
    """Source with unprocessed events; `source` is its internal id."""

    source: int
    name: str


def store(ctx: Ctx, events: Sequence[ReceivedEvent]) -> list[str]:
    """Store events and return their public ids; a retry gets the id of the first attempt.

    They count for the quota, but are stored also when it is used up: staff test with them.
    """
    connection = ctx.session.connection()
    return [str(each) for each in store_within(connection, ctx.now, events, HookQuota())]


def store_within(
    connection: Connection,
    now: datetime,
    events: Sequence[ReceivedEvent],
    quota: HookQuota,
    *,
    commits: bool = False,
    again: bool = False,
) -> list[str | None]:
    """Store the events that fit the daily quota; return their public ids, None for the others.

    A retry gets the id of the first attempt, also when the quota is used up. A request with the
    idempotency key of another one, but another body, is no retry: the sender counts its requests,
    and began anew. With `commits` the transaction of the connection is committed then. `again`: it
    is not known whether a transaction that stored these events, with these public ids, was
    committed. If it was, nothing is stored and nothing counted a second time.
    """
    keys = _StoredKeys.to_find(events)
    ids_to_find = [each.public_id for each in events if again and each.public_id is not None]
    # No other transaction stores an event with one of these keys meanwhile; one whose connection
    # was lost has ended by then, too.
    before = read_stored(connection, usage_day(now), keys, ids_to_find)
    usage = UsageCounter(before.bytes_by_source, quota)
    stored = _StoredKeys.of(before.keyed)
    new: list[dict[str, Any]] = []
    repeats: Counter[str] = Counter()
    ids: list[str | None] = []
    for received in events:
        if received.public_id in before.ids:
            ids.append(received.public_id)
            continue
        event = stored.with_own_key(received)
        size = _stored_size(event)
        if first := stored.public_id(event):
            if not before.ids:
                repeats[first] += 1
            ids.append(first)
        elif usage.fits(event.source, size):
            usage.count(event.source, size)
            public_id = event.public_id or new_id()
            new.append(to_row_values(event, public_id))
            ids.append(public_id)
            stored.add(event, public_id)
        else:
            ids.append(None)
    changes = IntakeChanges(new, repeats, usage_day(now), usage.new)
    save_changes(connection, changes, commits=commits)
    return ids


def pending_sources(ctx: Ctx) -> tuple[PendingSource, ...]:
    """List the sources with unprocessed events."""
    found = sources.sources_by_id(ctx.session, hook_events.pending_sources(ctx.session))
    return tuple(PendingSource(number, row.name) for number, row in sorted(found.items()))


def process_batch(ctx: Ctx, source_id: int, adapters: Mapping[str, Adapter], *, limit: int) -> int:
    """Process the oldest unprocessed events of a source, at most `limit`, in this transaction.

    Returns the number of processed events. The result is equal to processing them one by one, now.
    Only one process works on a source at a time, which keeps its events in order.
    """
    pending = _next_events(ctx, source_id, limit)
    if not pending:
        return 0
    source = sources.sources_by_id(ctx.session, [source_id])[source_id]
    table = load_routing_table(ctx)
    parsed: list[tuple[HookEventRow, RoutedEvent]] = []
    count = 0
    for event in pending:
        count += 1
        event.attempts += 1
        routed = _route_event(ctx, event, source, table, adapters)
        if routed is not None:
            parsed.append((event, routed))
        if sum(len(each.reports) for _, each in parsed) >= _MAX_REPORTS:
            break
    counted = ingest_batches(ctx, [routed.reports for _, routed in parsed])
    for (event, routed), change in zip(parsed, counted, strict=True):
        _finish_parsed(ctx, event, change, routed)
    if any(
        _UNDERSTOOD & change.keys() and not routed.has_only_notes
        for (_, routed), change in zip(parsed, counted, strict=True)
    ):
        source.understood_at = source.understood_at or ctx.now
    latest = max(event.received_at for event in pending[:count])
    source.last_event_at = max(source.last_event_at or latest, latest)
    ctx.session.flush()
    return count


def record_failure(ctx: Ctx, source_id: int) -> None:
    """Count a failed attempt for the oldest unprocessed event; after the third it is `failed`.

    A failed event does not block the later ones. Staff may replay it.
    """
    pending = _next_events(ctx, source_id, 1)
    if not pending:
        return
    (event,) = pending
    event.attempts += 1
    if event.attempts >= _MAX_ATTEMPTS:
        _log.error("hook.gave_up event=%s", event.public_id)
        _finish(ctx, event, EventVerdict.FAILED, "It could not be processed; see the log.")
        source = sources.sources_by_id(ctx.session, [source_id])[source_id]
        source.last_event_at = max(source.last_event_at or event.received_at, event.received_at)


def parse_event(
    event: HookEventRow, source: SourceRow, adapters: Mapping[str, Adapter]
) -> Sequence[MonitorAlert]:
    """Parse a stored event. Raises MalformedPayloadError or UnsupportedPayloadError."""
    adapter = adapters.get(source.kind)
    if adapter is None:
        raise MalformedPayloadError("This version knows no such kind of source.")
    try:
        inbound = to_inbound_event(event)
    except InvalidError as error:
        raise MalformedPayloadError(error.message) from error
    return adapter.parse(inbound, source.options)


def to_inbound_event(event: HookEventRow | ReceivedEvent) -> InboundEvent:
    """Convert to the form that adapters parse. Raises InvalidError if decompression fails."""
    encoding = event.headers.get("content-encoding", "")
    return InboundEvent(
        method=event.method,
        path=event.path,
        query=parse_query(event.query),
        headers=event.headers,
        body=decompress_body(event.body, encoding, BODY_LIMIT),
        received_at=event.first_received_at or event.received_at,
        bare_fields=bare_fields(event.query),
    )


def delete_expired(ctx: Ctx, days: int) -> None:
    """Delete processed events, and ended alerts without an incident, older than `days`.

    The daily usage of that time is deleted too.
    """
    before = ctx.now - timedelta(days=days)
    hook_events.delete_processed_events(ctx.session, before)
    delete_old_usage(ctx, before)
    alert_queries.delete_ended_alerts(ctx.session, before)


def _stored_size(event: ReceivedEvent) -> int:
    """Bytes that count for the quota: what is stored of the request, and the row around it."""
    headers = sum(len(name) + len(value) for name, value in event.headers.items())
    return _ROW_BYTES + len(event.body) + len(event.path) + len(event.query) + headers


@dataclass(frozen=True, slots=True)
class _StoredKeys:
    """Stored events by source and idempotency key: the public id, and the digest of the body."""

    events: dict[tuple[int, str | None], tuple[str, str]]

    @staticmethod
    def to_find(events: Sequence[ReceivedEvent]) -> set[KeyedEvent]:
        """The keys that stored events may have of which the given ones are retries."""
        return {
            (event.source, key)
            for event in events
            if event.idempotency_key is not None
            for key in (event.idempotency_key, _key_with_body(event))
        }

    @classmethod
    def of(cls, found: Mapping[KeyedEvent, tuple[str, bytes]]) -> "_StoredKeys":
        """Take the public ids and bodies of stored events."""
        return cls({key: (public_id, _digest(body)) for key, (public_id, body) in found.items()})

    def with_own_key(self, event: ReceivedEvent) -> ReceivedEvent:
        """Complete the key by the digest of the body, if an event with another body has it."""
        found = self.events.get((event.source, event.idempotency_key))
        if event.idempotency_key is None or found is None or found[1] == _digest(event.body):
            return event
        return replace(event, idempotency_key=_key_with_body(event))

    def public_id(self, event: ReceivedEvent) -> str | None:
        found = self.events.get((event.source, event.idempotency_key))
        return found[0] if found and event.idempotency_key is not None else None

    def add(self, event: ReceivedEvent, public_id: str) -> None:
        if event.idempotency_key is not None:
            found = (public_id, _digest(event.body))
            self.events[event.source, event.idempotency_key] = found


def _key_with_body(event: ReceivedEvent) -> str:
    return f"{event.idempotency_key} {_digest(event.body)}"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _next_events(ctx: Ctx, source_id: int, limit: int) -> Sequence[HookEventRow]:
    if not hook_events.try_lock_source(ctx.session, source_id):
        return ()
    return hook_events.oldest_pending(ctx.session, source_id, limit)


def _route_event(
    ctx: Ctx,
    event: HookEventRow,
    source: SourceRow,
    table: RoutingTable,
    adapters: Mapping[str, Adapter],
) -> RoutedEvent | None:
    """Parse and route an event. If that fails, set its verdict and return None."""
    try:
        found = parse_event(event, source, adapters)
    except UnsupportedPayloadError as error:
        _finish(ctx, event, EventVerdict.NOTHING, str(error))
    except MalformedPayloadError as error:
        _finish(ctx, event, EventVerdict.MALFORMED, str(error))
    else:
        return to_reports(ctx, source, found, table, event)
    return None


def _finish_parsed(
    ctx: Ctx,
    event: HookEventRow,
    counted: Mapping[AlertChange, int],
    routed: RoutedEvent,
) -> None:
    changes = ", ".join(f"{count} {change.value}" for change, count in sorted(counted.items()))
    detail = "; ".join([changes or "It neither fires nor resolves an alert", *routed.explanations])
    if not counted:
        _finish(ctx, event, EventVerdict.NOTHING, detail, routed.texts)
    elif set(counted) == {AlertChange.OUTDATED}:
        _finish(ctx, event, EventVerdict.OUTDATED, detail, routed.texts)
    else:
        _finish(ctx, event, EventVerdict.ALERTS, detail, routed.texts)


def _finish(
    ctx: Ctx,
    event: HookEventRow,
    verdict: EventVerdict,
    detail: str,
    used_texts: Collection[str] = (),
) -> None:
    event.verdict = verdict.value
    event.detail = replace_unstorable(detail)[:_MAX_DETAIL_CHARS]
    # A mapping may need such a value, so the query is stored whole until the event is mapped.
    event.query = blank_query(event.query, used_texts)
    event.processed_at = ctx.now


def to_row_values(event: ReceivedEvent, public_id: str) -> dict[str, Any]:
    """Values of a row for an event that is not processed yet."""
    return {
        "public_id": public_id,
        "source_id": event.source,
        "received_at": event.received_at,
        "first_received_at": event.first_received_at,
        "method": event.method,
        "path": event.path,
        "query": event.query,
        "headers": dict(event.headers),
        "body": event.body,
        "idempotency_key": event.idempotency_key,
        "repeats": 0,
        "attempts": 0,
        "verdict": EventVerdict.WAITING.value,
        "detail": "",
        "processed_at": None,
    }
