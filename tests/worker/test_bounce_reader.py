"""Bounces in an IMAP folder: taken once, marked after the commit, and a server that lies."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import select

from app.db.engine import make_engine
from app.db.tables import SubscriberRow
from app.domain.errors import UnavailableError
from app.domain.notifications.bounce_addresses import bounce_address, bounce_key, bounce_mac
from app.net.mail import mailbox
from app.net.mail.mailbox import parse_mailbox
from app.usecases.database import Database
from app.worker.bounce_reader import BounceReader
from tests.cast import Backend
from tests.domain.notifications.reports import BASE, postfix_dsn
from tests.factories import make_delivery, make_notice, make_subscriber
from tests.fakes import fake_hashes
from tests.imap import ImapServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer().running() as running:
        yield running


def reader_of(
    backend: Backend, server: ImapServer, password: str = "secret%20word"
) -> BounceReader:
    folder = parse_mailbox(f"imap://fyr:{password}@127.0.0.1:{server.port}/INBOX")
    return BounceReader(backend.database, fake_hashes(), folder, BASE)


def delivered(backend: Backend, address: str = "vera@example.net") -> str:
    """The envelope address of a mail that was sent to a new subscriber."""
    with backend.writing() as ctx:
        row = make_subscriber(ctx, address)
        delivery = make_delivery(ctx, make_notice(ctx), row)
        mac = bounce_mac(bounce_key(row.secret), delivery.public_id)
        return bounce_address(BASE, delivery.public_id, mac)


def state_of(backend: Backend) -> list[str]:
    with backend.reading() as ctx:
        return [each.state for each in ctx.session.exec(select(SubscriberRow))]


async def test_a_bounce_in_the_mailbox_stops_its_subscriber_and_is_moved(
    each_backend: Backend, server: ImapServer
) -> None:
    server.mails = {1: postfix_dsn("failed", "5.1.1", delivered(each_backend)), 7: b"no report"}
    assert await reader_of(each_backend, server).run_due() == 60.0
    assert state_of(each_backend) == ["stopped"]
    assert (server.mails, server.moved) == ({}, [1, 7])
    assert await reader_of(each_backend, server).run_due() == 60.0
    assert server.moved == [1, 7]


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 UIDPLUS AUTH=PLAIN"])
async def test_a_server_without_move_or_without_plain_is_served(
    backend: Backend, server: ImapServer, capabilities: str
) -> None:
    server.capabilities = capabilities
    server.mails = {1: postfix_dsn("failed", "5.1.1", delivered(backend))}
    await reader_of(backend, server).run_due()
    assert state_of(backend) == ["stopped"]
    assert server.moved == [1]
    assert "\\Seen" in server.flags[1]
    assert "FETCH" in server.commands
    server.commands.clear()
    await reader_of(backend, server).run_due()
    assert "FETCH" not in server.commands


async def test_a_mail_is_marked_after_the_commit_only(backend: Backend, server: ImapServer) -> None:
    server.mails = {1: postfix_dsn("failed", "5.1.1", delivered(backend))}
    away = Database(make_engine("sqlite:////nowhere/fyr.db"))
    reader = replace(reader_of(backend, server), database=away)
    with pytest.raises(UnavailableError):
        await reader.run_due()
    assert "FETCH" in server.commands
    assert (server.moved, server.flags) == ([], {})


async def test_a_wrong_password_is_said_without_it(
    backend: Backend, server: ImapServer, caplog: pytest.LogCaptureFixture
) -> None:
    reader = reader_of(backend, server, "another%20word")
    assert await reader.run_due() == 300.0
    assert "code=authentication_failed" in caplog.text
    assert "word" not in caplog.text + repr(reader)


@pytest.mark.parametrize(
    ("verb", "answer", "code"),
    [
        ("GREETING", b"220 this is SMTP\r\n", "bad_answer"),
        ("GREETING", b"", "timed_out"),
        ("GREETING", b"* BYE\r\n", "bad_answer"),
        ("SELECT", b"TAG NO none\r\n", "no_such_folder"),
        ("SEARCH", b"* SEARCH 1 2\r\n", "bad_answer"),
        ("SEARCH", b"* SEARCH " + b"1 " * 600_000 + b"\r\n", "bad_answer"),
        ("SEARCH", b"* OK more\r\n" * 2_000_000, "too_large"),
        ("FETCH", b"* 1 FETCH (BODY[]<0> {4000000000}\r\nabc", "too_large"),
        ("FETCH", b"* 1 FETCH (BODY[]<0> {50}\r\nabc", "bad_answer"),
        ("FETCH", b"TAG NO gone\r\n", "refused"),
        ("FETCH", b"\xff\xfe\x00\r\n", "bad_answer"),
        ("STORE", b"TAG NO read-only\r\n", "refused"),
    ],
)
async def test_a_lying_server_is_a_failure_with_a_code(
    backend: Backend,
    server: ImapServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    verb: str,
    answer: bytes,
    code: str,
) -> None:
    if code == "timed_out":
        monkeypatch.setattr(mailbox, "_OPERATION_SECONDS", 0.5)
    server.mails, server.raw = {1: b"Subject: x\r\n\r\ny"}, {verb: answer}
    assert await reader_of(backend, server).run_due() == 300.0
    assert f"bounce.mailbox_failed code={code}" in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "https://fyr:secret@mail.example.com/",
        "imaps://mail.example.com/INBOX",
        "imaps://fyr@mail.example.com/INBOX",
        "imaps://fyr:secret@/INBOX",
        "imaps://fyr:secret@mail.example.com:0/",
        "imaps://fyr:secret@mail.example.com:port/",
        "imaps://fyr:secret@mail.example.com/?ca=file",
        "imaps://fyr:se%0d%0acret@mail.example.com/",
        "imaps://fyr:secret@mail.example.com/IN%00BOX",
        "imaps://fyr:sec ret@mail.example.com/",
    ],
)
def test_a_url_that_names_no_mailbox_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="must be imaps") as refused:
        parse_mailbox(url)
    assert "secret" not in str(refused.value)


def test_a_mailbox_is_read_from_its_url() -> None:
    found = parse_mailbox("imap://fyr%40example.com:p%40ss@mail.example.com/Bounces/2026")
    assert (found.user, found.password, found.folder) == ("fyr@example.com", "p@ss", "Bounces/2026")
    assert (found.port, found.is_tls, found.needs_starttls) == (143, False, True)
    assert parse_mailbox("imaps://a:b@[2001:db8::1]").port == 993
    assert not parse_mailbox("imap://a:b@localhost:1143").needs_starttls
    assert "p@ss" not in repr(found)
