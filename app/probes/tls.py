"""One look at one address of a target: connect, shake hands once, keep what was served."""

import asyncio
from dataclasses import dataclass, replace

from app.domain.certificates.findings import LookFailure, ProbeResult, Stage
from app.domain.certificates.probe_results import SecondLook
from app.net.addresses import Address
from app.net.errors import AddressRefusedError, NameResolutionError, OutboundError
from app.net.guard import Connection, Guard
from app.probes.handshake import Handshake, HandshakeError
from app.probes.starttls import STARTTLS, StartTlsError

__all__ = ["STAGE_PART", "Asked", "look", "outbound_failure"]

# A chain of a hundred large certificates fits; a server that talks for ever does not.
_MOST_BYTES = 1_048_576
_CHUNK = 16_384
# What one stage may take of the time for the whole.
STAGE_PART = 0.7


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to look at and how. `name` goes into SNI, None for a target that is an address;
    `starttls` is a name in STARTTLS, `way` None the usual way.
    """

    host: str
    port: int
    name: str | None
    starttls: str | None = None
    way: SecondLook | None = None


@dataclass(slots=True)
class _Progress:
    """How far a look has come, for the report when its time is up."""

    stage: Stage = Stage.CONNECT


async def look(
    asked: Asked,
    address: Address,
    *,
    guard: Guard,
    timeout: float,  # noqa: ASYNC109
) -> ProbeResult:
    """What `address` serves on a fresh connection, or why that could not be seen.

    Never raises for anything the other side does. `timeout` is for the whole look, and no stage
    gets more than STAGE_PART of it.
    """
    progress = _Progress()
    seen = ProbeResult(asked.host, asked.port, str(address))
    try:
        async with asyncio.timeout(timeout):
            connection = await guard.connect_to([address], asked.port, timeout=timeout * STAGE_PART)
            try:
                return await _converse(seen, connection, asked, timeout * STAGE_PART, progress)
            finally:
                connection.abort()
    except TimeoutError:
        failure = LookFailure(Stage.TIMEOUT, "timed_out", progress.stage.value)
    except OutboundError as error:
        failure = outbound_failure(error)
    except OSError as error:
        failure = LookFailure(progress.stage, "closed", type(error).__name__)
    return replace(seen, failure=failure)


def outbound_failure(error: OutboundError) -> LookFailure:
    """What the guard said, as the failure of a look."""
    if isinstance(error, AddressRefusedError):
        return LookFailure(Stage.REFUSED, error.code, error.detail)
    stage = Stage.DNS if isinstance(error, NameResolutionError) else Stage.CONNECT
    if error.code == "timed_out":
        return LookFailure(Stage.TIMEOUT, error.code, stage.value)
    return LookFailure(stage, error.code, error.detail)


async def _converse(
    seen: ProbeResult,
    connection: Connection,
    asked: Asked,
    stage_ends_in: float,
    progress: _Progress,
) -> ProbeResult:
    if asked.starttls is not None:
        progress.stage = Stage.STARTTLS
        async with asyncio.timeout(stage_ends_in):
            refusal = await _ask(connection, asked.starttls)
        if refusal is not None:
            return replace(seen, failure=refusal)
    progress.stage = Stage.HANDSHAKE
    handshake = Handshake(asked.name, asked.way)
    async with asyncio.timeout(stage_ends_in):
        failure = await _shake(connection, handshake)
    return replace(
        seen,
        certificates=handshake.certificates,
        tls_version=handshake.version if failure is None else "",
        failure=failure,
        staple_asked=failure is None,
        staple=handshake.staple,
    )


async def _ask(connection: Connection, starttls: str) -> LookFailure | None:
    protocol = STARTTLS.get(starttls)
    if protocol is None:
        return LookFailure(Stage.STARTTLS, "unknown_protocol", starttls)
    dialogue = protocol.dialogue()
    try:
        send = next(dialogue)
        while True:
            await _send(connection, send)
            received = await connection.reader.read(_CHUNK)
            if not received:
                return LookFailure(Stage.STARTTLS, "closed")
            send = dialogue.send(received)
    except StopIteration:
        return None
    except StartTlsError as error:
        return LookFailure(Stage.STARTTLS, error.code, error.detail)


async def _shake(connection: Connection, handshake: Handshake) -> LookFailure | None:
    heard, received = 0, b""
    while True:
        try:
            complete = handshake.advance(received)
        except HandshakeError as error:
            return LookFailure(Stage.HANDSHAKE, error.code, error.detail)
        await _send(connection, handshake.outgoing)
        if complete:
            return None
        received = await connection.reader.read(_CHUNK)
        heard += len(received)
        if heard > _MOST_BYTES:
            return LookFailure(Stage.HANDSHAKE, "too_much_data")
        if not received:
            if handshake.closed:
                return LookFailure(Stage.HANDSHAKE, "closed")
            handshake.close()


async def _send(connection: Connection, data: bytes) -> None:
    if data:
        connection.writer.write(data)
        await connection.writer.drain()
