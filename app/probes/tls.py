"""One look at a TLS endpoint: connect, shake hands once, keep the certificates as served."""

import asyncio
import logging
from dataclasses import dataclass, replace

from app.domain.certificates import Look, LookFailure, Stage
from app.net.errors import AddressRefusedError, NameResolutionError, OutboundError
from app.net.guard import Connection, Guard
from app.probes.handshake import Handshake, HandshakeError
from app.probes.starttls import STARTTLS, StartTlsError
from app.trust.hostnames import ip_literal, normalised

__all__ = ["look"]

_log = logging.getLogger(__name__)

# A chain of a hundred large certificates fits; a server that talks for ever does not.
_MOST_BYTES = 1_048_576
_CHUNK = 16_384


@dataclass(slots=True)
class _Progress:
    """How far a look has come, for the report when its time is up."""

    stage: Stage = Stage.DNS
    address: str = ""


async def look(
    host: str,
    port: int,
    *,
    guard: Guard,
    timeout: float = 10.0,  # noqa: ASYNC109
    starttls: str | None = None,
) -> Look:
    """What `host` serves on `port` on a fresh connection, or why that could not be seen.

    Never raises for anything the other side does. `timeout` is for the whole look, whatever the
    stage. `starttls` is a name in STARTTLS. The first address that takes a connection is looked at.
    """
    progress = _Progress()
    seen = Look(host, port)
    try:
        async with asyncio.timeout(timeout):
            seen = await _look(seen, guard, timeout, starttls, progress)
    except TimeoutError:
        failure = LookFailure(Stage.TIMEOUT, "timed_out", progress.stage.value)
        seen = replace(seen, address=progress.address, failure=failure)
    if seen.failure is not None:
        _log.info(
            "probe.failed host=%s port=%d stage=%s code=%s",
            ascii(host)[1:-1],
            port,
            seen.failure.stage.value,
            seen.failure.code,
        )
    return seen


async def _look(
    seen: Look, guard: Guard, ends_in: float, starttls: str | None, progress: _Progress
) -> Look:
    is_address = ip_literal(seen.host) is not None
    name = None if is_address else normalised(seen.host)
    if name is None and not is_address:
        return replace(seen, failure=LookFailure(Stage.DNS, "no_such_host", "not a host name"))
    try:
        connection = await guard.connect(name or seen.host, seen.port, timeout=ends_in)
    except OutboundError as error:
        return replace(seen, failure=_outbound_failure(error))
    progress.address = connection.address
    seen = replace(seen, address=connection.address)
    try:
        return await _converse(seen, connection, name, starttls, progress)
    except OSError as error:
        return replace(seen, failure=LookFailure(progress.stage, "closed", type(error).__name__))
    finally:
        connection.abort()


def _outbound_failure(error: OutboundError) -> LookFailure:
    if isinstance(error, AddressRefusedError):
        return LookFailure(Stage.REFUSED, error.code, error.detail)
    stage = Stage.DNS if isinstance(error, NameResolutionError) else Stage.CONNECT
    if error.code == "timed_out":
        return LookFailure(Stage.TIMEOUT, error.code, stage.value)
    return LookFailure(stage, error.code, error.detail)


async def _converse(
    seen: Look,
    connection: Connection,
    name: str | None,
    starttls: str | None,
    progress: _Progress,
) -> Look:
    if starttls is not None:
        progress.stage = Stage.STARTTLS
        refusal = await _ask(connection, starttls)
        if refusal is not None:
            return replace(seen, failure=refusal)
    progress.stage = Stage.HANDSHAKE
    handshake = Handshake(name)
    failure = await _shake(connection, handshake)
    return replace(
        seen,
        certificates=handshake.certificates,
        tls_version=handshake.version if failure is None else "",
        failure=failure,
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
