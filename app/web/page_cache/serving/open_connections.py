"""Open connections of one web process: their limits, and which one is closed when there are more.

A connection is idle while it waits for a request, and receiving while the body of one arrives.
"""

import logging
import time
from dataclasses import dataclass, replace
from typing import Protocol

__all__ = ["ClientConnection", "ConnectionLimits", "OpenConnections"]

_log = logging.getLogger("fyr.front")

# Descriptors for the database, the snapshot, logs and outbound connections.
_RESERVED_FILES = 256
_LOG_INTERVAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may send, how slowly, and how many connections there may be.

    `header_bytes` counts each field as its name, its value and four more bytes, as on the wire.
    """

    request_line_bytes: int = 16_384
    header_bytes: int = 65_536
    header_fields: int = 100
    header_seconds: float = 10.0
    body_bytes_per_second: int = 1000
    idle_connections: int = 1024
    connections: int = 4096

    def within(self, open_files: int) -> "ConnectionLimits":
        """These limits, lowered to what a process with so many file descriptors can hold."""
        room = max(open_files - _RESERVED_FILES, open_files // 2, 1)
        connections = min(self.connections, room)
        # Connections that are at work must find room beside the idle ones.
        idle = min(self.idle_connections, max(connections * 3 // 4, 1))
        return replace(self, connections=connections, idle_connections=idle)


class ClientConnection(Protocol):
    """A connection that can be closed to make room for another one."""

    def shed(self) -> None:
        """Close the connection at once."""


class OpenConnections:
    """The connections of a server, oldest first in each state. Not thread-safe.

    When there are too many, the oldest idle one is closed, else the one that has been receiving a
    body for the longest time. A connection that waits for its response is never closed.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._idle: dict[ClientConnection, None] = {}
        self._receiving: dict[ClientConnection, None] = {}
        self._all: set[ClientConnection] = set()
        self._shed = 0
        self._logged_at = float("-inf")

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, connection: ClientConnection) -> bool:
        """Add a new connection, which is idle; False when there is no room and none can be made."""
        if len(self._idle) >= self.limits.idle_connections:
            self._shed_first(self._idle)
        elif len(self._all) >= self.limits.connections:
            crowd = self._idle or self._receiving
            if not crowd:
                return False
            self._shed_first(crowd)
        self._all.add(connection)
        self._idle[connection] = None
        return True

    def mark_idle(self, connection: ClientConnection) -> None:
        """The connection waits for a request from now on: it is the newest of the idle ones."""
        self._receiving.pop(connection, None)
        self._idle.pop(connection, None)
        if connection in self._all:
            self._idle[connection] = None

    def renew_idle(self, connection: ClientConnection) -> None:
        """An idle connection was used: it is the newest of the idle ones from now on."""
        idle = self._idle
        if connection in idle:
            del idle[connection]
            idle[connection] = None

    def mark_receiving(self, connection: ClientConnection) -> None:
        """The body of a request begins to arrive."""
        self._idle.pop(connection, None)
        if connection in self._all:
            self._receiving[connection] = None

    def mark_busy(self, connection: ClientConnection) -> None:
        """The request has arrived, and its response is due."""
        self._idle.pop(connection, None)
        self._receiving.pop(connection, None)

    def remove(self, connection: ClientConnection) -> None:
        """The connection has been closed."""
        self.mark_busy(connection)
        self._all.discard(connection)

    def _shed_first(self, crowd: dict[ClientConnection, None]) -> None:
        oldest = next(iter(crowd))
        self.remove(oldest)
        oldest.shed()
        self._shed += 1
        now = time.monotonic()
        if now - self._logged_at >= _LOG_INTERVAL_SECONDS:
            _log.warning("front.connections_shed count=%d open=%d", self._shed, len(self._all))
            self._logged_at, self._shed = now, 0
