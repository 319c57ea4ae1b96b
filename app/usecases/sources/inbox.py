"""Deliveries of monitors: kept as they came, then processed in order, each exactly once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from app.db.queries import alerts as alert_queries
from app.db.queries import hook_events, sources
from app.db.tables import HookEventRow, SourceRow
from app.domain.alerts.alerts import AlertChange, AlertReport
from app.domain.alerts.sources import EventVerdict, decompress_body
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
from app.usecases.sources.routing import RoutingTable, load_routing_table, to_reports

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
    "to_inbound_event",
]

_log = logging.getLogger("fyr.hooks")

# monitors/README.md section 5, rule 12; also what a packed body may become.
BODY_LIMIT = 1_048_576
_MOST_ATTEMPTS = 3
# After so many in one transaction the others wait for the next: nobody is kept from writing long.
_MOST_REPORTS = 500
_DETAIL_LIMIT = 300


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A delivery that is to be kept. `source` is the internal id of its source."""

    source: int
    received_at: datetime
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class PendingSource:
    """A source with deliveries to be processed."""

    source: int
    name: str


def store(ctx: Ctx, events: Sequence[ReceivedEvent]) -> list[str]:
    """Keep deliveries; tells the public id of each. One that came before is not kept again."""
    ids = [new_id() for _ in events]
    plain = [
        _values(event, public_id)
        for event, public_id in zip(events, ids, strict=True)
        if event.idempotency_key is None
    ]
    if plain:
        hook_events.add_events(ctx.session, plain)
    return [
        public_id
        if event.idempotency_key is None
        else hook_events.add_idempotent_event(ctx.session, _values(event, public_id))
        for event, public_id in zip(events, ids, strict=True)
    ]


def pending_sources(ctx: Ctx) -> tuple[PendingSource, ...]:
    """The sources whose deliveries are to be processed."""
    found = sources.sources_by_id(ctx.session, hook_events.pending_sources(ctx.session))
    return tuple(PendingSource(number, row.name) for number, row in sorted(found.items()))


def process_batch(ctx: Ctx, source_id: int, adapters: Mapping[str, Adapter], *, most: int) -> int:
    """Process the source's oldest waiting deliveries, at most so many, in this transaction.

    Tells how many; 0: there is none. It is as if each were processed by itself, at this instant.
    Of several processes one works on a source at a time, so that its words keep their order.
    """
    waits = _next(ctx, source_id, most)
    if not waits:
        return 0
    source = sources.sources_by_id(ctx.session, [source_id])[source_id]
    rules = load_routing_table(ctx)
    understood: list[tuple[HookEventRow, list[AlertReport]]] = []
    count = 0
    for event in waits:
        count += 1
        event.attempts += 1
        reports = _understood(ctx, event, source, rules, adapters)
        if reports is not None:
            understood.append((event, reports))
        if sum(len(each) for _, each in understood) >= _MOST_REPORTS:
            break
    counted = ingest_batches(ctx, [reports for _, reports in understood])
    for (event, _), change in zip(understood, counted, strict=True):
        _tell(ctx, event, change)
    if understood:
        source.understood_at = source.understood_at or ctx.now
    latest = max(event.received_at for event in waits[:count])
    source.last_event_at = max(source.last_event_at or latest, latest)
    ctx.session.flush()
    return count


def record_failure(ctx: Ctx, source_id: int) -> None:
    """Count a failure of ours with the source's oldest waiting delivery; the third is the last.

    The others behind it are not to wait for ever. Staff may replay it.
    """
    waits = _next(ctx, source_id, 1)
    if not waits:
        return
    (event,) = waits
    event.attempts += 1
    if event.attempts >= _MOST_ATTEMPTS:
        _log.error("hook.gave_up event=%s", event.public_id)
        _settle(ctx, event, EventVerdict.FAILED, "It could not be processed; see the log.")
        source = sources.sources_by_id(ctx.session, [source_id])[source_id]
        source.last_event_at = max(source.last_event_at or event.received_at, event.received_at)


def parse_event(
    event: HookEventRow, source: SourceRow, adapters: Mapping[str, Adapter]
) -> Sequence[MonitorAlert]:
    """The alerts that a delivery states. Raises PayloadError's two kinds."""
    adapter = adapters.get(source.kind)
    if adapter is None:
        raise MalformedPayloadError("This version knows no such kind of source.")
    try:
        delivery = to_inbound_event(event)
    except InvalidError as error:
        raise MalformedPayloadError(error.message) from error
    return adapter.parse(delivery, source.options)


def to_inbound_event(event: HookEventRow | ReceivedEvent) -> InboundEvent:
    """The delivery as adapters read it. Raises InvalidError when it cannot be unpacked."""
    encoding = event.headers.get("content-encoding", "")
    return InboundEvent(
        method=event.method,
        path=event.path,
        query=tuple(parse_qsl(event.query, keep_blank_values=True)),
        headers=event.headers,
        body=decompress_body(event.body, encoding, BODY_LIMIT),
        received_at=event.received_at,
    )


def delete_expired(ctx: Ctx, days: int) -> None:
    """Drop deliveries, and alerts that belong to nothing, older than `days`."""
    before = ctx.now - timedelta(days=days)
    hook_events.delete_processed_events(ctx.session, before)
    alert_queries.delete_ended_alerts(ctx.session, before)


def _next(ctx: Ctx, source_id: int, most: int) -> Sequence[HookEventRow]:
    if not hook_events.try_lock_source(ctx.session, source_id):
        return ()
    return hook_events.oldest_pending(ctx.session, source_id, most)


def _understood(
    ctx: Ctx,
    event: HookEventRow,
    source: SourceRow,
    rules: RoutingTable,
    adapters: Mapping[str, Adapter],
) -> list[AlertReport] | None:
    """What the delivery reports; None, and settled, when it cannot be understood."""
    try:
        found = parse_event(event, source, adapters)
    except UnsupportedPayloadError as error:
        _settle(ctx, event, EventVerdict.NOTHING, str(error))
    except MalformedPayloadError as error:
        _settle(ctx, event, EventVerdict.MALFORMED, str(error))
    else:
        return to_reports(ctx, source, found, rules, at=event.received_at, event_id=event.id or 0)
    return None


def _tell(ctx: Ctx, event: HookEventRow, counted: Mapping[AlertChange, int]) -> None:
    told = ", ".join(f"{count} {change.value}" for change, count in sorted(counted.items()))
    if not counted:
        _settle(ctx, event, EventVerdict.NOTHING, "It neither begins nor ends an alert.")
    elif set(counted) == {AlertChange.OUTDATED}:
        _settle(ctx, event, EventVerdict.OUTDATED, told)
    else:
        _settle(ctx, event, EventVerdict.ALERTS, told)


def _settle(ctx: Ctx, event: HookEventRow, verdict: EventVerdict, detail: str) -> None:
    event.verdict, event.detail = verdict.value, detail[:_DETAIL_LIMIT]
    event.processed_at = ctx.now


def _values(event: ReceivedEvent, public_id: str) -> dict[str, object]:
    return {
        "public_id": public_id,
        "source_id": event.source,
        "received_at": event.received_at,
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
