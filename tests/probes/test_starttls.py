"""Each protocol goes over to TLS with a fake server, and refuses what it should not believe."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from app.domain.certificates.findings import ProbeResult, Stage
from app.domain.certificates.probe_results import STARTTLS_PORTS
from app.probes.starttls import DIALOGUES, StartTlsError
from tests.probes.servers import GUARD, Behaviour, hold, look, sending, serving, tls_context
from tests.trust.authorities import HOST, leaf, make

pytestmark = pytest.mark.anyio

CHAIN = (leaf("Inter"), make("Inter", "Root"))
LDAP_ASKS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
LDAP_YES = bytes.fromhex("300c02010178070a010004000400")
LDAP_YES_LONG = bytes.fromhex("308400000010020101788400000007") + bytes.fromhex("0a010004000400")

# What the client is to say, what the server answers; the first answer is the greeting.
Exchange = Sequence[tuple[bytes, bytes]]
EXCHANGES: Mapping[str, Exchange] = {
    "ftp": [(b"", b"220-Welcome\r\n to our\r\n220 server\r\n"), (b"AUTH TLS\r\n", b"234 go\r\n")],
    "imap": [
        (b"", b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
        (b"fyr1 STARTTLS\r\n", b"* CAPABILITY IMAP4rev1\r\nfyr1 OK go\r\n"),
    ],
    "ldap": [(LDAP_ASKS, LDAP_YES)],
    "pop3": [(b"", b"+OK ready\r\n"), (b"STLS\r\n", b"+OK go\r\n")],
    "postgres": [(bytes.fromhex("0000000804d2162f"), b"S")],
    "smtp": [
        (b"", b"220-mail.example\r\n220 ESMTP\r\n"),
        (b"EHLO fyr.invalid\r\n", b"250-mail.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go\r\n"),
    ],
}


def playing(exchange: Exchange, *, then_tls: bool = True, drip: bool = False) -> Behaviour:
    context = tls_context(*CHAIN)

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for expected, answer in exchange:
            if expected:
                assert await reader.readexactly(len(expected)) == expected
            for piece in [answer[i : i + 1] for i in range(len(answer))] if drip else [answer]:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        if then_tls:
            await writer.start_tls(context)
        await hold(reader, writer)

    return play


async def see(protocol: str, behaviour: Behaviour, *, patience: float = 5.0) -> ProbeResult:
    async with serving(behaviour) as port:
        return await look(HOST, port, guard=GUARD, timeout=patience, starttls=protocol)


def test_every_protocol_of_targets_has_a_dialogue_and_a_test_exchange() -> None:
    assert set(DIALOGUES) == set(STARTTLS_PORTS)
    assert set(EXCHANGES) == set(DIALOGUES)


@pytest.mark.parametrize("drip", [False, True])
@pytest.mark.parametrize("protocol", EXCHANGES)
async def test_a_protocol_goes_over_to_tls(protocol: str, drip: bool) -> None:  # noqa: FBT001
    seen = await see(protocol, playing(EXCHANGES[protocol], drip=drip))
    assert seen.failure is None
    assert seen.certificates == CHAIN


@pytest.mark.parametrize("protocol", EXCHANGES)
async def test_a_server_that_hangs_up_is_reported(protocol: str) -> None:
    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    seen = await see(protocol, leave)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.STARTTLS, "closed")


@pytest.mark.parametrize("protocol", EXCHANGES)
async def test_a_server_that_never_answers_is_not_waited_for(protocol: str) -> None:
    seen = await see(protocol, hold, patience=0.5)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.detail) == (Stage.TIMEOUT, "starttls")


@pytest.mark.parametrize("protocol", EXCHANGES)
async def test_a_server_of_another_kind_is_reported(protocol: str) -> None:
    seen = await see(protocol, sending(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10))
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.STARTTLS, "unexpected_reply")


@pytest.mark.parametrize(
    ("protocol", "answers", "code"),
    [
        ("smtp", [b"554 go away\r\n"], "unexpected_reply"),
        ("smtp", [b"220 x\r\n", b"250 SIZE\r\n"], "not_offered"),
        ("smtp", [b"220 x\r\n", b"250 STARTTLS\r\n", b"454 later\r\n"], "refused"),
        ("smtp", [b"220 x\r\n", b"250 STARTTLS\r\n", b"220 go\r\n250 evil\r\n"], "unexpected_data"),
        ("smtp", [b"220-more\r\n" * 2000], "too_much_data"),
        ("smtp", [b"2" * 70_000], "too_much_data"),
        ("ftp", [b"220 x\r\n", b"502 no\r\n"], "refused"),
        ("imap", [b"* BYE\r\n"], "unexpected_reply"),
        ("imap", [b"* OK\r\n", b"fyr1 BAD no\r\n"], "refused"),
        ("imap", [b"* OK\r\n", b"fyr1 OK go\r\n* evil\r\n"], "unexpected_data"),
        ("pop3", [b"+OK\r\n", b"-ERR no\r\n"], "refused"),
        ("postgres", [b"N"], "refused"),
        ("postgres", [b"S\x16\x03"], "unexpected_data"),
        ("ldap", [bytes.fromhex("300c02010178070a013504000400")], "refused"),
        ("ldap", [bytes.fromhex("3084ffffffff")], "too_much_data"),
    ],
)
def test_a_refusal_is_reported(protocol: str, answers: list[bytes], code: str) -> None:
    dialogue = DIALOGUES[protocol]()
    next(dialogue)
    *before, last = answers
    for answer in before:
        dialogue.send(answer)
    with pytest.raises(StartTlsError) as caught:
        dialogue.send(last)
    assert caught.value.code == code


def test_ldap_answers_with_long_lengths_are_understood() -> None:
    dialogue = DIALOGUES["ldap"]()
    next(dialogue)
    with pytest.raises(StopIteration):
        dialogue.send(LDAP_YES_LONG)


async def test_an_unknown_protocol_is_reported() -> None:
    seen = await see("gopher", hold)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.STARTTLS, "unknown_protocol")
