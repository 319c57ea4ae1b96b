"""Driver for tests of sources: sends events, moves the clock, reads the result."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from app.db.engine import make_engine
from app.domain.alerts.sources import EventVerdict
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.monitors import ADAPTERS
from app.usecases.alerts import ingest
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.incidents import listing
from app.usecases.incidents.records import StaffIncident
from app.usecases.public import pages
from app.usecases.services.services import add_service
from app.usecases.sources import events as source_events
from app.usecases.sources import inbox, sources
from app.usecases.sources.processor import Processor
from app.usecases.sources.records import NewSource
from app.usecases.sources.routes import NewRoute, StaffRoute, add_route
from tests.cast import ADA
from tests.fakes import FixedClock

__all__ = ["SEALER", "SERVICES", "MonitorDriver", "open_monitor_driver"]

WORKER = Actor(ActorKind.WORKER, "worker")
SEALER = SecretBox(lambda: b"k" * 32)
SERVICES = ("payments", "parking", "web", "search", "mail")


class MonitorDriver:
    """A page with services, and sources that call its hooks. `mona` is the first source."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.processor = Processor(database, ADAPTERS)
        self.ids: dict[int, str] = {}
        self.mona = self.source("Mona", publish="auto")

    def source(
        self,
        name: str,
        kind: str = "generic",
        **more: Any,  # noqa: ANN401  # as NewSource takes it
    ) -> int:
        """Add a source and return its internal id."""
        new = NewSource(kind, name, accept_untested=True, rate_limit=0, **more)
        with self.database.writing(ADA) as ctx:
            made = sources.add_source(ctx, SEALER, new, ADAPTERS).source
            number = sources.required_source(ctx, made.id).id or 0
        self.ids[number] = made.id
        return number

    def route(self, **more: Any) -> StaffRoute:  # noqa: ANN401  # as NewRoute takes it
        """Add a route; it waits for nothing by default."""
        with self.database.writing(ADA) as ctx:
            return add_route(ctx, NewRoute(accept_untested=True, **more))

    def call(
        self,
        status: str = "firing",
        key: str = "cpu",
        *,
        source: int | None = None,
        service: str = "payments",
        severity: str = "critical",
        reported_at: datetime | None = None,
        **more: object,
    ) -> EventVerdict:
        """Send an event of the generic kind, process it, and return its verdict."""
        fields = {
            "dedup_key": key,
            "status": status,
            "service": service,
            "severity": severity,
            "reported_at": reported_at.isoformat() if reported_at else None,
            "title": f"{key} on db-7.internal",
            **more,
        }
        return self.deliver(fields, source=source)

    def deliver(self, body: object, *, source: int | None = None) -> EventVerdict:
        """Store and process an event."""
        with self.database.writing(WORKER) as ctx:
            event = inbox.ReceivedEvent(
                source=source or self.mona,
                received_at=ctx.now,
                method="POST",
                path="",
                query="",
                headers={"content-type": "application/json"},
                body=json.dumps(body).encode(),
            )
            inbox.store(ctx, [event])
        self.processor.drain()
        with self.database.reading(ADA) as ctx:
            public_id = self.ids[source or self.mona]
            events = source_events.list_events(ctx, public_id, cursor=None, limit=1)
            return events.items[0].verdict

    def let_pass(self, *, step: float = 60, **amount: float) -> None:
        """Let the worker work for so many `minutes` and so on, with a turn every `step` seconds."""
        until = self.clock.now + timedelta(**amount)
        while self.clock.now < until:
            left = until - self.clock.now
            self.clock.forward(seconds=min(step, left.total_seconds()))
            self.run_worker()

    def run_worker(self) -> None:
        """One turn of the worker."""
        with self.database.writing(WORKER) as ctx:
            if ingest.has_due_work(ctx):
                ingest.advance(ctx)

    @contextmanager
    def ada(self) -> Iterator[Ctx]:
        with self.database.writing(ADA) as ctx:
            yield ctx

    def incidents(self) -> list[StaffIncident]:
        """All incidents as staff see them, drafts too, oldest first."""
        with self.database.reading(ADA) as ctx:
            return list(reversed(listing.list_incidents(ctx, cursor=None, limit=100).items))

    def incident(self) -> StaffIncident:
        """The only incident there is."""
        (only,) = self.incidents()
        return only

    def status_history(self) -> list[IncidentStatus]:
        """The statuses that the only incident went through."""
        return [update.status for update in reversed(self.incident().incident.updates)]

    def statuses(self) -> Mapping[str, ServiceStatus]:
        """What visitors see of each service."""
        with self.database.reading() as ctx:
            page = pages.overview(ctx)
        every = [service for group in page.groups for service in group.services]
        return {service.slug: service.status for service in every}


@contextmanager
def open_monitor_driver(database_url: str) -> Iterator[MonitorDriver]:
    """A driver whose page has the five SERVICES."""
    clock = FixedClock()
    database = Database(make_engine(database_url), clock)
    with database.writing(ADA) as ctx:
        for slug in SERVICES:
            add_service(ctx, slug, LocalizedText.of(slug.title(), "en"))
    try:
        yield MonitorDriver(database, clock)
    finally:
        database.close()
