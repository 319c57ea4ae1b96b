"""Hooks: inbound events accepted and processed per second, and one incident for each cause.

The yardstick is the database driver: one `INSERT` and commit for each of these bodies, into
a separate table, with the settings of `app.db.engine`.
"""

import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.alerts.sources import EventVerdict
from app.domain.ownership import ActorKind
from app.domain.texts.localized_text import LocalizedText
from app.monitors import ADAPTERS
from app.secret_keys import secret_key
from app.settings import load_settings
from app.usecases.alerts import ingest
from app.usecases.context import SHELL, Actor
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.incidents.listing import list_incidents
from app.usecases.services.services import add_service
from app.usecases.sources import events, sources
from app.usecases.sources.records import NewSource
from benchmarks import goals
from benchmarks.servers import Server, fyr
from tests.web.page_cache.cluster import own_cluster

_ALERTS, _KEYS, _SENDERS, _YARDSTICK_COMMITS, _PORT = 4000, 800, 10, 500, 8821
_SERVICES = ("payments", "parking", "web", "search", "mail")
_SQLITE = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")

# A sender by its number, and a body.
Requests = list[tuple[int, bytes]]
MeasureCommits = Callable[[list[bytes]], float]


@dataclass(frozen=True)
class Intake:
    """Intake of the requests: accepted per second, and the 99th percentile of the response time."""

    rate: float
    p99_ms: float


def main() -> None:
    requests = _make_requests()
    _measure_sqlite(requests)
    _measure_postgresql(requests)


def _measure_sqlite(requests: Requests) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'fyr.db'}"
        _measure("SQLite, 1 process", url, folder, requests, partial(_sqlite_commits, folder))


def _measure_postgresql(requests: Requests) -> None:
    with own_cluster(waits_for_disk=True) as cluster, tempfile.TemporaryDirectory() as name:
        measure_commits = partial(_postgresql_commits, cluster.socket)
        _measure(
            "PostgreSQL with fsync, 2 processes",
            cluster.url,
            Path(name),
            requests,
            measure_commits,
            processes=2,
        )


def _measure(
    label: str,
    url: str,
    folder: Path,
    requests: Requests,
    measure_commits: MeasureCommits,
    *,
    processes: int = 1,
) -> None:
    """Send all requests to Fyr on one database, and print rates and ratios."""
    folder.chmod(0o755)
    with _migrated(url) as database, ExitStack() as stack:
        tokens = _add_sources(database, folder)
        before = measure_commits([body for _, body in requests[:_YARDSTICK_COMMITS]])
        ports = [_PORT + number for number in range(processes)]
        servers = [
            stack.enter_context(fyr(folder, port, "protocol", FYR_DATABASE_URL=url))
            for port in ports
        ]
        _warm_up(ports, tokens[0])
        started, cpu_before = time.perf_counter(), _cpu_seconds(servers)
        intake = _send_all(ports, tokens, requests)
        cpu_accepted = _cpu_seconds(servers) - cpu_before
        _wait_until_processed(database)
        seconds = time.perf_counter() - started
        cpu_processed = _cpu_seconds(servers) - cpu_before
        stack.close()
        # Measured before and after: the load of the machine may have changed.
        yardstick = (
            before + measure_commits([body for _, body in requests[:_YARDSTICK_COMMITS]])
        ) / 2
        print(f"{label}: {len(requests)} requests with {_ALERTS} events from {_SENDERS} senders")
        print(f"  driver commits      {yardstick:.0f}/s")
        accepted = _with_ratio(intake.rate, yardstick)
        print(f"  accepted over HTTP  {accepted}; p99 {intake.p99_ms:.0f} ms")
        print(f"  and processed       {_with_ratio(len(requests) / seconds, yardstick)}")
        for what, cpu in (("at the last answer", cpu_accepted), ("processed", cpu_processed)):
            print(f"  processor time      {cpu / len(requests) * 1000:.2f} ms an event, {what}")
        _verify(database, len(requests))
        print(f"  incidents           {len(_SERVICES)} for {len(_SERVICES)} causes", flush=True)
        goals.record(
            f"hooks {label.split(maxsplit=1)[0].strip(',')}", f"{intake.rate / yardstick:.2f}"
        )


def _warm_up(ports: Sequence[int], token: str) -> None:
    """Let each process prepare its routes, which it does for the first request that needs them."""
    for port in ports:
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("HEAD", f"/hooks/{token}")
        connection.getresponse().read()
        connection.close()


def _cpu_seconds(servers: Sequence[Server]) -> float:
    return sum(each.cpu_seconds() for each in servers)


