"""Workers that are killed or paused lose nothing, and repeat at most one message per connection."""

import random
import time
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import update as sql_update
from sqlmodel import col, select

from app.db.tables import DeliveryRow, StaffMailRow
from app.domain.permissions import Role
from app.domain.security_events import SecurityEventKind
from app.ports.clock import system_clock
from app.usecases.context import SHELL
from app.usecases.subscribers.availability import record_mail_setup
from app.usecases.users import one_time_links, staff_mail
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.sessions import BrowserInfo, begin
from app.usecases.users.staff_mail import RESET_LINK
from app.usecases.users.users import add_user
from tests.cast import Backend, open_backend
from tests.factories import make_incident, make_subscriber
from tests.fakes import fake_hashes
from tests.smtp import ReceivedMail, SmtpSink
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
    assert repeats(sink, _SUBSCRIBERS) <= _KILLS * _CONNECTIONS
    assert list((tmp_path / "outbox").iterdir()) == []


def test_a_worker_that_stood_still_until_its_leases_ended_repeats_one_message_per_connection(
    sqlite_url: str, tmp_path: Path
) -> None:
    subscribers, connections = 30, 2
    with open_backend(sqlite_url) as backend, SmtpSink().running() as sink:
        backend.clock.now = system_clock()
        with backend.writing() as ctx:
            for number in range(subscribers):
                make_subscriber(ctx, f"{number}@example.net")
            make_incident(ctx)
        fan_out_all(backend)
        workers = KillableWorkers(
            sqlite_url, tmp_path / "outbox", sink.port, connections=connections
        )
        sink.hold()
        paused = workers.start()
        sink.accept(5)
        workers.pause(paused)
        end_leases(backend, DeliveryRow)
        sink.accept_all()
        workers.wait(workers.start())
        assert states(backend) == ["sent"] * subscribers
        workers.resume(paused)
        workers.wait(paused)
        workers.close()
        assert states(backend) == ["sent"] * subscribers
        check_ledger(backend)
    assert repeats(sink, subscribers) <= connections


def test_mails_to_staff_whose_worker_was_killed_before_the_mark_are_repeated_with_their_ids(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_backend(sqlite_url) as backend, SmtpSink().running() as sink:
        backend.clock.now = system_clock()
        with backend.writing(SHELL) as ctx:
            record_mail_setup(ctx, is_set_up=True)
            secret = hashed("correct horse battery", email="ada@example.com")
            ada, *others = (
                add_user(ctx, f"{name}@example.com", Role.EDITOR, password=secret)
                for name in ("ada", "ben", "eve")
            )
            staff_mail.request_link(ctx, fake_hashes(), ada.email, "192.0.2.1")
            for each in others:
                begin(ctx, each.id, BrowserInfo("Firefox", "192.0.2.7", known=False), days=1)
        workers = KillableWorkers(
            sqlite_url, tmp_path / "outbox", sink.port, connections=1, staff=True
        )
        sink.hold()
        for finished, kind in enumerate((RESET_LINK, SecurityEventKind.NEW_DEVICE.value)):
            victim = workers.start()
            sink.accept(finished)
            wait_until_held(backend, kind)
            with backend.writing() as ctx:
                ctx.session.connection()  # takes the write lock: the worker waits before its mark
                sink.accept(1)
                workers.kill(victim)
            end_leases(backend, StaffMailRow)
        sink.accept_all()
        workers.wait(workers.start())
        workers.close()
        with backend.reading() as ctx:
            rows = ctx.session.exec(select(StaffMailRow)).all()
            assert [(each.code, each.finished_at is None) for each in rows] == [(None, False)] * 3
            links = [link_in(each) for each in sink.mails if "ada@" in each.rcpt_to]
            assert len(set(links)) == 2
            for link in links:
                assert one_time_links.invited_user(ctx, link).email == "ada@example.com"
    assert repeats(sink, 3) == 2


def link_in(mail: ReceivedMail) -> str:
    """The secret of the link to set a new password in a mail."""
    body = message_from_bytes(mail.content, EmailMessage, policy=SMTP).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).split("/console/invitation/")[1].split()[0]


def wait_until_held(backend: Backend, kind: str) -> None:
    """Return when a worker holds a mail to staff of a kind."""
    query = select(StaffMailRow.id).where(
        StaffMailRow.kind == kind, col(StaffMailRow.leased_until).is_not(None)
    )
    while True:
        with backend.reading() as ctx:
            if ctx.session.exec(query).first() is not None:
                return
        time.sleep(0.01)


def end_leases(backend: Backend, table: type[DeliveryRow | StaffMailRow]) -> None:
    """Let the leases of all workers have ended a minute ago."""
    held = col(table.leased_until).is_not(None)
    with backend.writing() as ctx:
        ctx.session.execute(
            sql_update(table).where(held).values(leased_until=ctx.now - timedelta(minutes=1))
        )


def repeats(sink: SmtpSink, recipients: int) -> int:
    """How many mails were accepted twice. Each recipient has one, whose repeats have its id."""
    ids: dict[str, set[str]] = {}
    for mail in sink.mails:
        ids.setdefault(mail.rcpt_to, set()).add(message_from_bytes(mail.content)["Message-ID"])
    assert len(ids) == recipients
    assert all(len(each) == 1 for each in ids.values())
    return len(sink.mails) - recipients
