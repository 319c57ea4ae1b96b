"""Syslog: sends log records to a receiver as RFC 5424 messages, from a thread of its own.

Logging never waits for the receiver: a bounded queue is between them. Records that do not fit, or
that a receiver which is away does not take, are counted and not sent; the log on stderr has them.
"""

import logging
import re
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Full, Queue
from threading import Event, Lock, Thread

__all__ = ["SyslogAddress", "SyslogHandler", "message"]

# Facility 3, system daemons: RFC 5424 section 6.2.1.
_FACILITY = 3
_SEVERITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7
# Receivers of datagrams should take 2,048 bytes, and most take 8 kB: RFC 5424 section 6.1.
_DATAGRAM_BYTES = 8192
_STREAM_BYTES = 65_536
_QUEUE_LENGTH = 10_000
_TIMEOUT_SECONDS = 2.0
_RETRY_SECONDS = 5.0
_ADDRESS = re.compile(
    r"syslog:(?:(?P<path>/.+)|(?P<kind>udp|tcp)://(?:\[(?P<v6>[^]]+)\]|(?P<host>[^:/\[\]]+))"
    r":(?P<port>[0-9]{1,5})/?)"
)


@dataclass(frozen=True, slots=True)
class SyslogAddress:
    """Where the receiver is: a unix socket (`kind` is `unix`), or a host and port by UDP or TCP."""

    kind: str
    host: str
    port: int = 0

    @classmethod
    def parse(cls, target: str) -> "SyslogAddress | None":
        """The address of `syslog:PATH`, `syslog:udp://HOST:PORT` or `syslog:tcp://HOST:PORT`.

        None for everything else.
        """
        found = _ADDRESS.fullmatch(target)
        if found is None:
            return None
        if found["path"]:
            return cls("unix", found["path"])
        port = int(found["port"])
        return cls(found["kind"], found["v6"] or found["host"], port) if 0 < port < 65_536 else None

    def connect(self, timeout: float) -> socket.socket:
        """A socket that is connected to the receiver, with this time-out. Raises OSError."""
        if self.kind == "unix":
            try:
                made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                return _connected(made, self.host, timeout)
            except OSError:
                # The socket of some receivers is a stream.
                made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                return _connected(made, self.host, timeout)
        if self.kind == "tcp":
            return socket.create_connection((self.host, self.port), timeout)
        family, kind, proto, _, place = socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_DGRAM
        )[0]
        return _connected(socket.socket(family, kind, proto), place, timeout)


def message(record: logging.LogRecord, text: str, host: str) -> str:
    """A record as a message of RFC 5424; `text` is the record as its formatter writes it."""
    severity = next((number for level, number in _SEVERITIES if record.levelno >= level), _DEBUG)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    at = at.replace("+00:00", "Z")
    # MSGID has at most 32 characters, HOSTNAME 255: RFC 5424 section 6.
    fields = (at, _name(host, 255), "fyr", str(record.process or "-"), _name(record.name, 32), "-")
    return f"<{_FACILITY * 8 + severity}>1 {' '.join(fields)} {text}"


class SyslogHandler(logging.Handler):
    """Handler that sends records to a syslog receiver, on a socket that it opens when needed.

    TCP and unix streams get messages with their length (octet counting, RFC 6587 section 3.4.1),
    datagrams one message each. `on_loss` is called with the number of records that were not sent,
    once one is sent again and when the handler is closed. The receiver has `timeout` seconds to
    take a message.
    """

    def __init__(
        self,
        address: SyslogAddress,
        on_loss: Callable[[int], None],
        *,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        super().__init__()
        self._timeout = timeout
        self._address = address
        self._on_loss = on_loss
        self._host = socket.gethostname()
        self._queue: Queue[bytes | None] = Queue(_QUEUE_LENGTH)
        self._closing = Event()
        # Not the lock of the handler, which `close` holds while it waits for the thread.
        self._counting = Lock()
        self._lost = 0
        self._socket: socket.socket | None = None
        self._retry_at = 0.0
        self._thread: Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Put the record into the queue; count it when the queue is full."""
        try:
            self._start()
            text = message(record, self.format(record), self._host)
            self._queue.put_nowait(text.encode("utf-8", "backslashreplace"))
        except Full:
            self._add_lost()
        except Exception:  # noqa: BLE001  # as every handler: logging must not end a request
            self.handleError(record)

    def close(self) -> None:
        """Send what is in the queue, as far as the receiver takes it, and end the thread.

        `logging` calls it when the process ends.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            with suppress(Full):
                self._queue.put(None, timeout=self._timeout)
            thread.join(2 * self._timeout)
            if lost := self._take_lost():
                self._on_loss(lost)
        super().close()

    def _start(self) -> None:
        # With the lock of the handler, as `emit`. `logging.config.dictConfig`, which uvicorn calls,
        # closes every handler, and those of the root logger are used after that too.
        if self._thread is None:
            self._closing.clear()
            self._thread = Thread(target=self._run, name="syslog", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (text := self._queue.get()) is not None:
            self._send(text)
        self._disconnect()

    def _send(self, text: bytes) -> None:
        if time.monotonic() < self._retry_at:
            self._add_lost()
            return
        try:
            self._send_now(text)
        except OSError:
            self._disconnect()
            self._add_lost()
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            return
        if not self._closing.is_set() and (lost := self._take_lost()):
            self._on_loss(lost)

    def _add_lost(self) -> None:
        with self._counting:
            self._lost += 1

    def _take_lost(self) -> int:
        with self._counting:
            lost, self._lost = self._lost, 0
        return lost

    def _send_now(self, text: bytes) -> None:
        if self._socket is not None and _is_closed_by_peer(self._socket):
            self._disconnect()
        if self._socket is None:
            self._socket = self._address.connect(self._timeout)
        if self._socket.type == socket.SOCK_STREAM:
            cut = text[:_STREAM_BYTES]
            self._socket.sendall(b"%d %s" % (len(cut), cut))
        else:
            self._socket.send(text[:_DATAGRAM_BYTES])

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _connected(
    made: socket.socket, place: str | tuple[str | int | bytes, ...], timeout: float
) -> socket.socket:
    try:
        made.settimeout(timeout)
        made.connect(place)
    except OSError:
        made.close()
        raise
    return made


def _is_closed_by_peer(connected: socket.socket) -> bool:
    """Whether the receiver has closed the stream: the first bytes sent to it would be lost."""
    if connected.type != socket.SOCK_STREAM:
        return False
    readable, _, _ = select.select([connected], [], [], 0)
    try:
        return bool(readable) and connected.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _name(text: str, limit: int) -> str:
    """A field of printable ASCII without spaces, or the nil value `-`."""
    return re.sub(r"[^!-~]", "", text)[:limit] or "-"
