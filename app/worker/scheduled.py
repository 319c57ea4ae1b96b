"""Scheduled jobs of the worker: time-driven state changes, the inbox, and deletion of old rows."""

import asyncio
from dataclasses import dataclass

from app.domain.ownership import ActorKind
from app.usecases import audit_chain, due_times, idempotency, title_search
from app.usecases.alerts import ingest
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.page import language_demand
from app.usecases.publication import form_drafts, pending
from app.usecases.sources import inbox
from app.usecases.sources.processor import Processor
from app.usecases.subscribers import retention
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.requests import form_requests, request_handling
from app.usecases.subscribers.requests.webhook_requests import WebhookTools
from app.usecases.targets import own_host, probes
from app.usecases.users import sessions
from app.worker.wakeups import Idle

__all__ = ["ScheduledJobs"]

_ACTOR = Actor(ActorKind.WORKER, "worker")
_EVERY_SECOND = 1.0
_EVERY_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ScheduledJobs:
    """Jobs of the clock; each returns the seconds until its next call, or that it is idle.

    Single probes are deleted after `probe_days`, inbound events after `hook_days`, entries of the
    audit log after `audit_days`, or never when that is 0. Without `webhooks`, requests of visitors
    to notify a webhook lead to nothing. Of `import_files`, what is a day old is deleted.
    """

    database: Database
    processor: Processor
    address_hashes: AddressHashes
    probe_days: int = 30
    hook_days: int = 14
    audit_days: int = 0
    base_url: str = ""
    webhooks: WebhookTools | None = None
    import_files: ImportFiles | None = None

    async def advance(self) -> float | Idle:
        """Advance incidents whose next step is due, and publish pending texts that are due."""
        return await asyncio.to_thread(self._advance)

    async def process_inbox(self) -> float | Idle:
        """Process inbound events that were stored but not processed by a web process."""
        return await asyncio.to_thread(self._process_inbox)

    async def handle_subscription_requests(self) -> float | Idle:
        """Handle requests of the subscribe form."""
        return await asyncio.to_thread(self._handle_subscription_requests)

    async def delete_expired(self) -> float:
        """Delete rows whose retention has ended."""
        await asyncio.to_thread(self._delete_expired)
        return _EVERY_HOUR

    async def add_own_target(self) -> float:
        """Add the host of the page as a target, when it is none."""
        await asyncio.to_thread(self._add_own_target)
        return _EVERY_HOUR

    def _add_own_target(self) -> None:
        with self.database.writing(_ACTOR) as ctx:
            own_host.ensure_own_target(ctx, self.base_url)

    async def index_titles(self) -> float:
        """Index the titles that an older release stored, so that a search finds them."""
        has_more = await asyncio.to_thread(self._index_titles)
        return _EVERY_SECOND if has_more else _EVERY_HOUR

    def _index_titles(self) -> bool:
        with self.database.writing(_ACTOR) as ctx:
            return title_search.index_titles(ctx)

    def _advance(self) -> float | Idle:
        with self.database.reading(_ACTOR) as ctx:
            is_waiting, is_due = ingest.has_due_work(ctx), pending.has_due(ctx)
            if not (is_waiting or is_due):
                return Idle(_EVERY_SECOND, due_times.next_change(ctx))
        if is_due:
            with self.database.writing(_ACTOR) as ctx:
                pending.publish_due(ctx)
        if is_waiting:
            with self.database.writing(_ACTOR) as ctx:
                ingest.advance(ctx)
        return _EVERY_SECOND

    def _process_inbox(self) -> float | Idle:
        with self.database.reading(_ACTOR) as ctx:
            if not inbox.pending_sources(ctx):
                return Idle(_EVERY_SECOND)
        self.processor.drain()
        return _EVERY_SECOND

    def _handle_subscription_requests(self) -> float | Idle:
        with self.database.reading(_ACTOR) as ctx:
            is_waiting = request_handling.has_requests(ctx)
            is_allowed = not is_waiting or form_requests.may_send(ctx)
        if not is_waiting:
            return Idle(_EVERY_SECOND)
        if not is_allowed:
            return _EVERY_SECOND
        while is_waiting:
            with self.database.writing(_ACTOR) as ctx:
                is_waiting = request_handling.handle_next_request(
                    ctx, self.address_hashes, self.webhooks
                )
        return _EVERY_SECOND

    def _delete_expired(self) -> None:
        with self.database.writing(_ACTOR) as ctx:
            probes.delete_old(ctx, self.probe_days)
            inbox.delete_expired(ctx, self.hook_days)
            idempotency.delete_expired(ctx)
            sessions.delete_expired(ctx)
            form_drafts.delete_old_drafts(ctx)
            language_demand.delete_expired(ctx)
            retention.delete_expired(ctx, self.address_hashes)
            audit_chain.delete_expired(ctx, self.audit_days)
        if self.import_files is not None:
            self.import_files.sweep(self.database.clock().timestamp())
