"""The sockets of `fyr serve`: its own, or handed over by who started it."""

import errno
import os
import socket
from typing import Any

from app.domain.errors import FyrError

__all__ = ["address_of", "listen"]

# As systemd hands them over: from this one on, as many as LISTEN_FDS says, to LISTEN_PID alone.
_FIRST_FD = 3
_BACKLOG = 2048
# One of a name's addresses may be of a kind that this machine does not have.
_NOT_HERE = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # told apart, not listened on


class ListenError(FyrError):
    """The address cannot be listened on."""

    code = "cannot_listen"


def listen(host: str, port: int, fds: list[int]) -> list[socket.socket]:
    """Listening sockets: those handed over, else one for each address of `host`.

    Raises ListenError.
    """
    handed_over = fds or _activated()
    try:
        if handed_over:
            return [_checked(socket.socket(fileno=fd)) for fd in handed_over]
        return _bound(host, port)
    except OSError as error:
        where = f"fd {handed_over}" if handed_over else f"{host}:{port}"
        reason = (error.strerror or str(error)).lower()
        raise ListenError(f"It is not possible to listen on {where}: {reason}.") from error


def _activated() -> list[int]:
    ours = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    return list(range(_FIRST_FD, _FIRST_FD + int(count))) if ours and count.isdigit() else []


def _checked(listener: socket.socket) -> socket.socket:
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError("nobody listens on it")
    return listener


def _bound(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[socket.socket] = []
    refusal: OSError | None = None
    for family, *_, address in dict.fromkeys(found):
        try:
            listeners.append(_listener(family, address))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            refusal = error
    if refusal is not None and not listeners:
        raise refusal
    return listeners


def _listener(family: int, address: Any) -> socket.socket:  # noqa: ANN401  # as it was found
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def address_of(listener: socket.socket, host: str) -> str:
    """Where a browser on this machine finds what listens there."""
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return "http://127.0.0.1"
    found, port = listener.getsockname()[:2]
    here = host or found
    here = "127.0.0.1" if here in _EVERYWHERE else here
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"
