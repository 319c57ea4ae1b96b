"""A look never raises and never hangs, whatever the other side does."""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections.abc import Sequence
from time import perf_counter

import pytest

from app.domain.certificates.findings import ProbeResult, Stage
from app.net.guard import Guard
from tests.probes.servers import GUARD, Behaviour, flight, hold, look, sending, serving, tls_context
from tests.trust.authorities import HOST, leaf, make

pytestmark = pytest.mark.anyio

CHAIN = (leaf("Inter"), make("Inter", "Root"), make("Root", "Old"))


async def see(port: int, host: str = HOST, *, patience: float = 5.0) -> ProbeResult:
    return await look(host, port, guard=GUARD, timeout=patience)


async def see_plain(behaviour: Behaviour, *, patience: float = 5.0) -> tuple[Stage, str]:
    """What becomes of a look at a server without TLS."""
    began = perf_counter()
    async with serving(behaviour) as port:
        seen = await see(port, patience=patience)
    assert perf_counter() - began < patience + 1
    assert seen.failure is not None
    assert seen.certificates == ()
    return seen.failure.stage, seen.failure.code


async def test_the_chain_is_captured_as_served() -> None:
    async with serving(hold, tls_context(*CHAIN)) as port:
        seen = await see(port)
    assert seen.failure is None
    assert seen.certificates == CHAIN
    assert (seen.host, seen.port, seen.address) == (HOST, port, "127.0.0.1")
    assert seen.tls_version == "TLSv1.3"


@pytest.mark.parametrize(
    ("host", "name"),
    [(HOST, HOST), ("Räksmörgås.example", "xn--rksmrgs-5wao1o.example"), ("127.0.0.1", None)],
)
async def test_names_are_asked_for_by_name_and_addresses_are_not(
    host: str, name: str | None
) -> None:
    asked: list[str | None] = []
    context = tls_context(*CHAIN)
    context.sni_callback = lambda _connection, wanted, _context: asked.append(wanted)
    async with serving(hold, context) as port:
        await see(port, host)
    assert asked == [name]


async def test_no_session_is_ever_resumed() -> None:
    context = tls_context(*CHAIN)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(hold, context) as port:
        for _ in range(3):
            assert (await see(port)).certificates == CHAIN
    assert context.session_stats()["hits"] == 0


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
async def test_servers_of_an_older_age_are_reached() -> None:
    context = tls_context(*CHAIN)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1
    async with serving(hold, context) as port:
        seen = await see(port)
    assert seen.certificates == CHAIN
    assert seen.tls_version == "TLSv1"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_wants_a_client_certificate_shows_its_own(
    version: ssl.TLSVersion,
) -> None:
    context = tls_context(*CHAIN)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        # asyncio's servers hang up without an alert when the handshake fails; others send one.
        connection, _ = listening.accept()
        with contextlib.suppress(OSError), connection:
            context.wrap_socket(connection, server_side=True)

    server = asyncio.create_task(asyncio.to_thread(serve))
    seen = await see(listening.getsockname()[1])
    await server
    listening.close()
    assert seen.failure is None
    assert seen.certificates == CHAIN


async def test_a_chain_of_200_certificates_is_no_trouble() -> None:
    many = [make("Inter", "Root", serial=number) for number in range(1, 200)]
    async with serving(hold, tls_context(CHAIN[0], *many)) as port:
        seen = await see(port)
    assert len(seen.certificates) == 200


async def test_a_chain_beyond_all_measure_is_a_failure() -> None:
    many = [make("Inter", "Root", serial=number) for number in range(1, 600)]
    async with serving(hold, tls_context(CHAIN[0], *many)) as port:
        seen = await see(port)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.HANDSHAKE, "too_much_data")


async def test_a_server_that_never_answers_is_not_waited_for() -> None:
    assert await see_plain(hold, patience=0.2) == (Stage.TIMEOUT, "timed_out")


async def test_a_server_that_drips_is_not_waited_for() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x03" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    assert await see_plain(drip, patience=0.3) == (Stage.TIMEOUT, "timed_out")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x00" * 100,
    ],
)
async def test_what_is_not_tls_is_called_that(data: bytes) -> None:
    assert await see_plain(sending(data)) == (Stage.HANDSHAKE, "not_tls")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "closed"),
        (40, "alert_handshake_failure"),
        (70, "alert_protocol_version"),
        (80, "alert_internal_error"),
        (112, "alert_unrecognized_name"),
    ],
)
async def test_an_alert_is_shown_by_its_name(number: int, code: str) -> None:
    alert = b"\x15\x03\x03\x00\x02\x02" + bytes([number])
    assert await see_plain(sending(alert)) == (Stage.HANDSHAKE, code)


async def test_garbage_inside_tls_records_is_a_failure() -> None:
    stage, _ = await see_plain(sending(b"\x16\x03\x03\x00\x20" + b"\xff" * 32))
    assert stage is Stage.HANDSHAKE


async def test_endless_records_are_a_failure() -> None:
    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"\x16\x03\x03\x40\x00" + b"\x00" * 0x4000)
            await writer.drain()

    stage, _ = await see_plain(pour)
    assert stage is Stage.HANDSHAKE


async def test_a_server_that_hangs_up_is_reported() -> None:
    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert await see_plain(leave) == (Stage.HANDSHAKE, "closed")
    assert await see_plain(reset) == (Stage.HANDSHAKE, "closed")


@pytest.mark.parametrize("garbage", [b"", b"hello", b"\x30\x82\x01\x00" + b"\x00" * 256])
async def test_garbage_for_certificates_is_a_failure_or_a_look(garbage: bytes) -> None:
    async with serving(sending(flight(garbage))) as port:
        seen = await see(port)
    assert seen.failure is not None
    assert seen.failure.stage is Stage.HANDSHAKE


async def test_a_certificate_that_openssl_cannot_read_is_named_malformed() -> None:
    async with serving(sending(flight(b"hello"))) as port:
        seen = await see(port)
    assert seen.failure is not None
    assert seen.failure.code == "malformed_certificate"


async def test_a_private_address_is_refused() -> None:
    seen = await look("127.0.0.1", 443, guard=Guard())
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.REFUSED, "private_address")


async def test_an_unknown_name_is_reported() -> None:
    async def nobody(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    seen = await look("gone.example", 443, guard=Guard((), nobody))
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.DNS, "no_such_host")


@pytest.mark.parametrize("host", ["", ".", "a..b", "x" * 300, "sh\x00p.example", "a b", "ex\nit"])
async def test_what_cannot_be_a_name_is_refused_without_asking_anyone(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.probes.scanner")
    seen = await look(host, 443, guard=GUARD)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.DNS, "no_such_host")
    assert "\n" not in caplog.records[0].getMessage()


async def test_a_closed_port_is_reported() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seen = await see(port)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.code) == (Stage.CONNECT, "connection_refused")


async def test_the_time_for_a_look_includes_the_name() -> None:
    async def slow(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(10)
        return []

    seen = await look(HOST, 443, guard=Guard((), slow), timeout=0.1)
    assert seen.failure is not None
    assert (seen.failure.stage, seen.failure.detail) == (Stage.TIMEOUT, "dns")
