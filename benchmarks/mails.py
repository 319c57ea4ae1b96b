"""Mails: how fast they are sent, and what that costs the worker and the visitors.

The yardstick is a bare loop over smtplib that pipelines mails of the same bytes through one
connection to the same server, which runs in a process of its own. Both are measured in turn.
"""

import asyncio
import multiprocessing
import resource
import smtplib
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import text

from app.channels import email
from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.domain.statuses import IncidentStatus
from app.net.guard import Guard
from app.net.mail.relay import parse_relay
from app.net.mail.transport import MailTransport
from app.net.outbound import GuardedOutbound
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.incidents.lifecycle import post_update
from app.usecases.outbox.recipients import RecipientMaker
from app.worker import loop
from app.worker.fan_out import FanOut
from app.worker.sending.deliver import Deliverer
from app.worker.sending.lanes import SendingRules
from app.worker.sending.messages import MessageSource, render
from benchmarks import pace
from benchmarks.notifications import Sendable, add_subscribers
from benchmarks.servers import fyr
from tests.factories import make_incident, update
from tests.fakes import fake_hashes
from tests.smtp import SmtpSink
from tests.web.page_cache.cluster import own_cluster

__all__ = ["main"]

_MAILS, _ROUNDS, _WARM_UP = 3_000, 3, 200
_BASE_URL = "https://status.example.com"
_PORT, _VISITS, _SECONDS = 8093, 200, 8.0


def main() -> None:
    """Print mails a second with their yardstick, CPU and memory, and the waiting of visitors."""
    with _sink() as sink:
        with tempfile.TemporaryDirectory() as folder:
            _compare("SQLite", f"sqlite:///{folder}/fyr.db", sink)
        with own_cluster() as cluster:
            _compare("PostgreSQL", cluster.url, sink)
        with tempfile.TemporaryDirectory() as folder:
            _visitors(Path(folder), sink)


class _Sink:
    """The server, as seen from this process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.port: int = pipe.recv()

    def mail(self) -> bytes:
        """A mail that it has accepted."""
        self._pipe.send("mail")
        content: bytes = self._pipe.recv()
        return content

    def first_at(self) -> float:
        """When it accepted the first mail since the last call, in seconds of the system."""
        self._pipe.send("first")
        at: float = self._pipe.recv()
        return at


@contextmanager
def _sink() -> Iterator[_Sink]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield _Sink(ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    sink = _TimedSink()
    with sink.running():
        pipe.send(sink.port)
        while True:
            if pipe.recv() == "mail":
                pipe.send(sink.mails[0].content)
            else:
                pipe.send(sink.times.pop(0))
                sink.times.clear()


class _TimedSink(SmtpSink):
    """Remembers when mails arrived, and of their contents the first one alone."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    async def _take(self, writer, mail) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self.times.append(time.time())
        del self.mails[1:]
        await super()._take(writer, mail)


@contextmanager
def _database(url: str) -> Iterator[Database]:
    upgrade(url)
    database = Database(make_engine(url))
    try:
        yield database
    finally:
        database.close()


def _compare(label: str, url: str, sink: _Sink) -> None:
    with _database(url) as database:
        add_subscribers(database, _MAILS)
        with database.writing(SHELL) as ctx:
            number = make_incident(ctx).incident.id
        _fan_out(database)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _send_all(database, sink.port)  # the first round connects, imports and fills caches
        rates, costs, ratios, bare_costs = [], [], [], []
        mail = sink.mail()
        for _ in range(_ROUNDS):
            with database.writing(SHELL) as ctx:
                post_update(ctx, number, update(IncidentStatus.IDENTIFIED))
            _fan_out(database)
            seconds, cpu = _send_all(database, sink.port)
            bare, bare_cpu = _bare_loop(sink.port, mail)
            rates.append(_MAILS / seconds)
            ratios.append(bare / seconds)
            costs.append(cpu / _MAILS * 1000)
            bare_costs.append(bare_cpu / _MAILS * 1000)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        first = _first_mail(database, number, sink)
    print(f"{label}: {statistics.median(rates):,.0f} mails/s of {len(mail) / 1000:.1f} kB")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"  of the bare loop {statistics.median(ratios):.2f} ({each})")
    cost, bare_cost = statistics.median(costs), statistics.median(bare_costs)
    print(f"  CPU {cost:.2f} ms a mail, the bare loop {bare_cost:.2f} ms: {cost / bare_cost:.1f}")
    print(f"  memory + {grown:.0f} MB; first mail {first:.2f} s after posting")


