"""Tests talk to this machine and to nobody else."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from socketserver import BaseServer
from threading import Thread
from threading import enumerate as running_threads
from typing import Any

import pytest

__all__ = ["PLAIN", "OutsideWorldError", "guarded", "serving_threads", "started"]

# `verify` of clients that use no TLS: with the usual context each client reads every root, 30 ms.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class OutsideWorldError(RuntimeError):
    """A test tried to reach an address outside this machine.

    No OSError: the code under test would take that for a server that does not answer.
    """


def _is_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", errors="replace")
    if host is None or host in ("", "localhost"):
        return True
    try:
        address = ip_address(str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def guarded(kind: type[socket.socket]) -> Iterator[None]:
    """While this lasts, sockets of `kind` connect to loopback only and no other name resolves."""
    connect, connect_ex, getaddrinfo = kind.connect, kind.connect_ex, socket.getaddrinfo

    def check(family: int, address: Any) -> None:  # noqa: ANN401  # as sockets take it
        if family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise OutsideWorldError(f"A test wanted to connect to {address!r}.")

    def guarded_connect(self: socket.socket, address: Any) -> None:  # noqa: ANN401
        check(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:  # noqa: ANN401
        check(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        named["flags"] = _flags(host, named.get("flags", rest[4] if len(rest) > 4 else 0))
        return getaddrinfo(host, *rest[:4], **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "connect", guarded_connect)
        patch.setattr(kind, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


def _flags(host: object, flags: int) -> int:
    # Any other name is refused at once and without a question to a name server: to the code under
    # test it does not exist.
    return flags if _is_here(host) else flags | socket.AI_NUMERICHOST


@contextmanager
def started(server: BaseServer) -> Iterator[None]:
    """Serves in a thread until the block ends, also by an exception, and closes the server.

    A thread that outlives its socket finds it ready again and again: it takes a whole processor
    until the process ends, and all later tests take several times as long.
    """
    with server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def serving_threads() -> list[Thread]:
    """The threads in which servers of `socketserver` still run."""
    return [each for each in running_threads() if "serve_forever" in each.name]
