"""Workers that are killed lose nothing, and repeat one message for each connection at most."""

import random
from collections import Counter
from email import message_from_bytes
from pathlib import Path

from app.ports.clock import system_clock
from tests.cast import open_backend
from tests.factories import make_incident, make_subscriber
from tests.smtp import SmtpSink
from tests.usecases.outbox.ledger import check_ledger, fan_out_all, states
from tests.worker.killable_workers import KillableWorkers

# A hundred kills take a minute and have been made; the suite has three minutes.
_KILLS, _CONNECTIONS, _SUBSCRIBERS = 15, 4, 150


def test_a_worker_killed_between_send_and_mark_repeats_at_most_one_message_per_connection(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_backend(sqlite_url) as backend, SmtpSink().running() as sink:
        backend.clock.now = system_clock()
        with backend.writing() as ctx:
            for number in range(_SUBSCRIBERS):
                make_subscriber(ctx, f"{number}@example.net")
            make_incident(ctx)
        fan_out_all(backend)
        workers = KillableWorkers(
            sqlite_url, tmp_path / "outbox", sink.port, connections=_CONNECTIONS
        )
        sink.hold()
        chance = random.Random(2026)
        running = [workers.start(), workers.start()]
        for _ in range(_KILLS):
            sink.accept(chance.randrange(1, 8))
            victim = running.pop(chance.randrange(2))
            workers.kill(victim)
            running.append(workers.start())
        sink.accept_all()
        for each in running:
            workers.wait(each)
        workers.close()
        assert states(backend) == ["sent"] * _SUBSCRIBERS
        check_ledger(backend)
    ids: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for mail in sink.mails:
        parsed = message_from_bytes(mail.content)
        counts[mail.rcpt_to] += 1
        ids.setdefault(mail.rcpt_to, set()).add(parsed["Message-ID"])
    assert len(counts) == _SUBSCRIBERS
    assert sum(counts.values()) - _SUBSCRIBERS <= _KILLS * _CONNECTIONS
    assert all(len(each) == 1 for each in ids.values())
    assert list((tmp_path / "outbox").iterdir()) == []