def _fan_out(database: Database) -> None:
    job = FanOut(database, {"email": Sendable()}, lambda: None)
    while job._step() is not None:  # noqa: SLF001
        pass


def _deliverer(database: Database, port: int, folder: Path) -> Deliverer:
    transport = MailTransport(parse_relay(f"smtp://127.0.0.1:{port}"))
    return Deliverer(
        database,
        {"email": email.CHANNEL},
        GuardedOutbound(Guard(()), transport.open),
        MessageSource(database, render, _BASE_URL),
        RecipientMaker(SecretBox(lambda: b"k" * 32), _BASE_URL),
        folder,
        fake_hashes(),
        SendingRules(
            coalesce=timedelta(),
            connections={"email": 4},
            options={"email": {"mail_from": "status@example.com", "base_url": _BASE_URL}},
        ),
    )


def _send_all(database: Database, port: int) -> tuple[float, float]:
    """The seconds, and the processor seconds, from the first claim to the last mark."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_deliver(database, port, Path(folder)))


async def _deliver(database: Database, port: int, folder: Path) -> tuple[float, float]:
    deliverer = _deliverer(database, port, folder)
    begun, cpu = time.perf_counter(), time.process_time()
    while await asyncio.to_thread(_is_open, database):
        await deliverer.run_due()
    found = time.perf_counter() - begun, time.process_time() - cpu
    await deliverer.close()
    return found


def _is_open(database: Database) -> bool:
    with database.reading(SHELL) as ctx:
        query = text("SELECT 1 FROM delivery WHERE finished_at IS NULL LIMIT 1")
        return ctx.session.execute(query).first() is not None


def _bare_loop(port: int, mail: bytes) -> tuple[float, float]:
    """The seconds, and the processor seconds, of as many mails."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        begun, cpu = time.perf_counter(), time.process_time()
        for number in range(_MAILS):
            client.send(
                f"MAIL FROM:<status@example.com> SIZE={len(mail)}\r\n"
                f"RCPT TO:<{number}@example.net>\r\nDATA\r\n"
            )
            for _ in ("MAIL", "RCPT", "DATA"):
                client.getreply()
            client.send(mail + b".\r\n")
            client.getreply()
        return time.perf_counter() - begun, time.process_time() - cpu


def _first_mail(database: Database, incident: str, sink: _Sink) -> float:
    """The seconds from posting to the first mail, with the jobs of a worker running."""
    sink.first_at()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run_jobs(database, incident, sink, Path(folder)))


async def _run_jobs(database: Database, incident: str, sink: _Sink, folder: Path) -> float:
    deliverer = _deliverer(database, sink.port, folder)
    job = FanOut(database, {"email": Sendable()}, deliverer.wake)
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(loop.repeat(each, stop)) for each in (job.run_due, deliverer.run_due)
    ]
    await asyncio.sleep(1)
    posted = time.time()
    await asyncio.to_thread(_post, database, incident)
    while await asyncio.to_thread(_is_new, database):  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await deliverer.close()
    return sink.first_at() - posted


def _post(database: Database, incident: str) -> None:
    with database.writing(SHELL) as ctx:
        post_update(ctx, incident, update(IncidentStatus.IDENTIFIED))


def _is_new(database: Database) -> bool:
    """Whether nothing of the last notice is sent yet."""
    with database.reading(SHELL) as ctx:
        query = text(
            "SELECT 1 FROM delivery WHERE state = 'sent' AND notice_id = "
            "(SELECT max(id) FROM notice) LIMIT 1"
        )
        return ctx.session.execute(query).first() is None


def _visitors(folder: Path, sink: _Sink) -> None:
    """Waiting times of visitors of one web process, while mails are sent and without."""
    folder.chmod(0o755)
    with _database(f"sqlite:///{folder}/fyr.db") as database:
        add_subscribers(database, 4 * _MAILS)
        with database.writing(SHELL) as ctx:
            make_incident(ctx)
        _fan_out(database)
        with fyr(folder, _PORT, "protocol") as server:
            quiet = pace.finish(pace.begin(server, _VISITS, _SECONDS))
            load = pace.begin(server, _VISITS, _SECONDS)
            seconds, _ = _send_all(database, sink.port)
            busy = pace.finish(load)
    print(f"visitors' p99: {quiet.p99:.1f} ms, while mails are sent {busy.p99:.1f} ms")
    print(f"  ratio {busy.p99 / quiet.p99:.1f}; mails were sent for {seconds:.0f} s of 8")


if __name__ == "__main__":
    main()
