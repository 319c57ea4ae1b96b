"""Driver for tests of probes: targets whose servers behave as a test says, and a clock it moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from app.db.engine import make_engine
from app.domain.certificates.findings import (
    CertificateFacts,
    Examination,
    ProbeFailure,
    ProbeResult,
    Reason,
    Stage,
    Tier,
    Verdict,
)
from app.domain.certificates.probe_results import EndpointScan
from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.trust.clients.profiles import shipped_profiles
from app.usecases.alerts import ingest
from app.usecases.context import Actor, Ctx
from app.usecases.database import Database
from app.usecases.incidents import listing
from app.usecases.incidents.records import StaffIncident
from app.usecases.services.services import add_service
from app.usecases.targets import probes, targets
from app.usecases.targets.targets import NewTarget
from tests.cast import ADA
from tests.fakes import NOON, FixedClock

__all__ = [
    "LEAF",
    "OLD_ROOT",
    "PROBE",
    "PROFILES",
    "ProbeDriver",
    "affected",
    "codes",
    "expired_for_all",
    "expired_for_older_clients",
    "fine",
    "open_probe_driver",
    "silent",
]

PROFILES = shipped_profiles()
PROBE = Actor(ActorKind.PROBE, "probe")
WORKER = Actor(ActorKind.WORKER, "worker")

OLD_ROOT = CertificateFacts(
    "0d" * 32,
    "CN=Old Root X3",
    "CN=Old Root X3",
    not_before=NOON - timedelta(days=9000),
    not_after=NOON,
    name="Old Root X3",
)
LEAF = CertificateFacts(
    "1e" * 32,
    "CN=pay.example",
    "CN=R3",
    not_before=NOON - timedelta(days=90),
    not_after=NOON,
    name="pay.example",
)
_CURRENT, _LEGACY = "current", "legacy-openssl"

# The result of a probe of a server, from the examination that a healthy server gives.
Server = Callable[[Examination], Examination]


def _judged(seen: Examination, current: Verdict, legacy: Verdict) -> Examination:
    return replace(seen, chain=(LEAF,), verdicts=(current, legacy))


def fine(seen: Examination) -> Examination:
    return _judged(
        seen,
        Verdict(_CURRENT, Tier.CURRENT, Reason.OK),
        Verdict(_LEGACY, Tier.LEGACY, Reason.OK),
    )


def expired_for_older_clients(seen: Examination) -> Examination:
    return _judged(
        seen,
        Verdict(_CURRENT, Tier.CURRENT, Reason.OK),
        Verdict(_LEGACY, Tier.LEGACY, Reason.EXPIRED, OLD_ROOT),
    )


def expired_for_all(seen: Examination) -> Examination:
    return _judged(
        seen,
        Verdict(_CURRENT, Tier.CURRENT, Reason.EXPIRED, LEAF),
        Verdict(_LEGACY, Tier.LEGACY, Reason.EXPIRED, LEAF),
    )


def silent(seen: Examination) -> Examination:
    return replace(seen, failure=ProbeFailure(Stage.CONNECT, "connection_refused"))


class ProbeDriver:
    """A page with targets, and the worker that probes them.

    `servers` maps each host to its behaviour; `failing` is a target id that a fixture stores.
    """

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.servers: dict[str, Server] = {}
        self.failing = ""

    def add_target(self, host: str, *slugs: str, publish: str = "auto") -> str:
        """Add `host`, on which these services depend, and return the target's id."""
        self.servers[host] = fine
        with self.database.writing(ADA) as ctx:
            return targets.add_target(
                ctx, NewTarget(host, services=slugs, publish=publish), PROFILES
            ).id

    def serve(self, server: Server, *hosts: str) -> None:
        """Set the behaviour of these hosts, or of all."""
        self.servers.update(dict.fromkeys(hosts or self.servers, server))

    def let_pass(self, *, step: float = 30, **amount: float) -> None:
        """Let the worker work for so many `minutes` and so on, with a turn every `step` seconds."""
        until = self.clock.now + timedelta(**amount)
        while self.clock.now < until:
            self.run_worker()
            self.clock.forward(seconds=step)

    def run_worker(self) -> None:
        """One turn of the worker: probe what is due, then do what the clock brings about."""
        with self.database.writing(PROBE) as ctx:
            for due in probes.claim_due(ctx, limit=100, lease=timedelta(seconds=40)):
                seen = self.servers[due.host](Examination(due.host, ctx.now, (), (), ()))
                look = ProbeResult(
                    due.host, due.port, "192.0.2.1", (b"leaf",), failure=seen.failure
                )
                probes.record(
                    ctx, due.id, EndpointScan(due.host, due.port, (look,)), seen, PROFILES, jitter=0
                )
            is_waiting = ingest.has_due_work(ctx)
        if is_waiting:
            with self.database.writing(WORKER) as ctx:
                ingest.advance(ctx)

    def as_ada(self, act: Callable[[Ctx], object]) -> None:
        """Run `act` in a transaction of Ada."""
        with self.database.writing(ADA) as ctx:
            act(ctx)

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


@contextmanager
def open_probe_driver(database_url: str) -> Iterator[ProbeDriver]:
    """A driver whose page has the services `payments`, `parking` and `web`."""
    clock = FixedClock()
    database = Database(make_engine(database_url), clock)
    with database.writing(ADA) as ctx:
        for slug, name, swedish, arabic in (
            ("payments", "Card payments", "Kortbetalningar", "الدفع بالبطاقات"),
            ("parking", "Parking", "Parkering", "المواقف"),
            ("web", "Web", "Webb", "الويب"),
        ):
            names = {"en": name, "sv": swedish, "ar": arabic}
            add_service(ctx, slug, LocalizedText.from_mapping(names, default="en"))
    try:
        yield ProbeDriver(database, clock)
    finally:
        database.close()


def affected(probing: ProbeDriver) -> dict[str, ServiceStatus]:
    """The services of the only incident."""
    return {each.slug: each.status for each in probing.incident().incident.services}


def codes(incident: StaffIncident) -> list[list[str]]:
    """The phrases of each update of an incident, oldest first."""
    return [
        [phrase.code for phrase in getattr(update.body, "phrases", ())]
        for update in reversed(incident.incident.updates)
    ]
