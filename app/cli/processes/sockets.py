"""Listening sockets of `fyr serve`: bound to a host and port, or inherited."""

import errno
import os
import socket
from typing import Any

from app.domain.errors import FyrError

__all__ = ["listen", "local_url"]

# Socket activation, sd_listen_fds(3): descriptors from 3 on, as many as LISTEN_FDS says, for the
# process LISTEN_PID alone.
_FIRST_FD = 3
_BACKLOG = 2048
# A host name may resolve to an address family that this machine does not have.
_UNSUPPORTED = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # compared, not bound


class ListenError(FyrError):
    """The address cannot be listened on."""

    code = "cannot_listen"


def listen(host: str, port: int, fds: list[int]) -> list[socket.socket]:
    """Listening sockets: the inherited ones, else one for each address of `host`.

    Raises ListenError.
    """
    inherited = fds or _activated_fds()
    try:
        if inherited:
            return [_require_listening(socket.socket(fileno=fd)) for fd in inherited]
        return _bind_all(host, port)
    except OSError as error:
        where = f"fd {inherited}" if inherited else f"{host}:{port}"
        reason = (error.strerror or str(error)).lower()
        raise ListenError(f"It is not possible to listen on {where}: {reason}.") from error


def _activated_fds() -> list[int]:
    is_for_us = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if not is_for_us or not count.isdigit():
        return []
    return list(range(_FIRST_FD, _FIRST_FD + int(count)))


def _require_listening(listener: socket.socket) -> socket.socket:
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError("it is not a listening socket")
    return listener


def _bind_all(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[socket.socket] = []
    unsupported: OSError | None = None
    for family, *_, address in dict.fromkeys(found):
        try:
            listeners.append(_bind(family, address))
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            unsupported = error
    if unsupported is not None and not listeners:
        raise unsupported
    return listeners


def _bind(family: int, address: Any) -> socket.socket:  # noqa: ANN401  # as getaddrinfo returns it
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def local_url(listener: socket.socket, host: str) -> str:
    """The URL under which a browser on this machine reaches this socket."""
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return "http://127.0.0.1"
    bound, port = listener.getsockname()[:2]
    name = host or bound
    name = "127.0.0.1" if name in _WILDCARDS else name
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
