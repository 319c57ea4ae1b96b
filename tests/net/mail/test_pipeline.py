"""Mails one after the other through one session, without waiting for it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.net.mail.relay import Relay
from app.net.mail.session import Timeouts
from app.net.mail.transport import MailTransport
from app.ports.channel import Mail, MailProgress, PipelinedMail
from tests.net.mail.pipelining import send_pipelined, step
from tests.smtp import SILENCE, SmtpSink

MAIL = Mail("delivery1", "status@example.com", "vera@example.net", b"Subject: a\r\n\r\n.b\r\n")
OTHER = replace(MAIL, key="delivery2", recipient="bo@example.net")


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink().running() as running:
        yield running


def transport(sink: SmtpSink) -> MailTransport:
    relay = Relay("127.0.0.1", sink.port, is_tls=False, needs_starttls=False)
    return MailTransport(relay, timeouts=Timeouts(command=0.2, data=0.2))


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_mails_arrive_in_order_with_or_without_pipelining(
    sink: SmtpSink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    large = replace(MAIL, recipient="large@example.net", content=b"a" * 70 + b"\r\n")
    large = replace(large, content=large.content * 40_000)
    mails = [MAIL, OTHER, large, replace(MAIL, recipient="last@example.net")]
    assert asyncio.run(send_pipelined(transport(sink), mails)) == ["250 2.0.0 OK: queued"] * 4
    assert [(each.rcpt_to, each.content) for each in sink.mails] == [
        (f"RCPT TO:<{each.recipient}>", each.content) for each in mails
    ]


def test_the_next_recipient_is_accepted_before_its_content_is_sent(sink: SmtpSink) -> None:
    """And nothing of a mail is delivered whose content was not sent."""

    async def send() -> str:
        async with transport(sink).open() as connection:
            assert isinstance(connection, PipelinedMail)
            await connection.send(MAIL)
            async with connection.pipeline() as pipeline:
                pipeline.announce(MAIL)
                while not pipeline.awaits_content:
                    step(pipeline)
                pipeline.send_content()
                pipeline.announce(OTHER)
                while not pipeline.awaits_content:
                    step(pipeline)
            assert len(sink.mails) == 2
            return await connection.send(OTHER)

    assert asyncio.run(send()) == "250 2.0.0 OK: queued"
    assert [each.rcpt_to for each in sink.mails][1:] == [
        "RCPT TO:<vera@example.net>",
        "RCPT TO:<bo@example.net>",
    ]


@pytest.mark.parametrize(
    ("verb", "reply", "code", "is_usable"),
    [
        ("RCPT", "550 5.1.1 no such user", "smtp_550", True),
        ("MAIL", "421 4.3.2 closing", "smtp_421", False),
        ("END", "554 5.6.0 refused", "smtp_554", True),
        ("END", SILENCE, "timed_out", False),
        ("RCPT", "nonsense", "bad_reply", False),
    ],
)
def test_a_failure_leaves_a_connection_that_can_send(
    sink: SmtpSink, verb: str, reply: str, code: str, *, is_usable: bool
) -> None:
    async def send() -> MailProgress:
        async with transport(sink).open() as connection:
            assert isinstance(connection, PipelinedMail)
            await connection.send(MAIL)
            sink.misbehave(verb, reply)
            async with connection.pipeline() as pipeline:
                pipeline.announce(MAIL)
                while (progress := step(pipeline)).failure is None:
                    if pipeline.awaits_content:
                        pipeline.send_content()
            await connection.send(OTHER)
            return progress

    failure = asyncio.run(send()).failure
    assert failure is not None
    assert failure.code == code
    assert [each.rcpt_to for each in sink.mails][-1] == "RCPT TO:<bo@example.net>"
    assert sink.connections == (1 if is_usable else 2)
