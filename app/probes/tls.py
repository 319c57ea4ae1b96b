"""One TLS probe of one address: connect, complete one handshake, return the chain as served."""

import asyncio
from dataclasses import dataclass, replace

from app.domain.certificates.findings import ProbeFailure, ProbeResult, Stage
from app.domain.certificates.probe_results import AlternateHandshake
from app.net.addresses import Address
from app.net.errors import AddressRefusedError, NameResolutionError, OutboundError
from app.net.guard import Connection, Guard
from app.probes.handshake import Handshake, HandshakeError
from app.probes.starttls import DIALOGUES, StartTlsError

__all__ = ["STAGE_PART", "ProbeRequest", "outbound_failure", "probe_address"]

# Room for a chain of a hundred large certificates; a server that sends more is cut off.
_MOST_BYTES = 1_048_576
_CHUNK = 16_384
# The part of the whole timeout that one stage may take.
STAGE_PART = 0.7


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Endpoint and parameters of a probe.

    `name` goes into SNI, None for a host that is an IP address. `starttls` is a name in
    STARTTLS_PORTS. `alternate` None asks for the handshake of a current client.
    """

    host: str
    port: int
    name: str | None
    starttls: str | None = None
    alternate: AlternateHandshake | None = None


@dataclass(slots=True)
class _Progress:
    """The stage that a probe is in, for the failure reported on a timeout."""

    stage: Stage = Stage.CONNECT


async def probe_address(
    request: ProbeRequest,
    address: Address,
    *,
    guard: Guard,
    timeout: float,  # noqa: ASYNC109
) -> ProbeResult:
    """Probe `address` on a new connection. Failures of the other side are returned, not raised.

    `timeout` is for the whole probe; no stage takes more than STAGE_PART of it.
    """
    progress = _Progress()
    result = ProbeResult(request.host, request.port, str(address))
    stage_timeout = timeout * STAGE_PART
    try:
        async with asyncio.timeout(timeout):
            connection = await guard.connect_to([address], request.port, timeout=stage_timeout)
            try:
                return await _exchange(result, connection, request, stage_timeout, progress)
            finally:
                connection.abort()
    except TimeoutError:
        failure = ProbeFailure(Stage.TIMEOUT, "timed_out", progress.stage.value)
    except OutboundError as error:
        failure = outbound_failure(error)
    except OSError as error:
        failure = ProbeFailure(progress.stage, "closed", type(error).__name__)
    return replace(result, failure=failure)


def outbound_failure(error: OutboundError) -> ProbeFailure:
    """Convert an error of the outbound guard to the failure of a probe."""
    if isinstance(error, AddressRefusedError):
        return ProbeFailure(Stage.REFUSED, error.code, error.detail)
    stage = Stage.DNS if isinstance(error, NameResolutionError) else Stage.CONNECT
    if error.code == "timed_out":
        return ProbeFailure(Stage.TIMEOUT, error.code, stage.value)
    return ProbeFailure(stage, error.code, error.detail)


async def _exchange(
    result: ProbeResult,
    connection: Connection,
    request: ProbeRequest,
    stage_timeout: float,
    progress: _Progress,
) -> ProbeResult:
    if request.starttls is not None:
        progress.stage = Stage.STARTTLS
        async with asyncio.timeout(stage_timeout):
            refusal = await _negotiate_starttls(connection, request.starttls)
        if refusal is not None:
            return replace(result, failure=refusal)
    progress.stage = Stage.HANDSHAKE
    handshake = Handshake(request.name, request.alternate)
    async with asyncio.timeout(stage_timeout):
        failure = await _complete_handshake(connection, handshake)
    return replace(
        result,
        certificates=handshake.certificates,
        tls_version=handshake.version if failure is None else "",
        failure=failure,
        staple_requested=failure is None,
        staple=handshake.staple,
    )


async def _negotiate_starttls(connection: Connection, protocol: str) -> ProbeFailure | None:
    new_dialogue = DIALOGUES.get(protocol)
    if new_dialogue is None:
        return ProbeFailure(Stage.STARTTLS, "unknown_protocol", protocol)
    dialogue = new_dialogue()
    try:
        outgoing = next(dialogue)
        while True:
            await _send(connection, outgoing)
            received = await connection.reader.read(_CHUNK)
            if not received:
                return ProbeFailure(Stage.STARTTLS, "closed")
            outgoing = dialogue.send(received)
    except StopIteration:
        return None
    except StartTlsError as error:
        return ProbeFailure(Stage.STARTTLS, error.code, error.detail)


async def _complete_handshake(connection: Connection, handshake: Handshake) -> ProbeFailure | None:
    total, received = 0, b""
    while True:
        try:
            complete = handshake.advance(received)
        except HandshakeError as error:
            return ProbeFailure(Stage.HANDSHAKE, error.code, error.detail)
        await _send(connection, handshake.outgoing)
        if complete:
            return None
        received = await connection.reader.read(_CHUNK)
        total += len(received)
        if total > _MOST_BYTES:
            return ProbeFailure(Stage.HANDSHAKE, "too_much_data")
        if not received:
            if handshake.closed:
                return ProbeFailure(Stage.HANDSHAKE, "closed")
            handshake.close()


async def _send(connection: Connection, data: bytes) -> None:
    if data:
        connection.writer.write(data)
        await connection.writer.drain()
