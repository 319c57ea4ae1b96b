"""Notifications: fan-out, and how long staff wait while 100,000 subscribers are notified.

The yardsticks are measured in the same run: one bare INSERT of the same rows, and posting without
subscribers. benchmarks.mails measures sending.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event

from sqlalchemy import text

from app.channels import email
from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.db.tables import SubscriberRow
from app.domain.statuses import IncidentStatus
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.incidents.lifecycle import post_update
from app.worker.fan_out import FanOut
from tests.factories import make_incident, make_subscriber, update

__all__ = ["Sendable", "add_subscribers", "main"]

_SUBSCRIBERS = 100_000
_POSTS = 100


def main() -> None:
    """Print each figure with its yardstick, and their ratio."""
    with _database() as database:
        alone = _post_times(database, _POSTS)
        add_subscribers(database, _SUBSCRIBERS)
        quiet = _post_times(database, _POSTS)
        print(
            f"post an update, p95: none {_p95(alone):.1f} ms, {_SUBSCRIBERS:,} {_p95(quiet):.1f} ms"
        )
        print(f"  ratio of the medians {statistics.median(quiet) / statistics.median(alone):.2f}")
        _drain(database)
        busy, seconds = _while_fanning_out(database)
        print(f"fan-out of {_SUBSCRIBERS:,}: {seconds:.1f} s, {_SUBSCRIBERS / seconds:,.0f}/s")
        print(f"  staff's p95 meanwhile {_p95(busy):.1f} ms, ratio {_p95(busy) / _p95(quiet):.1f}")
        bare = _bare_insert(database)
        print(f"  one bare INSERT of the rows: {bare:.2f} s, ratio {bare / seconds:.2f}")


@contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/fyr.db"
        upgrade(url)
        database = Database(make_engine(url))
        try:
            yield database
        finally:
            database.close()


def add_subscribers(database: Database, count: int) -> None:
    columns = [each for each in SubscriberRow.model_fields if each != "id"]
    is_postgresql = database._engine.dialect.name == "postgresql"  # noqa: SLF001
    public_id = "lpad(n::text, 12, '0')" if is_postgresql else "printf('%012d', n)"
    chosen = ", ".join(
        {
            "public_id": public_id,
            "address": "n || '@example.net'",
            "address_key": "n || '@example.net'",
        }.get(each, each)
        for each in columns
    )
    with database.writing(SHELL) as ctx:
        row = make_subscriber(ctx)
        ctx.session.execute(
            text(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers "
                f"WHERE n < {count - 1}) INSERT INTO subscriber ({', '.join(columns)}) "
                f"SELECT {chosen} FROM subscriber, numbers WHERE subscriber.id = {row.id}"
            )
        )


def _post_times(database: Database, count: int) -> list[float]:
    """Milliseconds of each update that is posted to a new incident."""
    with database.writing(SHELL) as ctx:
        number = make_incident(ctx).incident.id
    return [_timed(lambda: _post(database, number)) for _ in range(count)]


def _post(database: Database, incident: str) -> None:
    with database.writing(SHELL) as ctx:
        post_update(ctx, incident, update(IncidentStatus.IDENTIFIED))


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _drain(database: Database) -> None:
    with database.writing(SHELL) as ctx:
        ctx.session.execute(
            text("UPDATE notice SET fanned_out_at = made_at, audience = 0 WHERE audience IS NULL")
        )


def _while_fanning_out(database: Database) -> tuple[list[float], float]:
    """Milliseconds of each post while another process fans out, and the seconds that takes."""
    with database.writing(SHELL) as ctx:
        make_incident(ctx)
    context = multiprocessing.get_context("spawn")
    begun, done = context.Event(), context.Event()
    url = str(database._engine.url)  # noqa: SLF001
    process = context.Process(target=_fan_out_once, args=(url, begun, done))
    process.start()
    begun.wait()
    started, times = time.perf_counter(), []
    with database.writing(SHELL) as ctx:
        other = make_incident(ctx, publish=False).incident.id
    while not done.is_set():
        times.append(_timed(lambda: _post(database, other)))
        time.sleep(0.02)
    seconds = time.perf_counter() - started
    process.join()
    return times, seconds


def _fan_out_once(url: str, begun: Event, done: Event) -> None:
    database = Database(make_engine(url))
    job = FanOut(database, {"email": Sendable()}, lambda: None)
    begun.set()
    while (rest := job._step()) is not None:  # noqa: SLF001
        time.sleep(rest)
    done.set()
    database.close()


class Sendable(type(email.CHANNEL)):  # type: ignore[misc]
    """E-mail that needs no row of `channel`."""

    is_room = True


def _bare_insert(database: Database) -> float:
    """Seconds of one INSERT of as many rows with all indexes, which is rolled back."""
    columns = [
        "public_id",
        "notice_id",
        "subscriber_id",
        "channel",
        "lane",
        "thread",
        "state",
        "priority",
        "due_at",
        "expires_at",
        "attempts",
        "made_at",
        "repeats",
    ]
    chosen = ["lower(hex(randomblob(6)))", *columns[1:-1], "1"]
    begun = time.perf_counter()
    with database._engine.connect() as connection:  # noqa: SLF001
        connection.execute(
            text(
                f"INSERT INTO delivery ({', '.join(columns)}) "
                f"SELECT {', '.join(chosen)} FROM delivery LIMIT {_SUBSCRIBERS}"
            )
        )
        seconds = time.perf_counter() - begun
        connection.rollback()
    return seconds


if __name__ == "__main__":
    main()
