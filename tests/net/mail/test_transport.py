"""Mail over SMTP: what a relay does, and what that means for the delivery and for its lane."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.net.mail.relay import MailFolder, Relay
from app.net.mail.session import Timeouts
from app.net.mail.transport import MailTransport
from app.ports.channel import FailureScope, Mail, SendError
from tests.smtp import ACCEPT_AND_RESET, CLOSE, RESET, SILENCE, SmtpSink

MAIL = Mail(
    "delivery1", "status@example.com", "vera@example.net", b"Subject: a\r\n\r\n.b\r\n..\r\n"
)
LANE, RECIPIENT = FailureScope.LANE, FailureScope.RECIPIENT


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink().running() as running:
        yield running


def transport(sink: SmtpSink, **changes: Any) -> MailTransport:  # noqa: ANN401
    relay = Relay("127.0.0.1", sink.port, is_tls=False, needs_starttls=False)
    return MailTransport(relay, name="status.example.com", **changes)


def send(transport: MailTransport, *mails: Mail) -> list[str | SendError]:
    """The replies or failures, over one connection."""

    async def send_all() -> list[str | SendError]:
        found: list[str | SendError] = []
        async with transport.open() as connection:
            for mail in mails:
                try:
                    found.append(await connection.send(mail))
                except SendError as error:
                    found.append(error)
        return found

    return asyncio.run(send_all())


def failure(transport: MailTransport, *mails: Mail) -> SendError:
    (found,) = send(transport, *(mails or (MAIL,)))
    assert isinstance(found, SendError), found
    return found


def test_a_mail_arrives_as_it_was_with_three_commands_in_one_packet(sink: SmtpSink) -> None:
    assert send(transport(sink), MAIL) == ["250 2.0.0 OK: queued"]
    (mail,) = sink.mails
    assert mail.content == MAIL.content
    assert mail.mail_from == f"MAIL FROM:<status@example.com> SIZE={len(MAIL.content)}"
    assert mail.rcpt_to == "RCPT TO:<vera@example.net>"
    assert sink.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_connection_is_used_for_as_many_mails_as_the_setting_says(sink: SmtpSink) -> None:
    send(transport(sink, messages_per_connection=2), *[MAIL] * 5)
    assert (len(sink.mails), sink.connections) == (5, 3)


def test_a_relay_without_pipelining_or_smtputf8_is_served(sink: SmtpSink) -> None:
    sink.extensions = ("8BITMIME",)
    utf8 = replace(MAIL, recipient="räka@example.net", needs_utf8=True)
    accepted, refused = send(transport(sink), MAIL, utf8)
    assert isinstance(accepted, str)
    assert sink.mails[0].mail_from == "MAIL FROM:<status@example.com>"
    assert isinstance(refused, SendError)
    assert (refused.code, refused.is_permanent, refused.is_gone) == (
        "smtputf8_unsupported",
        True,
        False,
    )


def test_a_relay_from_before_extensions_is_served(sink: SmtpSink) -> None:
    sink.misbehave("EHLO", "502 5.5.1 what?")
    assert send(transport(sink), MAIL) == ["250 2.0.0 OK: queued"]


def test_a_utf8_address_is_announced(sink: SmtpSink) -> None:
    send(transport(sink), replace(MAIL, recipient="räka@example.net", needs_utf8=True))
    (mail,) = sink.mails
    assert mail.mail_from.endswith(" BODY=8BITMIME SMTPUTF8")
    assert mail.rcpt_to == "RCPT TO:<räka@example.net>"


@pytest.mark.parametrize(
    "address",
    ["vera", "vera@example.net>\r\nRSET", "<vera@example.net>", "", "räka@example.net", "a b@c.d"],
)
def test_what_is_no_address_reaches_no_relay(sink: SmtpSink, address: str) -> None:
    found = failure(transport(sink), replace(MAIL, recipient=address))
    assert (found.code, found.scope, found.is_permanent) == ("bad_address", RECIPIENT, True)
    assert "MAIL" not in sink.commands


def test_421_at_the_greeting_spends_no_attempt(sink: SmtpSink) -> None:
    sink.misbehave("GREETING", "421 4.3.2 try later")
    found = failure(transport(sink))
    assert (found.code, found.scope, found.is_permanent) == ("smtp_421", LANE, False)
    assert found.detail == "4.3.2 try later"
    assert send(transport(sink), MAIL) == ["250 2.0.0 OK: queued"]


@pytest.mark.parametrize(
    ("verb", "reply", "code", "scope", "permanent", "gone"),
    [
        ("GREETING", "554 5.7.1 not you", "smtp_554", LANE, False, False),
        ("GREETING", "not SMTP at all", "bad_reply", LANE, False, False),
        ("GREETING", CLOSE, "connection_failed", LANE, False, False),
        ("EHLO", RESET, "connection_failed", LANE, False, False),
        ("MAIL", "451 4.3.0 disk full", "smtp_451", LANE, False, False),
        ("MAIL", "550 5.7.1 relay access denied", "smtp_550", LANE, False, False),
        ("MAIL", "552 5.3.4 too big", "smtp_552", RECIPIENT, True, False),
        ("MAIL", "421 4.7.0 too fast", "smtp_421", LANE, False, False),
        ("MAIL", RESET, "disconnected", LANE, False, False),
        ("RCPT", "450 4.2.1 greylisted", "smtp_450", RECIPIENT, False, False),
        ("RCPT", "550 5.1.1 no such user", "smtp_550", RECIPIENT, True, True),
        ("RCPT", "550-5.1.1 no\r\n550 5.1.1 such user", "smtp_550", RECIPIENT, True, True),
        ("RCPT", "550 unknown user", "smtp_550", RECIPIENT, True, True),
        ("RCPT", "554 5.1.10 null MX", "smtp_554", RECIPIENT, True, True),
        ("RCPT", "550 5.1.8 your sender is bad", "smtp_550", RECIPIENT, True, False),
        ("RCPT", "550 5.7.1 relay access denied", "smtp_550", RECIPIENT, True, False),
        ("RCPT", "552 5.2.2 mailbox full", "smtp_552", RECIPIENT, True, False),
        ("RCPT", "799 what", "smtp_799", RECIPIENT, False, False),
        ("RCPT", "421 4.4.5 too many", "smtp_421", LANE, False, False),
        ("RCPT", CLOSE, "disconnected", RECIPIENT, False, False),
        ("DATA", "451 4.3.0 not now", "smtp_451", RECIPIENT, False, False),
        ("DATA", RESET, "disconnected", RECIPIENT, False, False),
        ("END", "451 4.3.0 not now", "smtp_451", RECIPIENT, False, False),
        ("END", "554 5.7.1 spam", "smtp_554", RECIPIENT, True, False),
        ("END", CLOSE, "no_reply_after_data", RECIPIENT, False, False),
        ("END", "421 4.3.2 going down", "smtp_421", LANE, False, False),
    ],
)
@pytest.mark.parametrize("pipelined", [True, False])
def test_a_refusal_concerns_the_recipient_or_the_lane(  # noqa: PLR0917
    sink: SmtpSink,
    verb: str,
    reply: str,
    code: str,
    scope: FailureScope,
    permanent: bool,  # noqa: FBT001
    gone: bool,  # noqa: FBT001
    pipelined: bool,  # noqa: FBT001
) -> None:
    if not pipelined:
        sink.extensions = ()
    sink.misbehave(verb, reply)
    refused, accepted = send(transport(sink), MAIL, MAIL)
    assert isinstance(refused, SendError)
    assert refused.code == code
    assert (refused.scope, refused.is_permanent, refused.is_gone) == (scope, permanent, gone)
    # The connection, or the next one, is usable.
    assert accepted == "250 2.0.0 OK: queued"
    assert [mail.content for mail in sink.mails] == [MAIL.content]


def test_rcpt_refused_with_354_leaves_the_connection_usable(sink: SmtpSink) -> None:
    sink.misbehave("RCPT", "550 5.1.1 no such user")
    refused, accepted = send(transport(sink), MAIL, MAIL)
    assert isinstance(refused, SendError)
    assert accepted == "250 2.0.0 OK: queued"
    assert sink.connections == 1
    assert [mail.content for mail in sink.mails] == [MAIL.content]


def test_450_waits_and_550_names_a_mailbox_that_is_gone(sink: SmtpSink) -> None:
    sink.misbehave("RCPT", "450 4.2.0 <VERA@example.net> busy", "550 5.1.1 <vera@example.net>?")
    waits, gone = send(transport(sink), MAIL, MAIL)
    assert isinstance(waits, SendError)
    assert isinstance(gone, SendError)
    assert (waits.is_permanent, gone.is_permanent, gone.is_gone) == (False, True, True)
    # Not everybody who reads the reply may see the address.
    assert (waits.detail, gone.detail) == ("4.2.0 <…> busy", "5.1.1 <…>?")


def test_accepted_then_reset_is_an_attempt_of_the_recipient(sink: SmtpSink) -> None:
    sink.misbehave("END", ACCEPT_AND_RESET)
    found = failure(transport(sink))
    assert (found.code, found.scope) == ("no_reply_after_data", RECIPIENT)
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    ("verb", "scope", "timeouts"),
    [
        # The time-out of all other replies is long: a busy machine changes nothing.
        ("GREETING", LANE, Timeouts(command=0.1, quit=0.1)),
        ("END", RECIPIENT, Timeouts(data=0.1)),
    ],
)
def test_silence_ends_with_the_time_limit(
    sink: SmtpSink, verb: str, scope: FailureScope, timeouts: Timeouts
) -> None:
    sink.misbehave(verb, SILENCE)
    found = failure(transport(sink, timeouts=timeouts))
    assert (found.code, found.scope) == ("timed_out", scope)


@pytest.mark.parametrize(
    ("verb", "reply", "scope"),
    [
        ("GREETING", "220-more\r\n" * 200 + "220 end", LANE),
        ("EHLO", "250-" + "x" * 100_000, LANE),
        ("MAIL", "250-more\r\n" * 200 + "250 end", LANE),
        ("RCPT", "250-" + "x" * 100_000, RECIPIENT),
    ],
)
def test_an_endless_reply_ends(sink: SmtpSink, verb: str, reply: str, scope: FailureScope) -> None:
    sink.misbehave(verb, reply)
    found = failure(transport(sink))
    assert (found.code, found.scope) == ("bad_reply", scope)
    assert len(found.detail) < 100


def test_a_reply_is_shown_without_control_characters(sink: SmtpSink) -> None:
    sink.misbehave("RCPT", "550 5.1.1 a\x1b[31mb\x00\u202ec\u2066" + "x" * 5000)
    found = failure(transport(sink))
    assert found.detail.startswith("5.1.1 a [31mb c x")
    assert len(found.detail) <= 300


def test_dns_gone_names_the_host_as_a_failure_of_the_lane() -> None:
    async def no_dns(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    relay = Relay("relay.example.net", 25, is_tls=False, needs_starttls=True)
    found = failure(MailTransport(relay, resolver=no_dns))
    assert (found.code, found.scope) == ("dns_failed", LANE)
    assert found.detail == "relay.example.net does not resolve"


def test_a_refused_connection_is_a_failure_of_the_lane() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    relay = Relay("127.0.0.1", port, is_tls=False, needs_starttls=False)
    found = failure(MailTransport(relay))
    assert (found.code, found.scope) == ("connection_failed", LANE)
    assert "refused" in found.detail


def test_a_relay_in_a_private_network_is_reached(sink: SmtpSink) -> None:
    async def private(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    relay = Relay("mail.internal", sink.port, is_tls=False, needs_starttls=False)
    assert send(MailTransport(relay, resolver=private), MAIL) == ["250 2.0.0 OK: queued"]


def test_a_cancelled_mail_ends_its_connection_without_waiting(sink: SmtpSink) -> None:
    sink.misbehave("RCPT", SILENCE)

    async def cancel() -> None:
        async with asyncio.timeout(30), transport(sink).open() as connection:
            sending = asyncio.ensure_future(connection.send(MAIL))
            await asyncio.to_thread(sink.is_silent.wait)
            sending.cancel()
            await sending

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())


def test_mail_into_a_folder_is_a_file_for_each_delivery(tmp_path: Path) -> None:
    folder = MailTransport(MailFolder(tmp_path / "mail"))
    again = replace(MAIL, content=b"Subject: b\r\n\r\nb\r\n")
    send(folder, MAIL, replace(MAIL, key="delivery2"), again)
    files = sorted((tmp_path / "mail" / "new").iterdir())
    assert [file.name for file in files] == ["delivery1.fyr", "delivery2.fyr"]
    assert files[0].read_text() == (
        "Return-Path: <status@example.com>\nDelivered-To: vera@example.net\nSubject: b\n\nb\n"
    )
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_failure_of_the_lane(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    found = failure(MailTransport(MailFolder(tmp_path / "mail")))
    assert (found.code, found.scope) == ("folder_failed", LANE)


def test_without_a_relay_nothing_is_sent() -> None:
    found = failure(MailTransport(None))
    assert (found.code, found.scope) == ("mail_not_set_up", LANE)
