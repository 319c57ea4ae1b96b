"""A storm of alerts over HTTP: how many are kept a second, and that each cause is one incident.

The yardstick is bare `INSERT` commits of the same bytes, one each, on the same database.
"""

import json
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import text

from app.domain.localized import LocalizedText
from app.domain.ownership import ActorKind
from app.monitors import ADAPTERS
from app.settings import load_settings, secret_key
from app.usecases import alerts, hook_events, source_events, sources
from app.usecases.context import SHELL, Actor, Database
from app.usecases.hook_processing import Processor
from app.usecases.incidents import list_incidents
from app.usecases.sealing import Sealer
from app.usecases.services import add_service
from app.usecases.source_records import NewSource
from benchmarks.data import opened
from benchmarks.servers import fyr

_ALERTS, _SENDERS, _YARD = 10_000, 4, 1000
_SERVICES = ("payments", "parking", "web", "search", "mail")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with opened(folder) as database:
            tokens, numbers = _connected(database, folder)
        told = _storm()
        with opened(folder) as database:
            yard = _bare(database, numbers[0], told[:_YARD])
        with fyr(folder, 8821, "protocol"):
            taken, slowest = _shout(8821, tokens, told)
        with opened(folder) as database:
            _tell(database, yard, taken, slowest, len(told))


def _connected(database: Database, folder: Path) -> tuple[list[str], list[int]]:
    settings = load_settings(_env_file=None, data_dir=folder)
    sealer = Sealer(lambda: secret_key(settings))
    tokens, numbers = [], []
    with database.writing(SHELL) as ctx:
        for slug in _SERVICES:
            add_service(ctx, slug, LocalizedText.of(slug.title(), "en"))
        for number in range(_SENDERS):
            new = NewSource("generic", f"Sender {number}", rate_limit=0)
            made = sources.add_source(ctx, sealer, new, ADAPTERS)
            tokens.append(made.token or "")
            numbers.append(sources.required(ctx, made.source.id).id or 0)
    return tokens, numbers


def _storm() -> list[tuple[int, bytes]]:
    """Every fifth is sent twice, and all are shuffled."""
    chance = random.Random(7)
    told = []
    for number in range(_ALERTS):
        said = {
            "dedup_key": f"check-{number % 2000}",
            "status": "firing",
            "service": _SERVICES[number % len(_SERVICES)],
            "title": f"check-{number % 2000} fails",
            "description": "x" * 400,
        }
        body = json.dumps(said).encode()
        told += [(number % _SENDERS, body)] * (2 if number % 5 == 0 else 1)
    chance.shuffle(told)
    return told


def _bare(database: Database, source: int, told: list[tuple[int, bytes]]) -> float:
    """Commits a second."""
    begun = time.perf_counter()
    for _, body in told:
        with database.writing(SHELL) as ctx:
            event = hook_events.NewEvent(source, ctx.now, "POST", "", "", {}, body)
            hook_events.store(ctx, [event])
    seconds = time.perf_counter() - begun
    with database.writing(SHELL) as ctx:
        ctx.session.execute(text("DELETE FROM hook_event"))
    return len(told) / seconds


def _shout(port: int, tokens: list[str], told: list[tuple[int, bytes]]) -> tuple[float, float]:
    """Deliveries taken a second, and the 99th percentile of how long one took, in ms."""

    def send(sender: int) -> list[float]:
        connection = HTTPConnection("127.0.0.1", port)
        took = []
        for of, body in told:
            if of != sender:
                continue
            begun = time.perf_counter()
            connection.request("POST", f"/hooks/{tokens[of]}", body)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 202, answer.status
            took.append(time.perf_counter() - begun)
        connection.close()
        return took

    begun = time.perf_counter()
    with ThreadPoolExecutor(_SENDERS) as hands:
        took = [each for some in hands.map(send, range(_SENDERS)) for each in some]
    seconds = time.perf_counter() - begun
    return len(took) / seconds, statistics.quantiles(took, n=100)[98] * 1000


def _tell(database: Database, yard: float, taken: float, slowest: float, sent: int) -> None:
    begun = time.perf_counter()
    left = Processor(database, ADAPTERS).drain()
    seconds = time.perf_counter() - begun
    print(f"bare commits           {yard:.0f}/s")
    print(f"taken over HTTP        {taken:.0f}/s, ratio {taken / yard:.2f}, p99 {slowest:.0f} ms")
    print(f"processed afterwards   {left} of {sent} in {seconds:.1f} s")
    now = database.clock()
    database.clock = lambda: now + timedelta(minutes=2)
    with database.writing(Actor(ActorKind.WORKER, "worker")) as ctx:
        alerts.advance(ctx)
        counts = source_events.counts(ctx)
        found = list_incidents(ctx, cursor=None, limit=100).items
    print(f"open episodes          {counts.open_episodes}")
    print(f"incidents              {len(found)} for {len(_SERVICES)} causes")


if __name__ == "__main__":
    main()
