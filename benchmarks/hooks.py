"""Hooks: inbound events accepted a second, and that each cause becomes one incident.

The yardstick is the database driver: an `INSERT` and a commit for each of these bodies, into a
table of its own, with the settings of `app.db.engine`.
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
from app.domain.localized_text import LocalizedText
from app.domain.ownership import ActorKind
from app.monitors import ADAPTERS
from app.settings import load_settings, secret_key
from app.usecases.alerts import ingest
from app.usecases.context import SHELL, Actor
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.incidents.lifecycle import list_incidents
from app.usecases.services.services import add_service
from app.usecases.sources import events, sources
from app.usecases.sources.records import NewSource
from benchmarks.servers import fyr
from tests.web.page_cache.cluster import own_cluster

_ALERTS, _KEYS, _SENDERS, _YARD, _PORT = 10_000, 2000, 4, 1000, 8821
_SERVICES = ("payments", "parking", "web", "search", "mail")
_SQLITE = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")

Told = list[tuple[int, bytes]]
Bare = Callable[[list[bytes]], float]


@dataclass(frozen=True)
class Taken:
    """How a storm was taken in: deliveries a second, and the 99th percentile of one, in ms."""

    rate: float
    slowest: float


def main() -> None:
    told = _storm()
    _on_sqlite(told)
    _on_postgresql(told)


def _on_sqlite(told: Told) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'fyr.db'}"
        _weather("SQLite, 1 process", url, folder, told, partial(_bare_sqlite, folder))


def _on_postgresql(told: Told) -> None:
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name:
        bare = partial(_bare_postgresql, cluster.socket)
        _weather("PostgreSQL, 4 processes", cluster.url, Path(name), told, bare, processes=4)


def _weather(
    said: str, url: str, folder: Path, told: Told, bare: Bare, *, processes: int = 1
) -> None:
    """One storm on one database, told in lines."""
    folder.chmod(0o755)
    with _opened(url) as database, ExitStack() as stack:
        tokens = _connected(database, folder)
        before = bare([body for _, body in told[:_YARD]])
        ports = [_PORT + number for number in range(processes)]
        for port in ports:
            stack.enter_context(fyr(folder, port, "protocol", FYR_DATABASE_URL=url))
        begun = time.perf_counter()
        taken = _shout(ports, tokens, told)
        _await_quiet(database)
        seconds = time.perf_counter() - begun
        stack.close()
        # The machine may have become busier or quieter meanwhile.
        yard = (before + bare([body for _, body in told[:_YARD]])) / 2
        print(f"{said}: {len(told)} deliveries of {_ALERTS} alerts from {_SENDERS} senders")
        print(f"  bare commits        {yard:.0f}/s")
        print(f"  taken over HTTP     {_against(taken.rate, yard)}; p99 {taken.slowest:.0f} ms")
        print(f"  taken and processed {_against(len(told) / seconds, yard)}")
        _check(database, len(told))
        print(f"  incidents           {len(_SERVICES)} for {len(_SERVICES)} causes", flush=True)


def _against(rate: float, yard: float) -> str:
    return f"{rate:.0f}/s, {rate / yard:.2f} of it"


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    upgrade(url)
    database = Database(make_engine(url))
    try:
        yield database
    finally:
        database.close()


def _connected(database: Database, folder: Path) -> list[str]:
    settings = load_settings(_env_file=None, data_dir=folder)
    secret_box = SecretBox(lambda: secret_key(settings))
    with database.writing(SHELL) as ctx:
        for slug in _SERVICES:
            add_service(ctx, slug, LocalizedText.of(slug.title(), "en"))
        new = [NewSource("generic", f"Sender {each}", rate_limit=0) for each in range(_SENDERS)]
        return [sources.add_source(ctx, secret_box, each, ADAPTERS).token or "" for each in new]


def _storm() -> Told:
    """Every fifth is sent twice, and all are shuffled."""
    chance = random.Random(7)
    told = []
    for number in range(_ALERTS):
        said = {
            "dedup_key": f"check-{number % _KEYS}",
            "status": "firing",
            "service": _SERVICES[number % len(_SERVICES)],
            "title": f"check-{number % _KEYS} fails",
            "description": "x" * 400,
        }
        body = json.dumps(said).encode()
        told += [(number % _SENDERS, body)] * (2 if number % 5 == 0 else 1)
    chance.shuffle(told)
    return told


def _bare_sqlite(folder: Path, bodies: list[bytes]) -> float:
    """Commits a second, in a file of its own on the same disk."""
    file = folder / "bare.db"
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in _SQLITE:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    begun = time.perf_counter()
    for body in bodies:
        connection.execute("INSERT INTO bare (body) VALUES (?)", (body,))
    seconds = time.perf_counter() - begun
    connection.close()
    for each in folder.glob("bare.db*"):
        each.unlink()
    return len(bodies) / seconds


def _bare_postgresql(socket: str, bodies: list[bytes]) -> float:
    where = f"host={Path(socket).parent} user=postgres dbname=postgres"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        begun = time.perf_counter()
        for body in bodies:
            connection.execute("INSERT INTO bare (body) VALUES (%s)", (body,))
        seconds = time.perf_counter() - begun
        connection.execute("DROP TABLE bare")
    return len(bodies) / seconds


def _shout(ports: Sequence[int], tokens: Sequence[str], told: Told) -> Taken:
    """Each sender has a connection to each process, and sends on them in turn."""

    def send(sender: int) -> list[float]:
        connections = [HTTPConnection("127.0.0.1", port) for port in ports]
        took: list[float] = []
        for body in (body for of, body in told if of == sender):
            connection = connections[len(took) % len(connections)]
            begun = time.perf_counter()
            status = _post(connection, f"/hooks/{tokens[sender]}", body)
            if status != 202:
                raise RuntimeError(f"A delivery was answered with {status}.")
            took.append(time.perf_counter() - begun)
        for connection in connections:
            connection.close()
        return took

    begun = time.perf_counter()
    with ThreadPoolExecutor(_SENDERS) as hands:
        took = [each for some in hands.map(send, range(_SENDERS)) for each in some]
    seconds = time.perf_counter() - begun
    return Taken(len(took) / seconds, statistics.quantiles(took, n=100)[98] * 1000)


def _post(connection: HTTPConnection, path: str, body: bytes) -> int:
    try:
        connection.request("POST", path, body)
    except ConnectionError:
        # It was idle for so long that the server closed it; nothing was sent.
        connection.close()
        connection.request("POST", path, body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _await_quiet(database: Database) -> None:
    while True:
        with database.reading(SHELL) as ctx:
            if events.hook_counts(ctx).queue_age_seconds == 0.0:
                return
        time.sleep(0.2)


def _check(database: Database, sent: int) -> None:
    """Everything is there, counts once, and is one incident for each cause. Raises RuntimeError."""
    now = database.clock()
    database.clock = lambda: now + timedelta(minutes=2)
    with database.writing(Actor(ActorKind.WORKER, "worker")) as ctx:
        ingest.advance(ctx)
        counts = events.hook_counts(ctx)
        found = list_incidents(ctx, cursor=None, limit=100).items
    kept = sum(count for *_, count in counts.events)
    understood = sum(
        count for *_, verdict, count in counts.events if verdict == EventVerdict.ALERTS
    )
    is_right = (kept, understood, counts.open_episodes, len(found))
    if is_right != (sent, sent, _KEYS, len(_SERVICES)):
        raise RuntimeError(f"Kept, understood, open alerts, incidents: {is_right}.")


if __name__ == "__main__":
    main()