def _with_ratio(rate: float, yardstick: float) -> str:
    return f"{rate:.0f}/s, {rate / yardstick:.2f} of the yardstick"


@contextmanager
def _migrated(url: str) -> Iterator[Database]:
    upgrade(url)
    database = Database(make_engine(url))
    try:
        yield database
    finally:
        database.close()


def _add_sources(database: Database, folder: Path) -> list[str]:
    settings = load_settings(_env_file=None, data_dir=folder)
    secret_box = SecretBox(lambda: secret_key(settings))
    with database.writing(SHELL) as ctx:
        for slug in _SERVICES:
            add_service(ctx, slug, LocalizedText.of(slug.title(), "en"))
        new = [NewSource("generic", f"Sender {each}", rate_limit=0) for each in range(_SENDERS)]
        return [sources.add_source(ctx, secret_box, each, ADAPTERS).token or "" for each in new]


def _make_requests() -> Requests:
    """The requests, a sender and a body each, shuffled; every fifth body is there twice."""
    generator = random.Random(7)
    requests = []
    for number in range(_ALERTS):
        payload = {
            "dedup_key": f"check-{number % _KEYS}",
            "status": "firing",
            "service": _SERVICES[number % len(_SERVICES)],
            "title": f"check-{number % _KEYS} fails",
            "description": "x" * 400,
        }
        body = json.dumps(payload).encode()
        requests += [(number % _SENDERS, body)] * (2 if number % 5 == 0 else 1)
    generator.shuffle(requests)
    return requests


def _sqlite_commits(folder: Path, bodies: list[bytes]) -> float:
    """Commits per second of the driver, in a separate file on the disk of the database."""
    file = folder / "bare.db"
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in _SQLITE:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    started = time.perf_counter()
    for body in bodies:
        connection.execute("INSERT INTO bare (body) VALUES (?)", (body,))
    seconds = time.perf_counter() - started
    connection.close()
    for each in folder.glob("bare.db*"):
        each.unlink()
    return len(bodies) / seconds


def _postgresql_commits(socket: str, bodies: list[bytes]) -> float:
    conninfo = f"host={Path(socket).parent} user=postgres dbname=postgres"
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        started = time.perf_counter()
        for body in bodies:
            connection.execute("INSERT INTO bare (body) VALUES (%s)", (body,))
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE bare")
    return len(bodies) / seconds


def _send_all(ports: Sequence[int], tokens: Sequence[str], requests: Requests) -> Intake:
    """Send the requests; each sender uses one connection to each process in turn."""

    def send(sender: int) -> list[float]:
        connections = [HTTPConnection("127.0.0.1", port) for port in ports]
        durations: list[float] = []
        for body in (body for of, body in requests if of == sender):
            connection = connections[len(durations) % len(connections)]
            started = time.perf_counter()
            status = _post(connection, f"/hooks/{tokens[sender]}", body)
            if status != 202:
                raise RuntimeError(f"Response with status {status} instead of 202.")
            durations.append(time.perf_counter() - started)
        for connection in connections:
            connection.close()
        return durations

    started = time.perf_counter()
    with ThreadPoolExecutor(_SENDERS) as pool:
        durations = [each for some in pool.map(send, range(_SENDERS)) for each in some]
    seconds = time.perf_counter() - started
    return Intake(len(durations) / seconds, statistics.quantiles(durations, n=100)[98] * 1000)


def _post(connection: HTTPConnection, path: str, body: bytes) -> int:
    try:
        connection.request("POST", path, body)
    except ConnectionError:
        # The server had closed the idle connection, so nothing was sent.
        connection.close()
        connection.request("POST", path, body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _wait_until_processed(database: Database) -> None:
    while True:
        with database.reading(SHELL) as ctx:
            if events.hook_counts(ctx).queue_age_seconds == 0.0:
                return
        time.sleep(0.2)


def _verify(database: Database, sent: int) -> None:
    """Check that each event is stored and counted once, with one incident for each cause.

    Raises RuntimeError.
    """
    now = database.clock()
    database.clock = lambda: now + timedelta(minutes=2)
    with database.writing(Actor(ActorKind.WORKER, "worker")) as ctx:
        ingest.advance(ctx)
        counts = events.hook_counts(ctx)
        incidents = list_incidents(ctx, cursor=None, limit=100).items
    stored = sum(count for *_, count in counts.events)
    understood = sum(
        count for *_, verdict, count in counts.events if verdict == EventVerdict.ALERTS
    )
    counted = (stored, understood, counts.open_episodes, len(incidents))
    if counted != (sent, sent, _KEYS, len(_SERVICES)):
        raise RuntimeError(f"Stored, understood, open alerts, incidents: {counted}.")


if __name__ == "__main__":
    main()
